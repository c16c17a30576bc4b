import Foundation
import Testing
import WeirCore
import WeirProcess
import WeirTelemetry
import WeirWire

@testable import WeirRuntimes
@testable import WeirServer

@Suite("The metrics page")
struct MetricsReportTests {
    /// Everything that can be known is.
    private static func page() -> String {
        let spread = AppSnapshot.Spread([10, 20, 30])
        let totals = AppSnapshot.Totals(
            accepted: 1, shed: ["default": ["timeout": 1]], maxChildrenReached: 1, workerStarts: 1, workerDeaths: 1,
            bootFailures: 1, workerKills: ["timeout": 1], recycles: ["max_requests": 1], retries: 1, slowRequests: 1,
            cpuSeconds: 1.5
        )
        let app = AppSnapshot(
            name: "web", manager: "static", queueLimit: 1,
            lanes: [AppSnapshot.Lane(name: "default", queued: 1, running: 2)], longestWait: .milliseconds(5),
            totals: totals,
            workers: AppSnapshot.Workers(starting: 1, idle: 2, busy: 3, leaving: 4, target: 5), maxWorkers: 6,
            concurrencyLimit: 4, proportionalMemory: spread, privateMemory: spread, generation: 3,
            opcache: OpcacheReport([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0, 1, 15, 5]),
            programs: [
                ProgramStatus(
                    worker: 0, pid: 1, address: "127.0.0.1:9000", isWell: true, tunnels: 1,
                    loop: NodeReport.Loop(
                        delayP99: 1, delayMax: 2, utilisation: 0.5, heapUsed: 3, heapTotal: 4, external: 5, handles: 6),
                    goroutines: 7)
            ]
        )
        var program = SupervisorStateMachine(.init(), seed: 1)
        _ = program.tick(now: .zero)
        program.started(0, pid: 1, now: .zero)
        program.measured(0, memory: 1)
        let time = ScheduleStateMachine.Time(now: .zero, wall: 0)
        var schedule = ScheduleStateMachine(.every(.seconds(1)), timeout: .seconds(1), at: time)
        schedule.startFailed("missing", time)
        let server = ServerSnapshot(
            apps: [app], processes: [("queue", .init(machine: program))], schedule: [("backup", schedule)],
            container: ServerSnapshot.Container(cores: 0.5, memoryLimit: 1, memoryUsed: 1),
            process: OwnProcess(
                cpuSeconds: 1, residentBytes: 1, openDescriptors: 1, maxDescriptors: 1, startUnixSeconds: 1.5),
            droppedLogLines: ["server": 0], reloads: ["ok": 1]
        )
        let metrics = ServerMetrics(loops: 2)
        metrics.app("web", lanes: ["default"]).lanes[0].record(
            LaneMetrics.Outcome(status: 200, total: .zero, wait: .zero, service: .zero), loop: 0)
        _ = metrics.reported(by: "web", seriesMax: 0)
        metrics.loops[0].fileServed(status: 200)
        metrics.loops[0].answeredItself(status: 200)
        return MetricsReport.text(server, metrics)
    }

    private static func families(_ page: String) -> [String] {
        page.matches(of: #/# TYPE (\S+) (\S+)/#).map { "\($0.1) \($0.2)" }
    }

    @Test func everySeriesIsDescribedAndNoOther() throws {
        let document = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../docs/metrics.md")
        let text = try String(contentsOf: document, encoding: .utf8)
        let described = text.matches(of: #/\n\| `([a-z_]+)` \| (counter|gauge|histogram) \|/#)
            .map { "\($0.1) \($0.2)" }
        #expect(described == Self.families(Self.page()))
    }

    @Test func numbersOfSeveralAppsShareAFamily() {
        let metrics = ServerMetrics(loops: 1)
        let apps = ["blog", "shop"].map { name in
            _ = metrics.reported(by: name, seriesMax: 5).take(.counter, "orders", 2, [TextPair("kind", "a\"b")])
            return AppSnapshot(
                name: name, manager: "static", queueLimit: 1, lanes: [], longestWait: .zero, totals: .init(),
                workers: .init())
        }
        let server = ServerSnapshot(
            apps: apps, container: .init(cores: 1), process: OwnProcess.read(), droppedLogLines: [:], reloads: [:])
        let page = MetricsReport.text(server, metrics)
        #expect(
            page.contains(
                """
                # HELP weir_app_orders_total Reported by the application.
                # TYPE weir_app_orders_total counter
                weir_app_orders_total{app="blog",kind="a\\"b"} 2.0
                weir_app_orders_total{app="shop",kind="a\\"b"} 2.0

                """))
    }

    @Test func theBoundsAreDescribed() throws {
        let document = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../docs/metrics.md")
        let text = try String(contentsOf: document, encoding: .utf8)
        let bounds = TimeHistogram.bounds.map { bound in
            bound.seconds == bound.seconds.rounded() ? "\(Int(bound.seconds))" : "\(bound.seconds)"
        }
        #expect(text.contains("in seconds: \(bounds.joined(separator: ", ")).\n"))
    }

    @Test func countersAreCalledSo() {
        for family in Self.families(Self.page()) {
            #expect(family.hasSuffix("_total counter") || !family.hasSuffix("counter"), "\(family)")
        }
    }

    @Test func whatIsNotKnownIsAbsent() {
        let server = ServerSnapshot(
            apps: [], container: ServerSnapshot.Container(cores: 1), process: OwnProcess(cpuSeconds: 1),
            droppedLogLines: [:]
        )
        let page = MetricsReport.text(server, ServerMetrics(loops: 1))
        #expect(!page.contains("weir_workers") && !page.contains("process_open_fds") && !page.contains("nil"))
        #expect(page.contains("weir_connections{state=\"idle\"} 0\n"))
    }
}
