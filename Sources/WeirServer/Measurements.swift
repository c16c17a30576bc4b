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
        var reloads = Dictionary(uniqueKeysWithValues: ReloadReport.Result.allCases.map { ($0, 0) })
    }

    let metrics: ServerMetrics
    let started = EdgeLoop.now
    let startedUnixSeconds = WallClock.now.seconds
    private let loops: [EdgeLoop]
    /// What runs beside the apps.
    let supervision: Supervision
    private let logs: Logs
    private let files: ContainerFiles
    private let task: ContainerTask?
    private let state = Mutex(State())

    init(
        metrics: ServerMetrics, loops: [EdgeLoop], supervision: Supervision, logs: Logs, files: ContainerFiles,
        task: ContainerTask?
    ) {
        self.metrics = metrics
        self.loops = loops
        self.supervision = supervision
        self.logs = logs
        self.files = files
        self.task = task
    }

    // MARK: Told by the server

    /// This generation has taken over. What it replaces goes on being counted until ``ended(_:)`` is said of it.
    func show(_ generation: Generation) {
        let apps = generation.apps
        state.withLock { state in
            state.leaving += state.apps.filter { old in !apps.contains { $0 === old } }
            state.apps = apps
            state.history.keepOnly(Set(apps.map(\.settings.name)))
        }
        metrics.keepOnly(
            Dictionary(uniqueKeysWithValues: apps.map { ($0.settings.name, Set($0.lanes.map(\.name))) })
        )
    }

    /// The app of an earlier generation is through: its counts are kept, it is not.
    func ended(_ app: App) {
        state.withLock { state in
            guard let index = state.leaving.firstIndex(where: { $0 === app }) else { return }
            state.leaving.remove(at: index)
            guard state.apps.contains(where: { $0.settings.name == app.settings.name }) else { return }
            state.history.absorb(AppSnapshot(app, now: EdgeLoop.now))
        }
    }

    func reloaded(_ result: ReloadReport.Result) {
        state.withLock { $0.reloads[result, default: 0] += 1 }
    }

    // MARK: Asked by pages

    var apps: [App] { state.withLock { $0.apps } }

    /// Under one lock with what moves a generation from one place to another, so that nothing is counted twice or missing.
    func appsWithSnapshots(now: Instant) -> [(app: App, snapshot: AppSnapshot)] {
        state.withLock { state in
            let leaving = state.leaving.map { AppSnapshot($0, now: now) }
            return state.apps.map { ($0, state.history.complete(AppSnapshot($0, now: now), leaving: leaving)) }
        }
    }

    func appSnapshots(now: Instant) -> [AppSnapshot] { appsWithSnapshots(now: now).map(\.snapshot) }

    func metricsText() -> String {
        let server = ServerSnapshot(
            apps: appSnapshots(now: EdgeLoop.now),
            processes: supervision.processes.map { ($0.settings.name, $0.state) },
            schedule: supervision.schedule.map { ($0.settings.name, $0.state) },
            container: container,
            process: OwnProcess.read(), droppedLogLines: logs.droppedLines, reloads: reloads
        )
        return MetricsReport.text(server, metrics)
    }

    private var container: ServerSnapshot.Container {
        let memory = ContainerMemory.read(files)
        let limits = ContainerLimits(memory: memory, cpu: ContainerCPU.read(files), task: task)
        return ServerSnapshot.Container(
            cores: limits.cpu, memoryLimit: limits.memory?.count, memoryUsed: memory?.workingSet.count)
    }

    private var reloads: [String: Int] {
        let counts = state.withLock { $0.reloads }
        return Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
    }

    /// Asks every event loop which of its requests a worker has.
    func runningRequests() async -> [RunningRequest] {
        var running: [RunningRequest] = []
        for loop in loops {
            running += (try? await loop.eventLoop.submit { loop.runningRequests }.get()) ?? []
        }
        let numbers = workerNumbers
        return running.map { request in
            var request = request
            request.worker = numbers[request.pid]
            return request
        }
    }

    /// By pid.
    private var workerNumbers: [Int32: Int] {
        let apps = state.withLock { $0.apps + $0.leaving }
        return apps.reduce(into: [:]) { numbers, app in
            for (index, worker) in (app.gateway.poolSnapshot()?.workers ?? []).enumerated() {
                if let pid = worker.pid { numbers[pid] = index }
            }
        }
    }
}
