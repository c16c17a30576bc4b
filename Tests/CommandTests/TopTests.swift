import Foundation
import Testing

@testable import weir

@Suite struct TopTests {
    static func sample(seconds: Double = 10) -> TopReport {
        var report = TopReport()
        report.server = ServerFacts(uptimeSeconds: 273_930, connections: .init(open: 24, refused: 0))
        report.requestsPerSecond = 812
        report.statusShares = [2: 0.971, 3: 0.01, 4: 0.015, 5: 0.004]
        (report.memoryUsed, report.memoryLimit, report.coresUsed, report.cores) = (222_298_112, 536_870_912, 0.83, 2)
        report.loopLag = 0.0004
        var shop = TopReport.App(facts: AppFacts(name: "shop", runtime: "php"))
        shop.facts.workers = .init(starting: 1, idle: 2, active: 4, leaving: 1, max: 10)
        (shop.facts.queued, shop.facts.longestWaitSeconds) = (7, 0.31)
        (shop.requestsPerSecond, shop.shedPerSecond) = (790.2, 1.5)
        shop.wait = .init(p50: 0.0012, p95: 0.015, p99: 0.12)
        shop.service = .init(p50: 0.031, p95: 0.21, p99: 1.8)
        var blog = TopReport.App(facts: AppFacts(name: "a-blog-with-a-very-long-name", available: false, queued: 0))
        blog.facts.workers = .init(starting: 0, idle: 0, active: 0, leaving: 0, max: 3)
        report.apps = [shop, blog]
        report.requests = [
            RequestFacts(
                app: "shop", pid: 815, method: "GET", path: "/reports/2026?format=pdf", client: "192.0.2.7",
                seconds: 14.2,
                waitSeconds: 0.012),
            RequestFacts(
                app: "shop", pid: 813, method: "POST", path: "/cart/日本語/\u{1B}[2J", client: "2001:db8::1",
                seconds: 0.31, waitSeconds: 0),
        ]
        report.workers = (0..<12).map { id in
            WorkerFacts(
                app: id < 10 ? "shop" : "blog", id: id, pid: 812 + id, state: id % 3 == 0 ? "busy" : "idle",
                requests: id * 37, ageSeconds: Double(id) * 700, memory: 20_000_000 + id * 1_500_000,
                request: id == 3 ? report.requests[0] : id == 1 ? report.requests[1] : nil)
        }
        return report
    }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Golden")

    private func compare(_ screen: TopScreen, _ name: String) throws {
        let text = screen.lines.map { line in
            String(line.text.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
        let file = Self.folder.appendingPathComponent("\(name).txt")
        if ProcessInfo.processInfo.environment["WEIR_GOLDEN"] == "update" {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try text == String(contentsOf: file, encoding: .utf8))
        guard let height = screen.height else { return }
        #expect(screen.lines.count == height)
        #expect(screen.lines.allSatisfy { TextWidth.of($0.text) == screen.width })
    }

    @Test func programsAndSchedulesHaveLinesOfTheirOwn() throws {
        var state = TopState()
        var report = Self.sample()
        report.server.processes = StatusTextTests.beside.processes
        report.server.schedule = StatusTextTests.beside.schedule
        state.show(report)
        try compare(TopScreen(state: state, width: 110, height: 40), "top-processes-110x40")
        try compare(TopScreen(state: state, width: 80, height: 24), "top-processes-80x24")
    }

    private func state(_ change: (inout TopState) -> Void = { _ in }) -> TopState {
        var state = TopState()
        state.show(Self.sample())
        change(&state)
        return state
    }

    @Test func thePictureIsTheOneWrittenDown() throws {
        try compare(TopScreen(state: state(), width: 80, height: 24), "top-80x24")
        try compare(TopScreen(state: state(), width: 120, height: 40), "top-120x40")
        try compare(TopScreen(state: TopState(), width: 80, height: 24), "top-unknown-80x24")
        try compare(TopScreen(state: state(), width: 100, height: nil, hasBlocks: false), "top-once")
        let confirming = state { for key in "sjjr" { _ = $0.press(.character(key)) } }
        try compare(TopScreen(state: confirming, width: 80, height: 24), "top-confirm-80x24")
        let help = state { _ = $0.press(.character("h")) }
        try compare(TopScreen(state: help, width: 80, height: 24), "top-help-80x24")
    }

    /// However small: no crash, and as many lines as there are.
    @Test func everySizeIsFilledExactly() {
        for width in stride(from: 40, through: 200, by: 13) {
            for height in 8...50 {
                let lines = TopScreen(state: state(), width: width, height: height).lines
                #expect(lines.count == height)
                #expect(lines.allSatisfy { TextWidth.of($0.text) == width })
            }
        }
    }

    @Test func keysChangeWhatIsShown() {
        var state = state()
        #expect(state.workers.map(\.id).prefix(2) == [3, 1], "the longest request first")
        _ = state.press(.character("s"))
        #expect(state.sort == .pid && state.workers.first?.pid == 812)
        _ = state.press(.character("S"))
        #expect(state.workers.first?.pid == 823)
        for key in "/post" { _ = state.press(.character(key)) }
        #expect(state.workers.map(\.id) == [1], "the filter works as it is typed")
        _ = state.press(.enter)
        _ = state.press(.escape)
        #expect(state.workers.count == 12)
        _ = state.press(.character("a"))
        #expect(state.app == "shop" && state.workers.count == 10)
        _ = state.press(.character("a"))
        _ = state.press(.character("a"))
        #expect(state.app == nil)
        _ = state.press(.character("+"))
        #expect(state.interval == 5)
        for _ in 0..<9 { _ = state.press(.character("-")) }
        #expect(state.interval == 0.5)
        _ = state.press(.character(" "))
        #expect(state.isPaused)
        #expect(state.press(.character("q")) == .quit)
    }

    @Test func recyclingAsksFirstAndKeepsToTheWorkerThatWasSelected() {
        var state = state()
        _ = state.press(.down)
        let selected = TopState.WorkerName(app: "shop", id: 1, pid: 813)
        #expect(state.selected == selected)
        _ = state.press(.character("s"))
        _ = state.press(.character("S"))
        #expect(state.press(.character("r")) == .nothing)
        #expect(state.mode == .confirming(selected))
        #expect(state.press(.character("n")) == .nothing)
        #expect(state.mode == .watching)
        _ = state.press(.character("r"))
        #expect(state.press(.character("y")) == .recycle(selected))
    }

    @Test func keysAreReadHoweverTheyArrive() {
        var bytes = Array("j\u{1B}[Aé\r\u{7F}\u{1B}OB\u{1B}[5~x".utf8)
        #expect(
            TopKey.take(from: &bytes, isAll: false) == [
                .character("j"), .up, .character("é"), .enter, .backspace, .down, .character("x"),
            ])
        bytes = [27]
        #expect(TopKey.take(from: &bytes, isAll: false) == [] && bytes == [27])
        bytes += Array("[B".utf8)
        #expect(TopKey.take(from: &bytes, isAll: false) == [.down])
        bytes = [27]
        #expect(TopKey.take(from: &bytes, isAll: true) == [.escape])
        bytes = [0xC3]
        #expect(TopKey.take(from: &bytes, isAll: false) == [] && bytes == [0xC3])
        #expect(TopKey.take(from: &bytes, isAll: true) == [] && bytes.isEmpty)
    }
}

@Suite struct MetricsTextTests {
    private static func text(_ first: Int, _ second: Int) -> MetricsText {
        MetricsText(
            """
            # TYPE t histogram
            t_bucket{app="a",le="0.1"} \(first)
            t_bucket{app="a",le="0.2"} \(first + second)
            t_bucket{app="a",le="+Inf"} \(first + second)
            t_bucket{app="b",le="+Inf"} 1000
            """)
    }

    @Test func numbersAreFoundByNameAndLabels() {
        let metrics = MetricsText(
            """
            # HELP x Text with {braces} and "quotes".
            x{app="a,b",note="say \\"hi\\"\\n"} 2
            x{app="c"} 3.5
            plain 7
            broken{app="c" 1
            """)
        #expect(metrics.sum("x") == 5.5)
        #expect(metrics.sum("x", ["app": "a,b"]) == 2)
        #expect(metrics.matching("x", ["note": "say \"hi\"\n"]).count == 1)
        #expect(metrics.sum("plain") == 7)
        #expect(metrics.sum("nix") == nil && metrics.sum("x", ["app": "d"]) == nil)
    }

    @Test func quantilesAreOfTheTimeBetween() throws {
        let delta = HistogramDelta("t", ["app": "a"], from: Self.text(5, 5), to: Self.text(15, 15))
        #expect(delta.count == 20)
        #expect(abs(try #require(delta.quantile(0.75)) - 0.15) < 1e-9)
        #expect(HistogramDelta("t", ["app": "a"], from: Self.text(5, 5), to: Self.text(5, 5)).quantile(0.5) == nil)
    }

    @Test func aServerThatWasStartedAgainCountsFromZero() throws {
        let delta = HistogramDelta("t", ["app": "a"], from: Self.text(50, 50), to: Self.text(10, 10))
        #expect(delta.count == 20)
    }
}
