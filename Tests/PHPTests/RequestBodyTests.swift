import Foundation
import Testing
import WeirTestSupport

extension PHPApplications {
    @Suite("Request bodies")
    struct RequestBodyTests {
        private static let ini = "upload_max_filesize: 60M, post_max_size: 64M"

        private func post(
            _ server: PHPServer, _ body: [UInt8], _ fields: String..., isChunked: Bool = false
        ) throws -> [String: Any] {
            let client = try server.weir.connect(patience: 60)
            let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(body.count)"
            let head = ["POST /body.php HTTP/1.1", "Host: test", "Connection: close", framing] + fields
            try client.send(head.joined(separator: "\r\n") + "\r\n\r\n")
            try client.send(isChunked ? Self.chunks(body) : body)
            return try client.readAnswer().object()
        }

        private static func chunks(_ body: [UInt8]) -> [UInt8] {
            var out: [UInt8] = []
            for start in stride(from: 0, to: body.count, by: 70_001) {
                let piece = body[start..<min(start + 70_001, body.count)]
                out += Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [13, 10]
            }
            return out + Array("0\r\n\r\n".utf8)
        }

        private static func bytes(_ count: Int) -> [UInt8] {
            var state: UInt32 = 7
            return (0..<count).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return UInt8(truncatingIfNeeded: state >> 24)
            }
        }

        @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 3_000_000])
        func inputIsWhatWasSent(size: Int) throws {
            let server = try PHPServer(ini: Self.ini)
            let body = Self.bytes(size)
            for isChunked in [false, true] {
                let seen = try post(server, body, "Content-Type: application/octet-stream", isChunked: isChunked)
                #expect(seen["bytes"] as? Int == size)
                #expect(seen["sha1"] as? String == sha1(body))
                #expect(seen["length"] as? String == "\(size)")
                #expect(seen["transfer_encoding"] as? String == nil)
            }
        }

        @Test func fiftyMegabytesArriveWhole() throws {
            let server = try PHPServer(ini: Self.ini)
            let body = Self.bytes(50 << 20)
            let seen = try post(server, body, "Content-Type: application/octet-stream")
            #expect(seen["sha1"] as? String == sha1(body))
            server.stop()
        }

        @Test func manyFilesOfOneForm() throws {
            let server = try PHPServer(ini: Self.ini)
            let files = [0, 10, 100_000, 3 << 20].map(Self.bytes)
            var body: [UInt8] = []
            for (index, file) in files.enumerated() {
                body += Array(
                    """
                    --edge\r\nContent-Disposition: form-data; name="file\(index % 2)[]"; filename="größe \(index).bin"\r\n\
                    Content-Type: a/b\r\n\r\n
                    """.utf8)
                body += file + [13, 10]
            }
            body += Array("--edge\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nvalue\r\n--edge--\r\n".utf8)
            let seen = try post(server, body, "Content-Type: multipart/form-data; boundary=edge")
            let kept = try #require(seen["files"] as? [[String: Any]])
            #expect(Set(kept.compactMap { $0["sha1"] as? String }) == Set(files.map(sha1)))
            #expect(Set(kept.compactMap { $0["name"] as? String }) == Set((0..<4).map { "größe \($0).bin" }))
            #expect(kept.allSatisfy { $0["error"] as? Int == 0 })
            #expect(seen["post"] as? [String: String] == ["text": "value"])
        }

        @Test func aBodyBeyondTheLimitIsRefusedUnread() throws {
            let server = try PHPServer(top: "limits: {body: 1KiB}")
            let client = try server.connect()
            try client.send("POST /body.php HTTP/1.1\r\nHost: t\r\nContent-Length: 2000\r\n\r\n")
            #expect(try client.readAnswer().status == 413)
            #expect(try server.app().accepted == 0)
        }

        /// The worker is taken once the body is there.
        @Test func aSlowUploadHoldsNoWorker() throws {
            let server = try PHPServer(workers: 1)
            let slow = try server.connect()
            try slow.send("POST /body.php HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nab")
            for _ in 0..<5 { #expect(try server.get("/count.php").status == 200) }
            try slow.send("cd")
            #expect(try slow.readAnswer().object()["bytes"] as? Int == 4)
        }

        /// What a script leaves unread must not be taken for the next request.
        @Test func aBodyThatNobodyReadsIsPassedOver() throws {
            let server = try PHPServer(workers: 1)
            let client = try server.connect()
            for size in [10, 100_000, 2_000_000] {
                let answer = try client.exchange(RawRequest.post("/count.php", String(repeating: "x", count: size)))
                #expect(answer.status == 200)
            }
            #expect(try server.pool().died == 0)
        }

        private func sha1(_ bytes: [UInt8]) -> String {
            let file = NSTemporaryDirectory() + "/weir-sha1-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: file) }
            try? Data(bytes).write(to: URL(fileURLWithPath: file))
            let run = try? Command(["sha1sum", file])
            _ = try? run?.finish(within: 30)
            return String(run?.output.prefix(40) ?? "")
        }
    }
}
