import ArgumentParser
import Foundation

struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Watch a running server: apps, queues, workers and the slowest requests.",
        discussion: """
            q quits, h lists the other keys. Without a terminal, or with --once, one picture is printed: all workers, and \
            the rates of the second it took. No colour if NO_COLOR is set.
            """
    )

    @Flag(name: .long, help: "Print one picture and end.")
    var once = false

    @OptionGroup var options: AdminOptions

    private static let snapshotTime = 1.0

    func run() throws {
        try options.run { client in
            if once || !Terminal.isThere { try printOnce(client) } else { try watch(client) }
        }
    }

    private func printOnce(_ client: AdminClient) throws {
        let earlier = try TopSample(from: client, seconds: Self.now)
        Thread.sleep(forTimeInterval: Self.snapshotTime)
        var state = TopState()
        state.show(TopReport(from: earlier, to: try TopSample(from: client, seconds: Self.now)))
        let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 120
        let screen = TopScreen(
            state: state, width: min(max(columns, 80), 500), height: nil, hasBlocks: Self.hasUTF8)
        for line in screen.lines { print(line.text.trimmingTrailingSpaces) }
    }

    private func watch(_ client: AdminClient) throws {
        // Before the screen is another one: what is wrong now can be said as usual.
        var session = TopSession(client: client, last: try TopSample(from: client, seconds: Self.now))
        let terminal = try Terminal(hasColour: ProcessInfo.processInfo.environment["NO_COLOR"]?.isEmpty ?? true)
        defer { terminal.leave() }
        var pending: [UInt8] = []
        while true {
            session.refresh(now: Self.now)
            let size = Terminal.size
            terminal.draw(
                TopScreen(state: session.state, width: size.columns, height: size.rows, hasBlocks: Self.hasUTF8).lines)
            let wait = pending.isEmpty ? session.timeLeft(now: Self.now) : Self.sequenceTime
            let input = terminal.read(within: wait)
            if case .bytes(let bytes) = input { pending += bytes }
            if input == .ended { return }
            for key in TopKey.take(from: &pending, isAll: input == .nothing) {
                guard session.press(key) else { return }
            }
        }
    }

    /// An escape that nothing follows for so long is the key of that name.
    private static let sequenceTime = 0.05

    private static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

    private static var hasUTF8: Bool {
        let environment = ProcessInfo.processInfo.environment
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        return locale.lowercased().contains("utf-8") || locale.lowercased().contains("utf8")
    }
}

/// The samples and the state between two pictures.
private struct TopSession {
    let client: AdminClient
    var state = TopState()
    private var last: TopSample
    private var nextAt: Double

    init(client: AdminClient, last: TopSample) {
        self.client = client
        self.last = last
        state.show(TopReport(from: nil, to: last))
        // The first rates soon, whatever the pace.
        nextAt = last.seconds + 0.5
    }

    func timeLeft(now: Double) -> Double { state.isPaused ? 60 : max(0, min(nextAt - now, state.interval)) }

    /// Asks again when it is time. A server that does not answer is said, and asked again.
    mutating func refresh(now: Double) {
        guard now >= nextAt, !state.isPaused else { return }
        nextAt = now + state.interval
        do {
            let sample = try TopSample(from: client, seconds: now)
            state.show(TopReport(from: last, to: sample))
            last = sample
            if state.message.hasPrefix(Self.trouble) { state.message = "" }
        } catch {
            state.message = "\(Self.trouble): \(error)"
        }
    }

    private static let trouble = "no answer"

    /// False: the person has seen enough.
    mutating func press(_ key: TopKey) -> Bool {
        switch state.press(key) {
        case .nothing: break
        case .quit: return false
        case .recycle(let worker): recycle(worker)
        }
        return true
    }

    private mutating func recycle(_ worker: TopState.WorkerName) {
        let name = worker.pid.map { "pid:\($0)" } ?? "id:\(worker.id)"
        do {
            _ = try client.post("/workers/\(AdminClient.escaped(worker.app))/\(name)/recycle", patience: 3)
            state.message = "replacing worker \(worker.id) of \(worker.app)"
        } catch {
            state.message = "\(error)"
        }
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String { String(reversed().drop { $0 == " " }.reversed()) }
}
