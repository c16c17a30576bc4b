import Foundation
import WeirCore
import WeirRuntimes

/// `/status` as JSON. Times in seconds, memory in bytes.
struct StatusReport: Encodable {
    struct Connections: Encodable {
        let open: Int
        let refused: Int
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
        let accepted: Int
        let completed: Int
        let active: Int
        let idle: Int
        let maxActiveReached: Int
        let concurrencyLimit: Int?
        let meanServiceSeconds: Double?
        let queue: Queue
        let pool: Pool?
    }

    let uptimeSeconds: Double
    let connections: Connections
    let apps: [AppReport]
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
    init(_ app: App, now: Instant) {
        let queue = app.gateway.snapshot(now: now)
        name = app.settings.name
        runtime = app.settings.runtime.rawValue
        accepted = queue.accepted
        completed = queue.completed
        active = queue.running
        idle = queue.idle
        maxActiveReached = queue.maxRunning
        concurrencyLimit = queue.concurrencyLimit
        meanServiceSeconds = queue.meanServiceTime?.seconds
        var shed: [String: Int] = [:]
        for reason in Shed.Reason.allCases { shed[reason.rawValue] = queue.shed[reason] }
        self.queue = StatusReport.Queue(
            length: queue.queued, maxReached: queue.maxQueued,
            longestWaitSeconds: queue.longestWait.seconds, shed: shed
        )
        if case .managed(let managed) = app.backend, let snapshot = managed.gateway.poolSnapshot() {
            pool = StatusReport.Pool(snapshot.status, snapshot.workers, memory: managed.memory, now: now)
        } else {
            pool = nil
        }
    }
}

extension StatusReport.Pool {
    init(_ status: PoolStatus, _ workers: [WorkerStateMachine], memory: WorkerMemory, now: Instant) {
        available = status.isAvailable
        target = status.target
        starting = status.starting
        idle = status.idle
        active = status.busy
        leaving = status.leaving
        started = status.tally.started
        died = status.tally.died
        killed = status.tally.killed
        maxChildrenReached = status.tally.maxReached
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
