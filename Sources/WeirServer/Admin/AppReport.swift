import WeirConfig
import WeirCore
import WeirRuntimes

/// One app in a few numbers. `/status` has more of them.
struct AppReport: Encodable {
    struct Workers: Encodable {
        let starting: Int
        let idle: Int
        let active: Int
        let leaving: Int
        let max: Int?
    }

    let name: String
    let runtime: String
    let draining: Bool
    /// Whether requests have a prospect of being answered.
    let available: Bool
    let generation: Int?
    let workers: Workers
    let queued: Int
    let longestWaitSeconds: Double
    let accepted: Int
    let completed: Int
    /// All reasons together.
    let shed: Int
    let meanServiceSeconds: Double?
    let lastFailure: String?
    let recentFailures: [FailureReport]

    init(_ app: App, isDraining: Bool, now: Instant) {
        let queue = app.gateway.snapshot(now: now)
        name = app.settings.name
        runtime = app.settings.runtime.rawValue
        draining = isDraining
        available = queue.isAvailable
        queued = queue.queued
        longestWaitSeconds = queue.longestWait.seconds
        accepted = queue.accepted
        completed = queue.completed
        shed = Shed.Reason.allCases.reduce(0) { $0 + queue.shed[$1] }
        meanServiceSeconds = queue.meanServiceTime?.seconds
        generation = app.generation
        let pool = app.gateway.poolSnapshot()?.status
        workers = Workers(
            starting: pool?.starting ?? 0, idle: pool?.idle ?? queue.idle, active: pool?.busy ?? queue.running,
            leaving: pool?.leaving ?? 0, max: pool?.maximum)
        lastFailure = pool?.lastFailure
        recentFailures = FailureReport.all(pool, now: now)
    }
}
