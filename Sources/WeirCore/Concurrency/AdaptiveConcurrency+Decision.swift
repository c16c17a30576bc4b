extension AdaptiveConcurrency {
    package struct Decision: Equatable, Sendable {
        /// nil: as many as there are workers.
        package var limit: Int?
        package var reason: Reason
    }

    /// Why the limit is what it is.
    package enum Reason: Equatable, Sendable {
        case nothingWaits
        /// More is admitted than runs: lanes at their own concurrency, or workers that left.
        case limitNotReached(running: Int, limit: Int)
        case trying(Int, insteadOf: Int)
        case moreGaveMore(Int, insteadOf: Int, percent: Int)
        case moreGaveNothing(Int, held: Int)
        case fewerGaveAsMuch(Int, insteadOf: Int)
        case fewerGaveLess(Int, held: Int, percent: Int)
        case loadChanged

        /// One sentence for the operator.
        package var explanation: String {
            switch self {
            case .nothingWaits: "nothing waits, so all workers may run"
            case .limitNotReached(let running, let limit):
                "\(running) run where \(limit) may, so the limit is not what holds requests back"
            case .trying(let limit, let held): "trying \(limit) at once instead of \(held)"
            case .moreGaveMore(let limit, let held, let percent):
                "\(limit) at once complete \(percent) % more than \(held)"
            case .moreGaveNothing(let limit, let held): "\(limit) at once complete no more than \(held)"
            case .fewerGaveAsMuch(let limit, let held): "\(limit) at once complete as much as \(held)"
            case .fewerGaveLess(let limit, let held, let percent):
                "\(held) at once complete \(percent) % more than \(limit)"
            case .loadChanged: "the load has changed; looking for its limit anew"
            }
        }
    }
}
