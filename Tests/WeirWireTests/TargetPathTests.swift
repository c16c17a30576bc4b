import Testing

@testable import WeirWire

@Suite struct TargetPathTests {
    private func normalise(_ path: String) throws(RequestError) -> String {
        var result: [UInt8] = Array("left over".utf8)
        let bytes = Array(path.utf8)
        let view = exact(bytes)
        defer { view.deallocate() }
        try TargetPath.normalise(view, into: &result)
        return String(decoding: result, as: UTF8.self)
    }

    @Test(arguments: [
        ("", "/"), ("/", "/"), ("/a", "/a"), ("/a/", "/a/"), ("/a/b.php", "/a/b.php"), ("//", "/"),
        ("///a//b///", "/a/b/"),
        ("/.", "/"), ("/./", "/"), ("/a/.", "/a/"), ("/a/./b", "/a/b"), ("/a/..", "/"), ("/a/../", "/"),
        ("/a/b/..", "/a/"),
        ("/a/b/../c", "/a/c"), ("/a//../b", "/b"), ("/a/b/../../c", "/c"), ("/...", "/..."),
        ("/.a/..b/c..", "/.a/..b/c.."),
        ("/%61%2Db", "/a-b"), ("/a%20b", "/a b"), ("/%E2%82%AC", "/€"), ("/%2e", "/"), ("/a/%2E%2e/b", "/b"),
        ("/a/.%2e", "/"), ("/a%2fb", "/a%2Fb"), ("/a/..%2Fb", "/a/..%2Fb"), ("/a/%2e%2e%2fb", "/a/..%2Fb"),
        ("/%252e%252e/a", "/%2e%2e/a"), ("/a+b", "/a+b"), ("/.well-known/x", "/.well-known/x"),
        ("/a\\..\\b", "/a\\..\\b"),
    ])
    func aPathHasOneSpelling(path: String, expected: String) throws {
        #expect(try normalise(path) == expected)
    }

    @Test(arguments: [
        "/..", "/../", "/../a", "/a/../..", "/a/../../b", "/%2e%2e", "/%2e./a", "//../a", "/./../a", "/%", "/%1",
        "/%g0", "/%0g",
        "/a%", "/%00", "/a%00.php", "/a%0ab", "/%7f", "/%1f", "a", "*", "http://x/",
    ])
    func whatHasNoPlaceBelowTheRootIsRefused(path: String) {
        #expect(throws: RequestError.self) { try normalise(path) }
    }

    @Test func noSpellingLeavesTheRoot() {
        var generator = SeededGenerator(seed: 9)
        let parts = ["/", ".", "..", "%2e", "%2E", "%2f", "a", "%61", "//", "%25", "%5c", "\\", "%c0%af", "é"]
        for _ in 0..<20_000 {
            var path = "/"
            for _ in 0..<Int.random(in: 0...12, using: &generator) {
                path += parts.randomElement(using: &generator) ?? ""
            }
            guard let result = try? normalise(path) else { continue }
            let segments = result.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            #expect(result.hasPrefix("/"))
            #expect(!segments.contains("..") && !segments.contains("."), "\(path) became \(result)")
            #expect(!segments.dropLast().contains(""), "\(path) became \(result)")
        }
    }

    @Test func encodingAPathAndNormalisingItGivesItBack() throws {
        for path in ["/a b/ü?#%", "/a%2Fb/", "/:@!$&'()*+,;=-._~", "/\"<>\\^`{|}"] {
            var encoded: [UInt8] = []
            withBytes(path) { PercentEncoding.append(path: $0, to: &encoded) }
            #expect(encoded.allSatisfy { $0.isTarget && $0 != UInt8(ascii: "?") })
            #expect(try normalise(String(decoding: encoded, as: UTF8.self)) == path)
        }
    }
}
