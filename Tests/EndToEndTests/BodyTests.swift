import Foundation
import Glibc
import Testing
import WeirTestSupport

@Suite("Bodies of requests")
struct BodyTests {
    private let generous = "php: {ini: {post_max_size: 0, upload_max_filesize: 100M}}"

    private func yaml(_ rest: String = "", pool: String = "{manager: static, max_workers: 1}") -> String {
        """
        \(rest)
        apps:
          web: {runtime: php, root: ., pool: \(pool), \(generous)}
        """
    }

    private func noise(_ count: Int) -> [UInt8] {
        let source = FileHandle(forReadingAtPath: "/dev/urandom")
        defer { try? source?.close() }
        return Array((try? source?.read(upToCount: count)) ?? Data())
    }

    /// A site that compares what it is sent with a file of its own.
    private func comparingSite(_ content: [UInt8]) throws -> TemporaryDirectory {
        let site = try TemporaryDirectory()
        try site.write("content.bin", content)
        try site.write(
            "index.php",
            """
            <?php
            $sent = isset($_FILES['file']) ? sha1_file($_FILES['file']['tmp_name']) : sha1(file_get_contents('php://input'));
            echo $sent === sha1_file('content.bin') ? 'same' : 'different', ' ', $_SERVER['CONTENT_LENGTH'];
            """)
        return site
    }

    @Test(arguments: [1, 65_535, 65_536, 65_537, 1_000_000, 10 << 20])
    func aBodyArrivesIntactWhetherItFitsMemoryOrNot(_ size: Int) throws {
        let content = noise(size)
        let server = try WeirProcess(comparingSite(content), yaml())
        let client = try server.connect()
        try client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n")
        try client.send(content)
        #expect(try client.readAnswer().text == "same \(size)")
        try client.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        for start in stride(from: 0, to: size, by: 50_021) {
            let piece = content[start..<min(size, start + 50_021)]
            try client.send("\(String(piece.count, radix: 16))\r\n")
            try client.send(Array(piece))
            try client.send("\r\n")
        }
        try client.send("0\r\n\r\n")
        #expect(try client.readAnswer().text == "same \(size)")
    }

    @Test func anUploadedFileArrivesIntact() throws {
        let content = noise(10 << 20)
        let server = try WeirProcess(comparingSite(content), yaml())
        let client = try server.connect()
        let before = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n"
        let body = Array(before.utf8) + content + Array("\r\n--b--\r\n".utf8)
        try client.send(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                + "Content-Length: \(body.count)\r\n\r\n")
        try client.send(body)
        #expect(try client.readAnswer().text == "same \(body.count)")
    }

    @Test func aScriptThatDoesNotReadItsBodyLeavesNoneToTheNextRequest() throws {
        let site = try Site.echo()
        try site.write("deaf.php", "<?php echo 'deaf';")
        let server = try WeirProcess(site, yaml())
        let client = try server.connect()
        for size in [10, 100_000, 3_000_000] {
            try client.send("PUT /deaf.php HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n")
            try client.send(noise(size))
            #expect(try client.readAnswer().text == "deaf")
            #expect(try client.get("/next").echoed()["length"] as? Int == 0)
        }
    }

    @Test func aSlowUploadTakesNoWorker() throws {
        let server = try WeirProcess(Site.echo(), yaml("health: {status: /status}"))
        let uploads = try (0..<5).map { _ in try server.connect() }
        for upload in uploads { try upload.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc") }
        for _ in 0..<10 {
            for upload in uploads { try upload.send("0123456789") }
            #expect(try server.get("/").status == 200)
        }
        for upload in uploads {
            try upload.send(String(repeating: "a", count: 100_000 - 103))
            #expect(try upload.readAnswer().echoed()["length"] as? Int == 100_000)
        }
    }

    @Test func aClientThatLeavesMidUploadLeavesNothing() throws {
        let site = try Site.echo()
        let spool = try site.makeDirectory("spool", mode: 0o777)
        let server = try WeirProcess(site, yaml("limits: {temporary_directory: \(spool)}"))
        #expect(try server.get("/").status == 200)
        eventually { server.openFiles(under: spool) == 0 }
        let uploads = try (0..<4).map { _ in try server.connect() }
        for upload in uploads {
            try upload.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n")
            try upload.send(noise(1_000_000))
        }
        eventually("the bodies are in files") { server.openFiles(under: spool) == 4 }
        for (number, upload) in uploads.enumerated() { number % 2 == 0 ? upload.close() : upload.reset() }
        eventually("the files are gone") { server.openFiles(under: spool) == 0 }
        #expect(site.names("spool").isEmpty)
        #expect(try server.get("/").status == 200)
    }

    @Test(.enabled(if: getuid() == 0, "mounting takes root"))
    func aFullDiskIs507AndLeavesNothing() throws {
        let site = try Site.echo()
        let spool = try site.makeDirectory("spool", mode: 0o777)
        try #require(mount("tmpfs", spool, "tmpfs", 0, "size=2m,mode=777") == 0)
        defer { umount2(spool, Int32(MNT_DETACH)) }
        let server = try WeirProcess(site, yaml("limits: {temporary_directory: \(spool)}"))
        for chunked in [false, true] {
            let client = try server.connect()
            let framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: 5000000"
            try client.send("POST / HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n")
            if chunked { try client.send("4c4b40\r\n") }
            do {
                try client.send(noise(5_000_000))
            } catch is RawClient.BrokenConnection {
                // Refused before all of it was sent.
            }
            let answer = try client.readAnswer()
            #expect(answer.status == 507)
            #expect(answer["Connection"] == "close")
        }
        eventually("the space is free again") { freeBytes(spool) > 1_900_000 }
        let small = try server.connect()
        #expect(try small.exchange(RawRequest.post("/", String(repeating: "a", count: 1_000_000))).status == 200)
        #expect(server.standardError.contains("body.not_stored"))
    }

    @Test func aLimitOnFileSizesIs507AndDoesNotEndTheServer() throws {
        let site = try Site.echo()
        var options = WeirProcess.Options()
        options.wrapper = ["prlimit", "--fsize=1000000"]
        let server = try WeirProcess(site, yaml(), options: options)
        let client = try server.connect()
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n")
        do {
            try client.send(noise(2_000_000))
        } catch is RawClient.BrokenConnection {
            // Refused before all of it was sent.
        }
        #expect(try client.readAnswer().status == 507)
        #expect(try server.get("/").status == 200)
    }

    private func freeBytes(_ path: String) -> Int {
        var facts = statvfs()
        return statvfs(path, &facts) == 0 ? Int(facts.f_bfree) * Int(facts.f_bsize) : 0
    }
}

extension WeirProcess {
    /// How many open files of the server lie, or lay, in the directory.
    func openFiles(under directory: String) -> Int {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []
        return all.count {
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\($0)")
            return target?.hasPrefix(directory + "/") == true
        }
    }
}
