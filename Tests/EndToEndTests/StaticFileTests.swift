import Foundation
import Testing
import WeirTestSupport

@Suite("Static files")
struct StaticFileTests {
    private func site() throws -> TemporaryDirectory {
        let site = try TemporaryDirectory()
        try site.write("public/index.html", "home")
        try site.write("public/dir/index.html", "dir")
        try site.write("public/bare/a.txt", "0123456789")
        try site.write("public/app.js", "plain")
        try site.write("public/app.js.br", "brotli")
        try site.write("public/app.js.gz", "gzip")
        try site.write("public/.env", "SECRET")
        try site.write("public/.git/config", "SECRET")
        try site.write("public/.well-known/acme", "known")
        try site.write("public/source.php", "<?php // SECRET")
        try site.write("public/upper.PHP", "<?php // SECRET")
        try site.write("public/old.phtml", "<?php // SECRET")
        try site.write("secret.txt", "SECRET")
        return site
    }

    private func server(_ site: TemporaryDirectory, _ keys: String = "") throws -> WeirProcess {
        try WeirProcess(site, "routes: [{path: /*, static: {root: public\(keys)}}]")
    }

    @Test func directoriesGiveTheirIndexAndASlashIfItIsMissing() throws {
        let server = try server(site())
        #expect(try server.get("/").text == "home")
        let index = try server.get("/dir/")
        #expect(index.text == "dir")
        #expect(index["Content-Type"] == "text/html; charset=utf-8")
        let moved = try server.get("/dir?a=b")
        #expect(moved.status == 301)
        #expect(moved["Location"] == "/dir/?a=b")
        #expect(try server.get("/bare/").status == 404, "a directory without index is not listed")
        #expect(try server.get("/none").status == 404)
    }

    @Test func theSlashIsNeverAnotherHost() throws {
        let site = try site()
        try site.makeDirectory("public/evil.example")
        try site.makeDirectory("public/back\\slash")
        let server = try server(site)
        for path in ["//evil.example", "///evil.example", "/%2fevil.example", "/\\evil.example", "/.//evil.example"] {
            let answer = try server.get(path)
            guard answer.status == 301 else { continue }
            let location = try #require(answer["Location"])
            #expect(
                location.hasPrefix("/") && !location.hasPrefix("//") && !location.hasPrefix("/\\"),
                "\(path): \(location)")
        }
    }

    @Test func validatorsSaveTheBody() throws {
        let server = try server(site())
        let client = try server.connect()
        let first = try client.get("/bare/a.txt")
        #expect(first.text == "0123456789")
        let tag = try #require(first["ETag"])
        let date = try #require(first["Last-Modified"])
        for field in [
            "If-None-Match: \(tag)", "If-None-Match: \"x\", W/\(tag)", "If-None-Match: *", "If-Modified-Since: \(date)",
        ] {
            let answer = try client.get("/bare/a.txt", field)
            #expect(answer.status == 304, "\(field)")
            #expect(answer["ETag"] == tag)
            #expect(answer.body.isEmpty)
        }
        #expect(try client.get("/bare/a.txt", "If-None-Match: \"other\"").status == 200)
        #expect(try client.get("/bare/a.txt", "If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT").status == 200)
        #expect(try client.get("/bare/a.txt", "If-Match: \"other\"").status == 412)
    }

    @Test func rangesAreServed() throws {
        let server = try server(site())
        let client = try server.connect()
        let one = try client.get("/bare/a.txt", "Range: bytes=2-4")
        #expect(one.status == 206)
        #expect(one.text == "234")
        #expect(one["Content-Range"] == "bytes 2-4/10")
        #expect(try client.get("/bare/a.txt", "Range: bytes=-3").text == "789")
        #expect(try client.get("/bare/a.txt", "Range: bytes=7-").text == "789")
        #expect(try client.get("/bare/a.txt", "Range: bytes=5-100").text == "56789")
        let beyond = try client.get("/bare/a.txt", "Range: bytes=10-")
        #expect(beyond.status == 416)
        #expect(beyond["Content-Range"] == "bytes */10")
        for ignored in ["bytes=4-2", "lines=1-2", "bytes=a-b", "bytes="] {
            #expect(try client.get("/bare/a.txt", "Range: \(ignored)").text == "0123456789", "\(ignored)")
        }
        #expect(try client.get("/bare/a.txt").text == "0123456789", "the connection is still in step")
    }

    @Test func severalRangesAreParts() throws {
        let site = try site()
        try site.write(
            "public/long.txt",
            "01" + String(repeating: "-", count: 10_000) + "45" + String(repeating: "-", count: 9_995) + "9")
        let server = try server(site)
        let client = try server.connect()
        let answer = try client.get("/long.txt", "Range: bytes=0-1,10002-10003,-1")
        #expect(answer.status == 206)
        let type = try #require(answer["Content-Type"])
        #expect(type.hasPrefix("multipart/byteranges; boundary="))
        let boundary = try #require(type.split(separator: "=").last)
        let parts = answer.text.components(separatedBy: "--\(boundary)").dropFirst()
        #expect(parts.count == 4 && parts.last?.hasPrefix("--") == true)
        for (part, (range, text)) in zip(parts, [("0-1", "01"), ("10002-10003", "45"), ("19999-19999", "9")]) {
            #expect(part.contains("\r\nContent-Range: bytes \(range)/20000\r\n"))
            #expect(part.hasSuffix("\r\n\r\n\(text)\r\n"))
        }
        #expect(try client.get("/bare/a.txt", "Range: bytes=0-1,4-5,-1").text == "0123456789", "near ones are one")
    }

    @Test func aRangeOfAnotherVersionIsTheWholeFile() throws {
        let server = try server(site())
        let client = try server.connect()
        let tag = try #require(try client.get("/bare/a.txt")["ETag"])
        #expect(try client.get("/bare/a.txt", "Range: bytes=2-4", "If-Range: \(tag)").text == "234")
        #expect(try client.get("/bare/a.txt", "Range: bytes=2-4", "If-Range: \"old\"").text == "0123456789")
    }

    @Test func precompressedSiblingsAreForThoseWhoTakeThem() throws {
        let server = try server(site())
        let client = try server.connect()
        for (accepted, text, coding) in [
            ("gzip, deflate, br", "brotli", "br"), ("gzip", "gzip", "gzip"), ("identity", "plain", nil),
            ("br;q=0, gzip", "gzip", "gzip"), ("*", "brotli", "br"),
        ] as [(String, String, String?)] {
            let answer = try client.get("/app.js", "Accept-Encoding: \(accepted)")
            #expect(answer.text == text, "\(accepted)")
            #expect(answer["Content-Encoding"] == coding)
            #expect(answer["Vary"]?.lowercased().contains("accept-encoding") == true)
            #expect(answer["Content-Type"]?.contains("javascript") == true)
        }
        #expect(try client.get("/app.js").text == "plain")
        let off = try self.server(site(), ", precompressed: false")
        #expect(try off.get("/app.js", "Accept-Encoding: br").text == "plain")
    }

    @Test func cacheControlIsTheOneThatIsSet() throws {
        let server = try server(site(), ", cache_control: \"public, max-age=60\"")
        #expect(try server.get("/app.js")["Cache-Control"] == "public, max-age=60")
        #expect(try self.server(site()).get("/app.js")["Cache-Control"] == nil)
    }

    @Test func theServersOwnConfigurationIsNotServed() throws {
        let server = try WeirProcess(Site.echo(), Site.php("# SECRET"))
        for path in ["/weir.yaml", "/%77eir.yaml", "//weir.yaml"] {
            let answer = try server.get(path)
            #expect(answer.status == 403, "\(path)")
            #expect(!answer.text.contains("SECRET"))
        }
    }

    @Test func dotFilesAreNotServedUnlessTheyShallBe() throws {
        let site = try site()
        let server = try server(site)
        for path in ["/.env", "/.git/config", "/%2eenv", "/dir/../.env", "/.git/", "/.git"] {
            let answer = try server.get(path)
            #expect([403, 404].contains(answer.status), "\(path): \(answer.status)")
            #expect(!answer.text.contains("SECRET"))
        }
        #expect(try server.get("/.well-known/acme").text == "known")
        let open = try self.server(site, ", dot_files: true")
        #expect(try open.get("/.env").text == "SECRET")
    }

    @Test(arguments: [
        "/../secret.txt", "/dir/../../secret.txt", "/%2e%2e/secret.txt", "/%2e%2e%2fsecret.txt", "/..%2fsecret.txt",
        "/dir/..%2f..%2fsecret.txt", "/..%5csecret.txt", "/..\\secret.txt", "/%252e%252e/secret.txt",
        "/....//secret.txt",
        "/.%2e/secret.txt", "/dir/%2e%2e/%2e%2e/secret.txt", "/app.js%00.html", "/%00", "/..;/secret.txt",
        "/%c0%ae%c0%ae/secret.txt", "/source.php", "/upper.PHP", "/old.phtml", "/source.php%20", "/source.php/",
        "/source.php/x", "/source%2ephp", "/source.php.", "/dir/../source.php", "/source.ph%70",
    ])
    func nothingLeadsOutOfTheRootOrToASource(_ path: String) throws {
        let server = try server(site())
        for method in ["GET", "HEAD"] {
            let answer = try server.connect().exchange("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect([400, 403, 404].contains(answer.status), "\(answer.status)")
            #expect(!answer.text.contains("SECRET"))
        }
    }

    @Test func symbolicLinksAreFollowedOnlyIfTheyMayBe() throws {
        let site = try site()
        try FileManager.default.createSymbolicLink(
            atPath: site("public/link.txt"), withDestinationPath: site("secret.txt"))
        try FileManager.default.createSymbolicLink(atPath: site("public/linked"), withDestinationPath: "dir")
        let following = try server(site)
        #expect(try following.get("/link.txt").text == "SECRET")
        #expect(try following.get("/linked/").text == "dir")
        let strict = try server(site, ", follow_symlinks: false")
        #expect([403, 404].contains(try strict.get("/link.txt").status))
        #expect([403, 404].contains(try strict.get("/linked/index.html").status))
        #expect(try strict.get("/dir/index.html").text == "dir")
    }

    @Test func aLargeFileArrivesIntact() throws {
        let site = try site()
        var content = [UInt8](repeating: 0, count: 24 << 20)
        for index in stride(from: 0, to: content.count, by: 4_093) {
            content[index] = UInt8(truncatingIfNeeded: index / 4_093)
        }
        try site.write("public/large.bin", content)
        let server = try server(site)
        let before = server.residentMemory
        let client = try server.connect()
        #expect(try client.get("/large.bin").body == content)
        let answer = try client.get("/large.bin", "Range: bytes=1000001-20000000")
        #expect(answer.body.elementsEqual(content[1_000_001...20_000_000]))
        #expect(server.residentMemory - before < 8 << 20)
        let others = try (0..<8).map { _ in try server.connect(receiveBuffer: 65_536) }
        for other in others { try other.send(RawRequest.get("/large.bin")) }
        for other in others { #expect(try other.readAnswer().body == content) }
    }

    @Test func aFileThatShrinksWhileItIsSentEndsTheConnection() throws {
        let site = try site()
        try site.write("public/large.bin", [UInt8](repeating: 65, count: 32 << 20))
        let server = try server(site)
        let client = try server.connect(receiveBuffer: 16_384)
        try client.send(RawRequest.get("/large.bin"))
        #expect(client.hasInput(within: 5))
        truncate(site("public/large.bin"), 1_000)
        #expect(try client.readToEnd(allowsReset: true).count < 32 << 20)
        #expect(try server.get("/").text == "home")
    }

    @Test func aFileThatChangesIsServedAnew() throws {
        let site = try site()
        let server = try server(site)
        let client = try server.connect()
        let first = try client.get("/bare/a.txt")
        try site.write("public/bare/a.txt", "changed")
        eventually(within: 5) { (try? client.get("/bare/a.txt").text) == "changed" }
        #expect(try client.get("/bare/a.txt")["ETag"] != first["ETag"])
        try FileManager.default.removeItem(atPath: site("public/bare/a.txt"))
        eventually(within: 5) { (try? client.get("/bare/a.txt").status) == 404 }
    }

    @Test func onlyGetAndHeadAreForFiles() throws {
        let server = try server(site())
        let client = try server.connect()
        for method in ["POST", "PUT", "DELETE", "PATCH", "brew"] {
            let answer = try client.exchange("\(method) /app.js HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
            #expect(answer.status == 405)
            #expect(answer["Allow"] == "GET, HEAD")
        }
        let head = try client.exchange("HEAD /app.js HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(head["Content-Length"] == "5")
        #expect(try client.get("/").text == "home")
    }

    @Test func specialFilesAreNotServed() throws {
        let site = try site()
        try #require(mkfifo(site("public/pipe"), 0o666) == 0)
        let server = try server(site)
        #expect([403, 404].contains(try server.get("/pipe").status))
        if getuid() == 0 {
            try site.write("public/private.txt", "SECRET")
            chmod(site("public/private.txt"), 0o600)
            let answer = try server.get("/private.txt")
            #expect(answer.status == 403)
        }
    }

    @Test func aMissingRootIsFoundOnceItIsThere() throws {
        let site = try TemporaryDirectory()
        try site.makeDirectory("later")
        let server = try WeirProcess(site, "routes: [{path: /*, static: later}]")
        #expect(try server.get("/a.txt").status == 404)
        try site.write("later/a.txt", "here")
        eventually(within: 5) { (try? server.get("/a.txt").text) == "here" }
    }

    @Test func filesBesideScriptsAreServedAndSourcesAreNot() throws {
        let site = try site()
        try site.write("public/index.php", "<?php echo 'front ', $_SERVER['REQUEST_URI'];")
        try site.write("public/run.php", "<?php echo 'ran ', $_SERVER['PATH_INFO'] ?? '';")
        try site.write("public/photo.jpg", "<?php echo 'SECRET';")
        let server = try WeirProcess(site, "apps: {web: {runtime: php, root: public}}")
        let client = try server.connect()
        #expect(try client.get("/app.js").text == "plain")
        #expect(try client.get("/run.php").text == "ran ")
        #expect(try client.get("/run.php/a/b").text == "ran /a/b")
        #expect(try client.get("/photo.jpg/x.php").text == "front /photo.jpg/x.php", "a picture is not run")
        #expect(try client.get("/no/such.php").text == "front /no/such.php")
        #expect(try client.get("/dir/").text == "dir")
        for path in ["/source.php", "/run.ph%70", "/run.php%00.txt", "/upper.PHP", "/old.phtml"] {
            #expect(!(try server.get(path).text.contains("<?php")), "\(path)")
        }
        #expect(try server.get("/.env").status == 403)
    }
}
