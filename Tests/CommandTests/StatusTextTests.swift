import Testing

@testable import weir

@Suite struct StatusTextTests {
    static let beside = SupervisionFacts(
        processes: [
            ProcessFacts(
                name: "queue", instance: 0, pid: 731, state: "running", uptimeSeconds: 4_000, restarts: 2,
                memory: 44_040_192, cpuSeconds: 18.2,
                lastExit: .init(status: "exit code 1\u{1B}[2J", secondsAgo: 4_000.1, asked: false)),
            ProcessFacts(
                name: "queue", instance: 1, state: "waiting", startsInSeconds: 3.2, restarts: 40,
                lastExit: .init(status: "signal 9 (Killed)", secondsAgo: 1)),
        ],
        schedule: [
            ScheduleFacts(
                name: "backup", when: "30 3 * * mon-fri", timezone: "Europe/Berlin", nextRunInSeconds: 61_203,
                lastRun: .init(
                    startedAt: "2026-11-20T02:30:00.000Z", durationSeconds: 83.1, result: "failed",
                    reason: "exit code 4"), skipped: 3),
            ScheduleFacts(name: "tick", when: "every 1m", runningSeconds: 2.5, skipped: 0),
        ])

    @Test func programsAndSchedulesAreTables() {
        #expect(
            Self.beside.lines == [
                "PROCESS  NO  PID  STATE             UP  RESTARTS    MEMORY     CPU  LAST EXIT",
                "queue     0  731  running        1h06m         2  42.0 MiB  18.2 s  exit code 1\u{FFFD}[2J, 1h06m ago",
                "queue     1    –  waiting 3.2 s      –        40         –       –  signal 9 (Killed), 1.0 s ago",
                "",
                "SCHEDULE  WHEN                            NEXT         LAST RUN                    TOOK  SKIPPED  RESULT",
                "backup    30 3 * * mon-fri Europe/Berlin  in 17h00m    2026-11-20T02:30:00.000Z  83.1 s        3  failed: exit code 4",
                "tick      every 1m                        runs, 2.5 s  –                              –        0",
            ])
    }

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
