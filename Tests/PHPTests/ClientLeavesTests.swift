import Testing
import WeirTestSupport

extension PHPApplications {
    @Suite("Clients that leave")
    struct ClientLeavesTests {
        private func statusOfLast(_ server: PHPServer, _ path: String) -> Int? {
            var status: Int?
            eventually("a line for \(path)") {
                let line = (try? server.weir.accessLog())?.last { ($0["path"] as? String)?.hasPrefix(path) ?? false }
                status = line?["status"] as? Int
                return status != nil
            }
            return status
        }

        @Test func theScriptNoticesAndEnds() throws {
            let server = try PHPServer(workers: 1)
            let client = try server.begin("/stream.php?pieces=50&pause=50&log=\(server.scratch("log"))")
            _ = try client.read(100)
            client.close()
            eventually { server.lines("log").last == "ended aborted=1" }
            #expect(server.lines("log").count < 20)
            #expect(statusOfLast(server, "/stream.php") == 499)
            #expect(try server.get("/count.php").status == 200)
        }

        @Test func underIgnoreUserAbortItGoesOn() throws {
            let server = try PHPServer(workers: 1)
            let client = try server.begin("/stream.php?pieces=6&pause=50&ignore=1&log=\(server.scratch("log"))")
            _ = try client.read(100)
            client.reset()
            eventually { server.lines("log").last == "ended aborted=1" }
            #expect(server.lines("log").contains("piece 5 aborted=1"))
        }

        @Test func beforeTheAnswerItIs499() throws {
            let server = try PHPServer(workers: 1)
            let client = try server.begin("/sleep.php?ms=400")
            try eventually { try server.app().active == 1 }
            client.close()
            #expect(statusOfLast(server, "/sleep.php") == 499)
            // The worker is not given up for that.
            #expect(try server.get("/count.php").status == 200)
            #expect(try server.pool().died + server.pool().killed == 0)
        }

        /// A reader that is slow costs memory and disk of the edge, not a worker.
        @Test func aSlowReaderHoldsNoWorker() throws {
            let server = try PHPServer(workers: 1)
            let slow = try server.weir.connect(receiveBuffer: 4_096)
            try slow.send(RawRequest.get("/stream.php?pieces=80&size=100000&pause=0"))
            _ = try slow.read(10)
            try eventually { try server.app().active == 0 }
            #expect(try server.get("/count.php").status == 200)
            #expect(try slow.readToAnswerEnd() > 8_000_000)
        }
    }
}

extension RawClient {
    /// Reads on until the last chunk, however slowly; how many bytes there were.
    fileprivate func readToAnswerEnd() throws -> Int {
        var count = 0
        var tail: [UInt8] = []
        let end = Array("\r\n0\r\n\r\n".utf8)
        while tail.suffix(end.count) != end[...] {
            let piece = try read(1) + takeBuffered()
            count += piece.count
            tail = (tail + piece).suffix(end.count)
        }
        return count
    }

    private func takeBuffered() throws -> [UInt8] { try read(buffered.count) }
}
