import Testing

@testable import WeirWire

@Suite struct StaticEntityFieldsTests {
    private func text(_ plan: StaticPlan, _ fields: EntityFields) -> String {
        var bytes: [UInt8] = []
        fields.write(plan) { bytes.append(contentsOf: $0) }
        return String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n")
    }

    private let facts = StaticFacts(
        lastModified: 784_111_777,
        identity: .init(size: 1_000, entityTag: entityTag(modified: 784_111_777, size: 1_000, coding: .identity)))

    private var fields: EntityFields {
        EntityFields(
            mediaType: Array("text/css; charset=utf-8".utf8), coding: .identity, size: 1_000,
            entityTag: facts.identity.entityTag, lastModified: facts.lastModified, varies: true,
            cacheControl: Array("max-age=60".utf8))
    }

    private let validators = """
        ETag: "2ebc98a1-3e8"
        Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT
        Vary: Accept-Encoding
        Cache-Control: max-age=60

        """

    @Test func aWholeFileIsFullyDescribed() {
        #expect(
            text(StaticFields().plan(facts), fields) == validators + """
                Accept-Ranges: bytes
                X-Content-Type-Options: nosniff
                Content-Type: text/css; charset=utf-8
                Content-Length: 1000

                """)
    }

    @Test func notModifiedCarriesWhatACacheNeeds() {
        #expect(text(StaticFields(ifNoneMatch: "*").plan(facts), fields) == validators)
    }

    @Test func aRangeSaysWhichPartItIs() {
        #expect(
            text(StaticFields(range: "bytes=990-").plan(facts), fields) == validators + """
                Accept-Ranges: bytes
                X-Content-Type-Options: nosniff
                Content-Type: text/css; charset=utf-8
                Content-Range: bytes 990-999/1000
                Content-Length: 10

                """)
    }

    @Test func severalRangesAreFramedAsTheyAreAnnounced() throws {
        var plan = StaticFields(range: "bytes=0-1,500-509").plan(facts)
        plan.boundary = 0x0123_4567_89AB_CDEF
        let head = text(plan, fields)
        let ranges = [0..<2, 500..<510]
        #expect(plan.content == .ranges(ranges))
        let parts = MultipartRanges(boundary: plan.boundary, size: 1_000, mediaType: fields.mediaType)
        var body = ""
        for range in ranges {
            body += String(decoding: parts.partHead(range), as: UTF8.self) + String(repeating: "x", count: range.count)
        }
        body += String(decoding: parts.closing, as: UTF8.self)
        #expect(
            body.replacing("\r\n", with: "\n") == """

                --weir-0123456789abcdef
                Content-Type: text/css; charset=utf-8
                Content-Range: bytes 0-1/1000

                xx
                --weir-0123456789abcdef
                Content-Type: text/css; charset=utf-8
                Content-Range: bytes 500-509/1000

                xxxxxxxxxx
                --weir-0123456789abcdef--

                """)
        #expect(head.contains("\nContent-Type: multipart/byteranges; boundary=weir-0123456789abcdef\n"))
        #expect(head.hasSuffix("\nContent-Length: \(body.utf8.count)\n"))
        #expect(!head.contains("text/css"))
        #expect(!head.contains("Content-Range"))
    }

    @Test func refusalsSayWhatWouldBeAccepted() {
        #expect(
            text(StaticFields(range: "bytes=1000-").plan(facts), fields)
                == "Content-Range: bytes */1000\nContent-Length: 0\n")
        #expect(
            text(StaticFields(method: .other).plan(facts), fields) == "Allow: GET, HEAD\nContent-Length: 0\n")
        #expect(text(StaticFields(ifMatch: "\"x\"").plan(facts), fields) == "Content-Length: 0\n")
    }

    @Test func eachFormHasItsOwnTag() {
        let tags = [StaticCoding.identity, .brotli, .gzip].map {
            String(decoding: entityTag(modified: 255, size: 16, coding: $0), as: UTF8.self)
        }
        #expect(tags == ["\"ff-10\"", "\"ff-10-br\"", "\"ff-10-gz\""])
    }

    @Test(arguments: [
        ("/a.html", "text/html; charset=utf-8"), ("/a.HTML", "text/html; charset=utf-8"),
        ("/a.js", "text/javascript; charset=utf-8"), ("/a.json", "application/json"), ("/a.svg", "image/svg+xml"),
        ("/a.woff2", "font/woff2"), ("/a.tar.gz", "application/gzip"), ("/a.7z", "application/x-7z-compressed"),
        ("/a.zst", "application/zstd"), ("/a", "application/octet-stream"), ("/a.", "application/octet-stream"),
        ("/a.html/b", "application/octet-stream"), ("/.html", "application/octet-stream"),
        ("/a.htmlx", "application/octet-stream"), ("/a.[tml", "application/octet-stream"),
    ])
    func theExtensionTellsTheMediaType(_ path: String, _ type: String) {
        let value = Array(path.utf8).withUnsafeBytes {
            MediaType(fileExtension: PathRules.fileExtension($0)).fieldValue
        }
        #expect(String(decoding: value, as: UTF8.self) == type)
    }

    @Test func mediaTypesLieInTheOrderTheyAreSearchedIn() {
        for row in MediaType.rows {
            let name = row.fileExtension.description
            Array(name.utf8).withUnsafeBytes {
                #expect("\(MediaType(fileExtension: $0).name)" == "\(row.name)", "\(name)")
            }
        }
    }

    @Test(arguments: [
        ("/", PathRules.Verdict.allowed), ("/a/b.css", .allowed), ("/a..b/c.", .allowed), ("/a/", .allowed),
        ("//a", .allowed), ("/.well-known/acme-challenge/x", .allowed), ("/.env", .forbidden),
        ("/a/.git/config", .forbidden),
        ("/a/.well-known/x", .forbidden), ("/.well-knownx", .forbidden), ("/.well-known/.x", .forbidden),
        ("/..", .forbidden),
        ("/../a", .forbidden), ("/a/../b", .forbidden), ("/a/..", .forbidden), ("/./a", .forbidden),
        ("/...", .forbidden),
        ("", .missing), ("a", .missing), ("/a\0.css", .missing), ("/a\0", .missing),
        ("/" + String(repeating: "a", count: 5_000), .missing),
    ])
    func pathsThatCannotBeServedAreRefusedUnseen(_ path: String, _ verdict: PathRules.Verdict) {
        Array(path.utf8).withUnsafeBytes { #expect(PathRules.verdict($0, dotFiles: false) == verdict) }
    }

    @Test func dotFilesCanBeAllowedButDotSegmentsCannot() {
        func verdict(_ path: String) -> PathRules.Verdict {
            Array(path.utf8).withUnsafeBytes { PathRules.verdict($0, dotFiles: true) }
        }
        #expect(verdict("/.env") == .allowed)
        #expect(verdict("/a/...") == .allowed)
        #expect(verdict("/a/../b") == .forbidden)
        #expect(verdict("/.") == .forbidden)
    }
}
