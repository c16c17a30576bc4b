import Foundation
import NIOCore
import Testing
import WeirEdge
import WeirWire

@Suite struct StaticFileCacheTests {
    private let site: StaticFixture

    init() throws { site = try StaticFixture() }

    private func request(_ method: StaticRequest.Method = .get) -> StaticRequest {
        StaticRequest(method: method, now: 2_000_000_000)
    }

    @Test func filesDirectoriesAndMissesAreToldApart() throws {
        try site.write("root/a.txt", "a")
        try site.write("root/sub/index.html", "index")
        try site.write("root/empty/x.txt", "x")
        let root = site.root()
        #expect(site.get("/a.txt", root) == "a")
        #expect(site.get("/sub/", root) == "index")
        #expect(site.get("/sub", root) == "redirect")
        #expect(site.get("/empty/", root) == "directory")
        #expect(site.get("/", root) == "directory")
        #expect(site.get("/none", root) == "missing")
        #expect(site.get("/a.txt/", root) == "missing")
        #expect(site.get("/a.txt/b", root) == "missing")
        #expect(site.get("/" + String(repeating: "n", count: 300), root) == "missing")
        #expect(site.kind("/sub/", root) == .directory)
        #expect(site.kind("/a.txt", root) == .file)
    }

    @Test func theFirstIndexThatExistsIsTaken() throws {
        try site.write("root/b.html", "b")
        try site.write("root/c.html", "c")
        let root = site.root { $0.index = ["a.html", "b.html", "c.html"] }
        #expect(site.get("/", root) == "b")
    }

    @Test func scriptsAreFoundButNeverRead() throws {
        try site.write("root/index.php", "<?php secret")
        try site.write("root/sub/INDEX.PHP", "<?php secret")
        try site.write("root/blog/index.php", "<?php secret")
        // The worker's user may read what the edge's may not.
        chmod(site.path("root/index.php"), 0)
        let root = site.root(scripts: ["php"]) { $0.index = ["index.php", "index.html"] }
        #expect(site.get("/index.php", root) == "script ")
        #expect(site.get("/sub/INDEX.PHP", root) == "script ")
        #expect(site.get("/blog/", root) == "script index.php")
        #expect(site.kind("/index.php", root) == .script)
        #expect(site.kind("/other.php", root) == .missing)
        #expect(site.cache.statistics.descriptors == 0)
    }

    @Test func aHitDoesNotLookAtTheDisk() throws {
        try site.write("root/a.txt", "a")
        let root = site.root()
        #expect(site.get("/a.txt", root) == "a")
        #expect(site.get("/b.txt", root) == "missing")
        try site.remove("root/a.txt")
        try site.write("root/b.txt", "b")
        let before = site.cache.statistics
        #expect(site.get("/a.txt", root) == "a")
        #expect(site.get("/b.txt", root) == "missing")
        #expect(site.cache.statistics.hits == before.hits + 2)
        #expect(site.cache.statistics.misses == before.misses)
        site.pass()
        #expect(site.get("/a.txt", root) == "missing")
        #expect(site.get("/b.txt", root) == "b")
    }

    @Test func aChangedFileIsSeenAfterTheValidity() throws {
        try site.write("root/a.txt", "old", modified: 1_000)
        let root = site.root()
        let old = try #require(site.file("/a.txt", root))
        // Same size, same date, same inode: only the time of change tells.
        let handle = try #require(FileHandle(forWritingAtPath: site.path("root/a.txt")))
        handle.write(Data("new".utf8))
        try handle.close()
        site.date("root/a.txt", 1_000)
        #expect(site.get("/a.txt", root) == "old")
        site.pass()
        #expect(site.get("/a.txt", root) == "new")
        #expect(bodyText(old.body(old.plan(request()))) == "old")
    }

    @Test func anUnchangedFileIsNotReadAgain() throws {
        try site.write("root/a.css", "a")
        let root = site.root()
        let first = try #require(site.file("/a.css", root))
        site.pass()
        let second = try #require(site.file("/a.css", root))
        #expect(first === second)
        #expect(site.cache.statistics.revalidations == 1)
        #expect(site.cache.statistics.misses == 1)
    }

    @Test func aDeploymentThatTurnsALinkIsSeen() throws {
        try site.write("one/a.txt", "one")
        try site.write("two/a.txt", "two")
        try site.link("current", to: "one")
        let root = site.root { $0.root = site.path("current") }
        #expect(site.get("/a.txt", root) == "one")
        try site.remove("current")
        try site.link("current", to: "two")
        #expect(site.get("/a.txt", root) == "one")
        site.pass()
        #expect(site.get("/a.txt", root) == "two")
        try site.remove("current")
        site.pass()
        #expect(site.get("/a.txt", root) == "missing")
    }

    @Test func aRootMayAppearLater() throws {
        let root = site.root { $0.root = site.path("later") }
        #expect(site.get("/a.txt", root) == "missing")
        try site.write("later/a.txt", "a")
        site.pass()
        #expect(site.get("/a.txt", root) == "a")
    }

    @Test func rootsDoNotShareEntries() throws {
        try site.write("root/a.txt", "first")
        try site.write("other/a.txt", "second")
        let first = site.root()
        let second = site.root { $0.root = site.path("other") }
        #expect(site.get("/a.txt", first) == "first")
        #expect(site.get("/a.txt", second) == "second")
        #expect(site.get("/a.txt", first) == "first")
    }

    @Test func emptyAndLargeFilesAreSentWhole() throws {
        let large = String(repeating: "0123456789", count: 20_000)
        try site.write("root/empty.txt", "")
        try site.write("root/large.txt", large)
        let root = site.root()
        #expect(site.get("/empty.txt", root).isEmpty)
        #expect(site.get("/large.txt", root) == large)
        #expect(site.cache.statistics.descriptors == 1)
    }

    @Test(arguments: [1_000, 100_000])
    func rangesAreCutFromMemoryAndFromDiskAlike(_ size: Int) throws {
        let text = String((0..<size).map { Character(UnicodeScalar(UInt8(97 + $0 % 26))) })
        try site.write("root/a.txt", text)
        let file = try #require(site.file("/a.txt", site.root()))
        func body(_ range: String) -> String {
            Array(range.utf8).withUnsafeBytes {
                var request = request()
                request.range = $0
                let plan = file.plan(request)
                var head = ByteBuffer()
                file.writeFields(plan, into: &head)
                let body = bodyText(file.body(plan))
                #expect(String(buffer: head).contains("\r\nContent-Length: \(body.utf8.count)\r\n"))
                return body
            }
        }
        #expect(body("bytes=1-3") == "bcd")
        #expect(body("bytes=-4") == text.suffix(4))
        #expect(body("bytes=200-") == text.dropFirst(200))
        let parts = body("bytes=0-1,500-502")
        #expect(parts.contains("Content-Range: bytes 0-1/\(size)\r\n\r\nab\r\n--weir-"))
        #expect(
            parts.contains("Content-Range: bytes 500-502/\(size)\r\n\r\n\(text.dropFirst(500).prefix(3))\r\n--weir-"))
    }

    @Test func headSendsNoBody() throws {
        try site.write("root/a.txt", "abc")
        let file = try #require(site.file("/a.txt", site.root()))
        let plan = file.plan(request(.head))
        var head = ByteBuffer()
        file.writeFields(plan, into: &head)
        #expect(String(buffer: head).hasSuffix("Content-Length: 3\r\n"))
        #expect(bodyText(file.body(plan)).isEmpty)
    }

    @Test func aDateInTheFutureIsNotSent() throws {
        try site.write("root/a.txt", "abc", modified: 4_000_000_000)
        let file = try #require(site.file("/a.txt", site.root()))
        #expect(file.facts.lastModified <= time(nil))
    }
}
