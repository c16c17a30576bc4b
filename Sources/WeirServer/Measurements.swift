import NIOCore
import Synchronization
import WeirCore
import WeirEdge
import WeirProcess
import WeirTelemetry

/// What the operator's pages are written from: the apps as they are now, what earlier generations of them counted, and
/// what the event loops count. One for the whole life of the server, whatever is reloaded meanwhile.
final class Measurements: Sendable {
    private struct State {
        var apps: [App] = []
        /// Of earlier generations, finishing what they have.
        var leaving: [App] = []
        var history = AppHistory()
        var loops: [EdgeLoop] = []
        var reloads: [String: Int]?
    }

    let metrics: ServerMetrics
    let started = EdgeLoop.now
    let startedUnixSeconds = WallClock.now.seconds
    private let logs: [String: LogWriter]
    private let state = Mutex(State())

    init(metrics: ServerMetrics, logs: [String: LogWriter]) {
        self.metrics = metrics
        self.logs = logs
    }

    // MARK: Told by the server

    func fill(apps: [App], loops: [EdgeLoop]) {
        state.withLock {
            $0.apps = apps
            $0.loops = loops
        }
    }

    /// A new generation has taken over. The apps before go on being counted until ``ended(_:)`` is said of them.
    func replace(by apps: [App]) {
        let lanes = state.withLock { state in
            state.leaving += state.apps
            state.apps = apps
            state.history.keepOnly(Set(apps.map(\.settings.name)))
            return apps.map { app in
                (app.settings.name, Set(app.gateway.snapshot(now: EdgeLoop.now).lanes.map(\.name)))
            }
        }
        metrics.keepOnly(Dictionary(lanes) { $0.union($1) })
    }

    /// The app of an earlier generation is through: its counts are kept, it is not.
    func ended(_ app: App) {
        state.withLock { state in
            guard let index = state.leaving.firstIndex(where: { $0.gateway === app.gateway }) else { return }
            state.leaving.remove(at: index)
            guard state.apps.contains(where: { $0.settings.name == app.settings.name }) else { return }
            state.history.absorb(AppSnapshot(app, now: EdgeLoop.now))
        }
    }

    func reloaded(result: String) {
        state.withLock { state in
            var reloads = state.reloads ?? [:]
            reloads[result, default: 0] += 1
            state.reloads = reloads
        }
    }

    // MARK: Asked by pages

    var apps: [App] { state.withLock { $0.apps } }

    /// Under one lock with what moves a generation from one place to another, so that nothing is counted twice or missing.
    func appSnapshots(now: Instant) -> [AppSnapshot] {
        state.withLock { state in
            let leaving = state.leaving.map { AppSnapshot($0, now: now) }
            return state.apps.map { state.history.complete(AppSnapshot($0, now: now), leaving: leaving) }
        }
    }

    func metricsText() -> String {
        let server = ServerSnapshot(
            apps: appSnapshots(now: EdgeLoop.now),
            container: ServerSnapshot.Container(cores: ContainerCPU.available()),
            process: OwnProcess.read(), droppedLogLines: logs.mapValues(\.droppedLines),
            reloads: state.withLock { $0.reloads }
        )
        return MetricsReport.text(server, metrics)
    }

    /// Asks every event loop which of its requests a worker has.
    func runningRequests() async -> [RunningRequest] {
        var running: [RunningRequest] = []
        for loop in state.withLock({ $0.loops }) {
            running += (try? await loop.eventLoop.submit { loop.runningRequests }.get()) ?? []
        }
        return running
    }
}
