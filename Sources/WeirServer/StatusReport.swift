import Foundation
import WeirCore
import WeirRuntimes

/// `/status` as JSON. Times in seconds, memory in bytes.
struct StatusReport: Encodable {
    struct Connections: Encodable {
        let open: Int
        let refused: Int
        /// Of those that are open: they have been upgraded, and carry another protocol.
        let tunnels: Int
    }

    struct Queue: Encodable {
        let length: Int
        let maxReached: Int
        let longestWaitSeconds: Double
        let shed: [String: Int]
    }

    struct Worker: Encodable {
        let id: Int
        let pid: Int32?
        let state: String
        let requests: Int
        let memory: Int?
    }

    struct Pool: Encodable {
        let available: Bool
        let target: Int
        let starting: Int
        let idle: Int
        let active: Int
        let leaving: Int
        let started: Int
        let died: Int
        let killed: Int
        let maxChildrenReached: Int
        let lastFailure: String?
        let recentFailures: [FailureReport]
        let workers: [Worker]
    }

    struct AppReport: Encodable {
        let name: String
        let runtime: String
        /// nil: the runtime has none.
        let mode: String?
        let accepted: Int
        let completed: Int
        let active: Int
        let idle: Int
        let maxActiveReached: Int
        let concurrencyLimit: Int?
        let meanServiceSeconds: Double?
        let queue: Queue
        let pool: Pool?
        /// nil: off, or not known.
        let opcache: OPcacheStatus?
        /// Of this generation; nil: the workers are another server's.
        let growth: [GrowthReport]?
        let audit: [FindingReport]?
    }

    let uptimeSeconds: Double
    let connections: Connections
    let apps: [AppReport]
    let processes: [ProcessReport]
    let schedule: [ScheduleReport]
    /// What the server found itself, and what does not fit: nil before it runs.
    let automatic: [ExplainReport.Number]?
    let warnings: [ExplainReport.Warning]?

    var json: String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}

extension StatusReport.AppReport {
    /// `snapshot`: of all its generations.
    init(_ app: App, _ snapshot: AppSnapshot, now: Instant) {
        let totals = snapshot.totals
        name = app.settings.name
        runtime = app.settings.runtime.rawValue
        mode = app.settings.runtime == .php ? app.settings.mode.rawValue : nil
        accepted = totals.accepted
        completed = totals.completed
        active = snapshot.running
        idle = snapshot.workers.idle
        maxActiveReached = totals.maxRunning
        concurrencyLimit = snapshot.concurrencyLimit
        meanServiceSeconds = snapshot.meanService?.seconds
        queue = StatusReport.Queue(
            length: snapshot.queued, maxReached: totals.maxQueued,
            longestWaitSeconds: snapshot.longestWait.seconds, shed: totals.shedByReason
        )
        if case .managed(let managed) = app.backend, let pool = managed.gateway.poolSnapshot() {
            self.pool = StatusReport.Pool(pool.status, pool.workers, snapshot, memory: managed.memory, now: now)
            growth = managed.growthByPath.map(GrowthReport.init)
            audit = managed.reports.audit.list.map(FindingReport.init)
        } else {
            pool = nil
            growth = nil
            audit = nil
        }
        opcache = snapshot.opcache.map(OPcacheStatus.init)
    }
}

extension StatusReport.Pool {
    init(
        _ status: PoolStatus, _ workers: [WorkerStateMachine], _ snapshot: AppSnapshot, memory: WorkerMemory,
        now: Instant
    ) {
        let totals = snapshot.totals
        available = status.isAvailable
        target = status.target
        starting = status.starting
        idle = status.idle
        active = snapshot.workers.busy
        leaving = snapshot.workers.leaving
        started = totals.workerStarts ?? 0
        died = totals.workerDeaths ?? 0
        killed = totals.killedUnwell
        maxChildrenReached = totals.maxChildrenReached ?? 0
        lastFailure = status.lastFailure
        recentFailures = FailureReport.all(status, now: now)
        self.workers = workers.enumerated().filter(\.element.isLive).map { index, worker in
            StatusReport.Worker(
                id: index, pid: worker.pid, state: worker.stateName, requests: worker.requests,
                memory: worker.pid.flatMap { memory[$0]?.proportional.count }
            )
        }
    }
}
