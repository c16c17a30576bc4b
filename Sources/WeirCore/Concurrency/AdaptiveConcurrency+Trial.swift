/// One trial: another limit is in force for a while, and its throughput says whether it stays.
extension AdaptiveConcurrency {
    /// nil when there is nowhere to go.
    mutating func beginTrial() -> Reason? {
        guard let held else { return nil }
        for _ in 0..<2 {
            if let limit = candidate(from: held) {
                trial = Trial(limit: limit)
                settle()
                return .trying(limit, insteadOf: held)
            }
            refuse()
            if resting > 0 { return nil }
        }
        return nil
    }

    private func candidate(from held: Int) -> Int? {
        let stride = Self.strides[strideIndex]
        if goesUp {
            if let use = here.processorUse, use >= Self.saturated { return nil }
            let limit = min(live, max(held + 1, Int((Double(held) * stride).rounded())))
            return limit > held ? limit : nil
        }
        let limit = max(min(floor, live), min(held - 1, Int((Double(held) / stride).rounded())))
        return limit < held ? limit : nil
    }

    /// nil while undecided.
    mutating func judgeTrial() -> Reason? {
        guard let held, let trial else { return nil }
        let there = trial.measured
        if let verdict = judgeByProcessor(there) {
            return verdict ? accept(trial, from: held, gain: 0) : refuse(trial, from: held, gain: 0)
        }
        guard isRepresentative(there), there.completions >= 15 || there.seconds >= 5 else { return nil }
        let isUp = trial.limit > held
        let comparison = ConcurrencyComparison(
            low: min(held, trial.limit), isUp ? here : there, high: max(held, trial.limit), isUp ? there : here)
        if comparison.isWorthIt || comparison.isNotWorthIt {
            return comparison.isWorthIt == isUp
                ? accept(trial, from: held, gain: comparison.gain) : refuse(trial, from: held, gain: comparison.gain)
        }
        let enough = 3 * Self.enoughCompletions[strideIndex]
        guard there.completions >= enough || there.seconds >= 10 else { return nil }
        return !isUp && comparison.logLikelihood <= -1
            ? accept(trial, from: held, gain: comparison.gain) : refuse(trial, from: held, gain: comparison.gain)
    }

    /// Fewer that keep the processor as busy are enough; nil when it does not tell.
    private func judgeByProcessor(_ there: ThroughputMeasurement) -> Bool? {
        guard !goesUp, there.seconds >= 0.3, let before = here.processorUse, let now = there.processorUse,
            before >= Self.saturated
        else { return nil }
        if now >= Self.saturated { return true }
        return now < before - 0.04 ? false : nil
    }

    private mutating func accept(_ trial: Trial, from held: Int, gain: Double) -> Reason {
        move(to: trial.limit, measured: trial.measured)
        refusals = 0
        movesInARow += 1
        pause = 1
        resting = 0
        // One move by the smallest step is no journey yet.
        if movesInARow >= 2 { strideIndex = max(0, strideIndex - 1) }
        return goesUp
            ? .moreGaveMore(trial.limit, insteadOf: held, percent: Self.percent(gain))
            : .fewerGaveAsMuch(trial.limit, insteadOf: held)
    }

    private mutating func refuse(_ trial: Trial, from held: Int, gain: Double) -> Reason {
        let wentUp = goesUp
        giveUpTrial()
        refuse()
        return wentUp
            ? .moreGaveNothing(trial.limit, held: held)
            : .fewerGaveLess(trial.limit, held: held, percent: Self.percent(gain))
    }

    private mutating func refuse() {
        goesUp.toggle()
        movesInARow = 0
        refusals += 1
        guard refusals >= 2 else { return }
        refusals = 0
        if strideIndex < Self.strides.count - 1 {
            strideIndex += 1
        } else {
            resting = pause
            pause = min(2 * pause, Self.longestPause)
        }
    }

    /// A gain as a logarithm, in percent of the lower throughput; about, which is enough to be read.
    private static func percent(_ gain: Double) -> Int {
        Int((100 * (gain + gain * gain / 2 + gain * gain * gain / 6)).rounded())
    }
}
