import Testing

@testable import weir

@Suite struct StatusTextTests {
    @Test func failuresAreShownWithTheirCauses() {
        func failure(_ worker: Int, _ what: String, _ lastWords: [String] = []) -> FailureFacts {
            FailureFacts(
                worker: worker, pid: 70 + worker, secondsAgo: 12, what: what, lastWords: lastWords, requests: 41)
        }
        let app = AppFacts(
            name: "web", lastFailure: "the fork server failed: exit code 78",
            recentFailures: [
                failure(1, "signal 11 (Segmentation fault)", ["a last\u{1B}[2J word"]), failure(2, "exit code 3"),
                failure(3, "max_memory_hard: signal 9 (Killed)"), failure(4, "long ago"),
            ])
        let ready = AdminAnswer(status: 200, body: [])
        let text = StatusText(server: ServerFacts(), apps: [app], ready: ready).lines
        #expect(
            text.drop { $0 != "what went wrong last:" } == [
                "what went wrong last:",
                "    web: the fork server failed: exit code 78",
                "    web: worker 1 (pid 71), 12.0 s ago, after 41 requests: signal 11 (Segmentation fault)",
                "    web:     a last\u{FFFD}[2J word",
                "    web: worker 2 (pid 72), 12.0 s ago, after 41 requests: exit code 3",
                "    web: worker 3 (pid 73), 12.0 s ago, after 41 requests: max_memory_hard: signal 9 (Killed)",
            ])
    }
}
