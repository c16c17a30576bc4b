import Testing
import WeirTestSupport

extension PHPApplications {
    @Suite("The queue")
    struct QueueTests {
        @Test func aFullQueueAnswers503AndWhenToComeBack() throws {
            let server = try PHPServer(workers: 1, app: "queue: {limit: 2, timeout: 5s}")
            try server.waitUntilIdle(1)
            let running = try server.begin("/sleep.php?ms=700")
            try eventually { try server.app().active == 1 }
            let waiting = try (0..<2).map { _ in try server.begin("/sleep.php?ms=1") }
            try eventually { try server.app().queue.length == 2 }
            let start = Clock.now
            let refused = try server.get("/sleep.php?ms=1")
            #expect(refused.status == 503)
            #expect(refused["Retry-After"].flatMap { Int($0) } ?? 0 >= 1)
            #expect(Clock.now - start < 0.3)
            for client in [running] + waiting { #expect(try client.readAnswer().status == 200) }
            #expect(try server.app().queue.shed["queue_full"] == 1)
        }

        @Test func whoWaitsTooLongIsTurnedAway() throws {
            let server = try PHPServer(workers: 1, app: "queue: {limit: 10, timeout: 500ms}")
            let running = try server.begin("/sleep.php?ms=1500")
            try eventually { try server.app().active == 1 }
            let start = Clock.now
            let late = try server.begin("/sleep.php?ms=1&log=\(server.scratch("log"))")
            let answer = try late.readAnswer()
            #expect(answer.status == 503 && answer["Retry-After"] != nil)
            #expect(Clock.now - start > 0.45 && Clock.now - start < 1.2)
            #expect(try running.readAnswer().status == 200)
            #expect(server.lines("log").isEmpty)
            #expect(try server.app().queue.shed["timeout"] == 1)
        }

        /// The deadline runs from when the request is there. A client's own slowness is not held against it, and what it
        /// spends waiting in a lane's order is.
        @Test func theDeadlineCountsFromTheWholeRequestsArrival() throws {
            let server = try PHPServer(workers: 1, app: "queue: {limit: 10, timeout: 600ms}")
            let slow = try server.connect()
            try slow.send("POST /body.php HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nab")
            _ = holds(within: 0.7) { false }
            let running = try server.begin("/sleep.php?ms=300")
            try eventually { try server.app().active == 1 }
            try slow.send("cd")
            #expect(try slow.readAnswer().status == 200)
            #expect(try running.readAnswer().status == 200)
        }

        /// When as many wait as cannot be served in time, one more is told so at once.
        @Test func aHopelessRequestIsShedAtOnce() throws {
            let server = try PHPServer(workers: 1, app: "queue: {limit: 100, timeout: 1s}")
            // It learns how long a request takes.
            for _ in 0..<10 { _ = try server.get("/sleep.php?ms=200") }
            let clients = try (0..<25).map { _ in try server.begin("/sleep.php?ms=200") }
            let answers = try clients.map { try $0.readAnswer() }
            #expect(answers.allSatisfy { $0.status == 200 || ($0.status == 503 && $0["Retry-After"] != nil) })
            #expect(try server.app().queue.shed["hopeless"] ?? 0 > 0)
            #expect(answers.count { $0.status == 200 } >= 4)
        }

        @Test func whoLeavesTheQueueNeverRuns() throws {
            let server = try PHPServer(workers: 1)
            let log = server.scratch("log")
            let running = try server.begin("/sleep.php?ms=500")
            try eventually { try server.app().active == 1 }
            let leaving = try (0..<5).map { try server.begin("/sleep.php?ms=1&log=\(log)&name=left\($0)") }
            let staying = try server.begin("/sleep.php?ms=1&log=\(log)&name=stayed")
            try eventually { try server.app().queue.length == 6 }
            for client in leaving { client.close() }
            try eventually { try server.app().queue.length == 1 }
            #expect(try running.readAnswer().status == 200)
            #expect(try staying.readAnswer().status == 200)
            #expect(server.lines("log") == ["stayed"])
            let log499 = try server.weir.accessLog().filter { $0["status"] as? Int == 499 }
            #expect(log499.count == 5)
        }

        @Test func aLaneKeepsSlowPagesFromTheOthers() throws {
            let server = try PHPServer(
                workers: 2,
                top: """
                    routes: [{path: /sleep.php, app: app, lane: slow}]
                    lanes: {slow: {concurrency: 1, queue: {limit: 3, timeout: 20s}}}
                    """
            )
            try server.waitUntilIdle(2)
            let slow = try (0..<4).map { _ in try server.begin("/sleep.php?ms=400") }
            try eventually { try server.app().queue.length == 3 }
            #expect(try server.get("/sleep.php?ms=400").status == 503)
            for _ in 0..<10 {
                let start = Clock.now
                #expect(try server.get("/count.php").status == 200)
                #expect(Clock.now - start < 0.3)
            }
            #expect(try server.app().active == 1)
            for client in slow {
                let answer = try client.readAnswer()
                #expect(answer.status == 200, "\(answer.text)")
            }
        }
    }
}
