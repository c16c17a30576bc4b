import WeirCore

/// How a worker came to its end, as JSON. Times in seconds.
struct FailureReport: Encodable {
    let worker: Int
    let pid: Int32?
    let secondsAgo: Double
    /// Its exit code or signal; before that, why it was killed.
    let what: String
    /// Of its standard error.
    let lastWords: [String]
    /// Requests it was given, the one it failed at among them.
    let requests: Int

    init(_ failure: WorkerFailure, now: Instant) {
        worker = failure.worker.index
        pid = failure.pid
        secondsAgo = (now - failure.at).seconds
        what = failure.what
        lastWords = failure.lastWords
        requests = failure.requests
    }

    /// The latest first.
    static func all(_ status: PoolStatus?, now: Instant) -> [FailureReport] {
        (status?.recentFailures ?? []).reversed().map { FailureReport($0, now: now) }
    }
}
