import Glibc
import WeirCore
import WeirEdge
import WeirRuntimes
import WeirTelemetry

/// A request that a worker has, as JSON. Times in seconds.
struct RequestReport: Encodable {
    let app: String
    let lane: String
    /// 0: of an external server.
    let pid: Int32
    let id: String
    let method: String
    let path: String
    let client: String
    /// Since it arrived.
    let seconds: Double
    /// Of them, before a worker had it, its body's arrival included.
    let waitSeconds: Double

    init(_ request: RunningRequest, now: Instant) {
        app = request.app
        lane = request.lane
        pid = request.pid
        id = request.requestID
        method = request.method
        path = request.path
        client = request.clientAddress
        seconds = (now - request.arrival).seconds
        waitSeconds = (request.dispatched - request.arrival).seconds
    }

    /// A page of them is enough for a person.
    static let listLimit = 500

    static func slowestFirst(_ running: [RunningRequest], now: Instant) -> [RequestReport] {
        running.sorted { $0.arrival < $1.arrival }.prefix(listLimit).map { RequestReport($0, now: now) }
    }
}

/// One worker, with what it is doing.
struct WorkerReport: Encodable {
    let app: String
    /// nil: the runtime has none.
    let mode: String?
    let id: Int
    let pid: Int32?
    let state: String
    let requests: Int
    let ageSeconds: Double?
    /// Bytes: its own, and its share of common ones.
    let memory: Int?
    let request: RequestReport?

    static func all(of apps: [App], running: [RunningRequest], now: Instant) -> [WorkerReport] {
        let byPID = Dictionary(running.map { ($0.pid, $0) }) { first, _ in first }
        let wallSeconds = Double(WallClock.now.seconds)
        return apps.flatMap { app -> [WorkerReport] in
            guard case .managed(let pool) = app.backend, let workers = pool.gateway.poolSnapshot()?.workers else {
                return []
            }
            return workers.enumerated().filter(\.element.isLive).map { index, worker in
                WorkerReport(
                    app: app.settings.name, mode: app.settings.runtime == .php ? app.settings.mode.rawValue : nil,
                    id: index, pid: worker.pid,
                    state: worker.stateName,
                    requests: worker.requests,
                    ageSeconds: worker.pid.flatMap { OwnProcess.start(of: $0) }.map { max(0, wallSeconds - $0) },
                    memory: worker.pid.flatMap { pool.memory[$0]?.proportional.count },
                    request: worker.pid.flatMap { byPID[$0] }.map { RequestReport($0, now: now) })
            }
        }
    }
}
