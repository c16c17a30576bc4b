import NIOCore
import Testing
import WeirEdge
import WeirWire

@Suite struct StaticSiblingTests {
    private let site: StaticFixture

    init() throws { site = try StaticFixture() }

    /// Head and body for a client that accepts the codings.
    private func get(_ path: String, _ root: StaticRoot, accepting codings: String) throws -> (
        head: String, body: String
    ) {
        let file = try #require(site.file(path, root))
        return Array(codings.utf8).withUnsafeBytes {
            var request = StaticRequest(method: .get, now: 2_000_000_000)
            request.acceptEncoding = $0
            let plan = file.plan(request)
            var head = ByteBuffer()
            file.writeFields(plan, into: &head)
            return (String(buffer: head), bodyText(file.body(plan)))
        }
    }

    @Test func aPrecompressedSiblingIsSentToWhoeverTakesIt() throws {
        try site.write("root/a.js", "plain", modified: 1_000)
        try site.write("root/a.js.br", "brotli", modified: 1_000)
        try site.write("root/a.js.gz", "gzip", modified: 2_000)
        let root = site.root()
        let brotli = try get("/a.js", root, accepting: "gzip, br")
        #expect(brotli.body == "brotli")
        #expect(brotli.head.contains("Content-Encoding: br\r\n"))
        #expect(brotli.head.contains("ETag: \"3e8-6-br\"\r\n"))
        #expect(brotli.head.contains("Content-Type: text/javascript; charset=utf-8\r\n"))
        #expect(brotli.head.contains("Content-Length: 6\r\n"))
        let gzip = try get("/a.js", root, accepting: "gzip")
        #expect(gzip.body == "gzip")
        #expect(gzip.head.contains("ETag: \"7d0-4-gz\"\r\n"))
        let plain = try get("/a.js", root, accepting: "")
        #expect(plain.body == "plain")
        #expect(!plain.head.contains("Content-Encoding"))
        for answer in [brotli, gzip, plain] {
            #expect(answer.head.contains("Vary: Accept-Encoding\r\n"))
            #expect(answer.head.contains("Last-Modified: Thu, 01 Jan 1970 00:16:40 GMT\r\n"))
        }
    }

    @Test func aStaleSiblingIsNotSent() throws {
        try site.write("root/a.js", "plain", modified: 1_000)
        try site.write("root/a.js.gz", "gzip", modified: 999)
        let answer = try get("/a.js", site.root(), accepting: "gzip")
        #expect(answer.body == "plain")
        #expect(!answer.head.contains("Vary"))
    }

    @Test func aSiblingThatComesChangesOrGoesIsSeen() throws {
        try site.write("root/a.js", "plain", modified: 1_000)
        let root = site.root()
        #expect(try get("/a.js", root, accepting: "gzip").body == "plain")
        try site.write("root/a.js.gz", "gzip")
        #expect(try get("/a.js", root, accepting: "gzip").body == "plain")
        site.pass()
        #expect(try get("/a.js", root, accepting: "gzip").body == "gzip")
        try site.write("root/a.js.gz", "gzip again")
        site.pass()
        #expect(try get("/a.js", root, accepting: "gzip").body == "gzip again")
        try site.remove("root/a.js.gz")
        site.pass()
        #expect(try get("/a.js", root, accepting: "gzip").body == "plain")
    }

    @Test func nobodyLooksForSiblingsOfWhatIsCompressedAlready() throws {
        try site.write("root/a.png", "plain", modified: 1_000)
        try site.write("root/a.png.gz", "gzip")
        #expect(try get("/a.png", site.root(), accepting: "gzip").body == "plain")
    }

    @Test func siblingsCanBeSwitchedOff() throws {
        try site.write("root/a.js", "plain", modified: 1_000)
        try site.write("root/a.js.gz", "gzip")
        #expect(try get("/a.js", site.root { $0.precompressed = false }, accepting: "gzip").body == "plain")
    }

    @Test func cacheControlIsSentAsConfigured() throws {
        try site.write("root/a.js", "plain")
        let root = site.root { $0.cacheControl = "public, max-age=60\r\nSet-Cookie: x" }
        #expect(
            try get("/a.js", root, accepting: "").head.contains("Cache-Control: public, max-age=60Set-Cookie: x\r\n"))
        #expect(try !get("/a.js", site.root(), accepting: "").head.contains("Cache-Control"))
    }
}
