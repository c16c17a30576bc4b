/// What is remembered of workers that failed, and what many of them together mean.
extension PoolStateMachine {
    mutating func remember(
        _ leaving: WorkerStateMachine, _ worker: WorkerID, _ exit: WorkerStateMachine.Exit, _ reason: String,
        _ lastWords: [String], now: Instant
    ) {
        let what: String
        switch (exit, leaving.state) {
        case (.expected, .killed(.stopping)): return
        case (.expected, .killed(let kill)): what = "\(kill.rawValue): \(reason)"
        case (.expected, _): return
        default: what = reason
        }
        failures.add(
            WorkerFailure(
                worker: worker, pid: leaving.pid, at: now, what: what, lastWords: lastWords, requests: leaving.requests)
        )
    }

    mutating func crashed(_ story: String, now: Instant) -> [Action] {
        guard crashes.crashed(now: now), !isStopping else { return [] }
        tally.generationsWanted += 1
        let (count, seconds) = (configuration.emergencyThreshold, configuration.emergencyInterval.seconds)
        return [.startNewGeneration(reason: "\(count) crashes within \(seconds) s, the last of \(story)")]
    }
}
