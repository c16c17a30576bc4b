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
    /// nil: the runtime has none.
    let mode: String?
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

    /// `snapshot`: of all its generations.
    init(_ app: App, _ snapshot: AppSnapshot, isDraining: Bool, now: Instant) {
        let totals = snapshot.totals
        name = snapshot.name
        runtime = app.settings.runtime.rawValue
        mode = app.settings.runtime == .php ? app.settings.mode.rawValue : nil
        draining = isDraining
        available = app.gateway.snapshot(now: now).isAvailable
        queued = snapshot.queued
        longestWaitSeconds = snapshot.longestWait.seconds
        accepted = totals.accepted
        completed = totals.completed
        shed = totals.shedByReason.values.reduce(0, +)
        meanServiceSeconds = snapshot.meanService?.seconds
        generation = snapshot.generation
        workers = Workers(
            starting: snapshot.workers.starting, idle: snapshot.workers.idle, active: snapshot.workers.busy,
            leaving: snapshot.workers.leaving, max: snapshot.maxWorkers)
        let pool = app.gateway.poolSnapshot()?.status
        lastFailure = pool?.lastFailure
        recentFailures = FailureReport.all(pool, now: now)
    }
}
