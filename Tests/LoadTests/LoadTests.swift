import Foundation
import Testing
import WeirTestSupport

/// `weir-load` against servers that do a known thing.
struct LoadTests {
    @Test func everyRequestThatWasDueIsCountedOnceAndByItsStatus() throws {
        let server = try KnownServer { request in
            request.hasPrefix("GET /busy ") ? .answer(503, "") : .answer(200, "hello")
        }
        let report = try load(server, "--rate", "200", "--duration", "1s", "--path", "3:/", "--path", "1:/busy")
        let all = report.all
        #expect(all.due > 100)
        #expect(all.due == server.requests.count)
        #expect(all.sent == all.due)
        #expect(all.good == all.answered["200"])
        #expect(all.good + (all.answered["503"] ?? 0) == all.due)
        for path in ["/", "/busy"] {
            #expect(report.paths[path]?.due == server.requests.filter { $0.hasPrefix("GET \(path) ") }.count)
        }
        #expect(report.series.reduce(0) { $0 + $1.due } == all.due)
        #expect(report.series.reduce(0) { $0 + $1.good } == all.good)
    }

    @Test func constantArrivalsComeAtTheRateAsked() throws {
        let server = try KnownServer { _ in .answer(200, "") }
        let report = try load(
            server, "--rate", "100", "--duration", "500ms", "--then", "300:500ms", "--arrivals", "constant")
        #expect(report.phases.map(\.all.due) == [50, 150])
    }

    @Test func clientsWhoGiveUpCloseTheirConnections() throws {
        let server = try KnownServer { _ in .silence }
        let report = try load(server, "--rate", "50", "--duration", "500ms", "--patience", "200ms")
        #expect(report.all.gaveUp == report.all.due)
        #expect(report.all.due == server.requests.count)
        eventually(within: 5, "every client has left") { server.open == 0 }
    }

    @Test func aRequestWithoutAConnectionWaitsAndItsPatienceWithIt() throws {
        let server = try KnownServer { _ in .silence }
        let report = try load(
            server, "--workers", "5", "--duration", "100ms", "--patience", "200ms", "--connections", "1")
        #expect(report.all.due == 5)
        #expect(report.all.gaveUp == 5)
        #expect(report.all.gaveUpUnsent == 4)
        #expect(server.requests.count == 1)
    }

    @Test func latencyCountsFromWhenARequestWasDue() throws {
        // One at a time, 50 ms each, asked for every 10 ms: the tenth waits 400 ms before it is sent.
        let server = try KnownServer { _ in
            usleep(50_000)
            return .answer(200, "")
        }
        let report = try load(
            server, "--rate", "100", "--duration", "100ms", "--connections", "1", "--arrivals", "constant")
        #expect(report.all.good == 10)
        #expect((report.all.goodMs?.max ?? 0) > 350)
    }

    @Test func whatIsLostIsToldApart() throws {
        let server = try KnownServer { request in
            request.hasPrefix("GET /cut ") ? .raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf") : .raw("")
        }
        let report = try load(server, "--rate", "100", "--duration", "300ms", "--path", "/cut", "--path", "/closed")
        #expect(report.paths["/cut"]?.cut == report.paths["/cut"]?.due)
        #expect(report.paths["/closed"]?.reset == report.paths["/closed"]?.due)
        #expect(report.all.good == 0)

        let port = server.port
        server.stop()
        let nobody = try load(port, "--rate", "100", "--duration", "200ms")
        #expect(nobody.all.due > 0)
        #expect(nobody.all.refused == nobody.all.due)
    }

    @Test func aKeptConnectionThatIsClosedIsTriedOnceMore() throws {
        let server = try KnownServer { _ in .answer(200, "") }
        server.requestsPerConnection = 1
        let report = try load(server, "--workers", "1", "--duration", "300ms", "--keep-alive")
        #expect(report.all.good == report.all.due)
        #expect(report.all.reset == 0)
    }

    @Test func aClosedLoopHasAsManyUnderWayAsAsked() throws {
        let server = try KnownServer { _ in
            usleep(20_000)
            return .answer(200, "hello")
        }
        let report = try load(server, "--workers", "4", "--duration", "500ms", "--keep-alive")
        #expect(server.most == 4)
        #expect(report.all.good == server.requests.count)
        #expect((20...100).contains(report.all.good))
    }

    @Test func mistakesInTheCommandAreExplained() throws {
        for (arguments, complaint) in [
            (["127.0.0.1:1", "--duration", "1s"], "either --rate or --workers"),
            (["example.com:80", "--rate", "1", "--duration", "1s"], "IPv4"),
            (["127.0.0.1:1", "--rate", "1", "--duration", "1"], "'1' is no time"),
            (["127.0.0.1:1", "--rate", "a", "--duration", "1s"], "'a' is neither a number"),
            (["127.0.0.1:1", "--rate", "1", "--duration", "1s", "--then", "5s"], "'5s' is no step"),
            (["127.0.0.1:1", "--rate", "1", "--duration", "1s", "--path", "x"], "'x' is no path"),
        ] {
            let command = try Command([program] + arguments)
            #expect(try command.finish(within: 10) != 0)
            #expect(command.output.contains(complaint), "\(command.output)")
        }
    }
}
