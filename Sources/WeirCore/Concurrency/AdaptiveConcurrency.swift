/// How many requests of an app may run at once: when more concurrency stops giving throughput, stop giving concurrency.
///
/// Only an app with a queue is limited: while nothing waits, nobody asks for more. The search begins at all live workers.
/// It holds a limit, measures the throughput there, tries another one (twice or half as many, later nearer: by the square
/// root of 2, in the end by 1.2), and moves there if ``ConcurrencyComparison`` says so: up if more gave more, down if fewer
/// gave as much. A move goes on in its direction; after a refusal the other direction is tried, then a smaller step.
/// When the smallest step is refused on both sides it has found the limit, and tries again after pauses of 1, 2, 4, 8 and
/// at most 16 s. It measures goodput rather than service time, as it has to compare only what the app did under two
/// limits and need not know how fast one request would be alone.
///
///     bounds     min(cores, live) ... live; cores rounded up
///     settling   after each change the first max(0.1 s, 1.5 * service time), at most 5 s, is not counted, for
///                what still runs was admitted under the other limit
///     enough     a limit is compared after 50, 200 or 800 completions by size of the step, or after 5 s if there
///                were 20, but not before 10 samples and 8 service times; a trial that is undecided after three
///                times as many, or 10 s, ends: fewer stay if at least they seem to be enough (l <= -1)
///     processor  at 97 % of the container's share more concurrency can give nothing: nothing is tried upwards, and
///                fewer are enough if they keep it as busy, whatever the noise of the throughput
///     change     a second or more in which the throughput is off by 40 % and 5 standard deviations, or the
///                processor's use by 0.3, is another load: the search begins anew, at the limit it had, with large steps
///     memory     of a limit: 30 s without a queue
///
/// Assumes: while a queue waits, all that is admitted runs (a lane's own concurrency may be in the way: then nothing is
/// concluded). Few completions give no decision rather than a wrong one: a slow app stays as it is for longer.
///
/// Worked row: 4 cores, 64 workers, every request needs 10 ms of processor time: 400/s at 64, as at 32, 16, 8 and 4: four
/// moves, and 4 is held. With 10 ms of waiting instead: 6400/s at 64, half of it at 32; refused, and 64 is held.
///
/// Source: gradient-free hill climbing on goodput as in the .NET thread pool (Hellerstein, Morrison and Eilebrecht,
/// "Optimizing concurrency levels in the .NET ThreadPool", 2008); of Netflix's concurrency-limits and Envoy's
/// adaptive concurrency it has the windows by count, but no estimate of a service time without load.
package struct AdaptiveConcurrency: Sendable {
    /// What happened since the last call, about 100 ms ago.
    package struct Sample: Sendable {
        package var span: Nanoseconds
        package var completions: Int
        /// Of those; any value when there were none.
        package var meanServiceTime: Nanoseconds
        package var meanRunning: Double
        /// Requests wait, at the end of the span.
        package var isQueueing: Bool
        /// Of what the container may use, 0...1; nil: not known, or the app runs elsewhere.
        package var processorUse: Double?
        package var live: Int

        package init(
            span: Nanoseconds, completions: Int, meanServiceTime: Nanoseconds, meanRunning: Double, isQueueing: Bool,
            processorUse: Double?, live: Int
        ) {
            self.span = span
            self.completions = completions
            self.meanServiceTime = meanServiceTime
            self.meanRunning = meanRunning
            self.isQueueing = isQueueing
            self.processorUse = processorUse
            self.live = live
        }
    }

    struct Trial {
        var limit: Int
        var measured = ThroughputMeasurement()
    }

    static let strides = [2.0, 1.414, 1.2]
    static let enoughCompletions = [50.0, 200, 800]
    static let longestPause = 16.0
    static let memory = 30.0
    static let saturated = 0.97

    package private(set) var decision = Decision(limit: nil, reason: .nothingWaits)

    let floor: Int
    /// The limit that is held, or tried from; nil: nothing found yet.
    var held: Int?
    var here = ThroughputMeasurement()
    var trial: Trial?
    var strideIndex = 0
    var goesUp = false
    var refusals = 0
    var movesInARow = 0
    var pause = 1.0
    var resting = 0.0
    var live = 0
    private var recent = ThroughputMeasurement()
    private var settling = 0.0
    private(set) var serviceTime = 0.0
    private var quiet = 0.0

    /// `cores`: of the container's share, such as 1.5.
    package init(cores: Double) { floor = max(1, Int(cores.rounded(.up))) }

    package mutating func update(_ sample: Sample) -> Decision {
        let reason = step(sample)
        let limit = quiet == 0 ? trial?.limit ?? held : nil
        // A limit of all workers is none: workers may come.
        decision = Decision(limit: limit.flatMap { $0 < sample.live ? $0 : nil }, reason: reason)
        return decision
    }

    private mutating func step(_ sample: Sample) -> Reason {
        let span = sample.span.seconds
        guard sample.isQueueing, sample.live > 0 else { return rest(span) }
        follow(live: sample.live)
        if quiet > 0 || held == nil { begin(span) }
        let target = trial?.limit ?? held ?? live
        if sample.completions > 0 { serviceTime = sample.meanServiceTime.seconds }
        if settling > 0 {
            settling -= span
            return decision.reason
        }
        guard sample.meanRunning >= 0.85 * Double(target) else {
            if trial != nil { giveUpTrial() }
            return .limitNotReached(running: Int(sample.meanRunning.rounded()), limit: target)
        }
        if trial != nil {
            trial?.measured.add(
                completions: sample.completions, seconds: span, processorUse: sample.processorUse)
            return judgeTrial() ?? decision.reason
        }
        count(sample, span)
        if hasChanged() { return searchAnew() }
        resting -= span
        guard resting <= 0, isEnough(here) else { return decision.reason }
        return beginTrial() ?? decision.reason
    }

    private mutating func rest(_ span: Double) -> Reason {
        quiet += span
        trial = nil
        if quiet > Self.memory {
            held = nil
            strideIndex = 0
        }
        return .nothingWaits
    }

    private mutating func begin(_ span: Double) {
        quiet = 0
        if held == nil {
            held = live
            goesUp = false
            strideIndex = 0
            refusals = 0
            here = ThroughputMeasurement()
        }
        recent = ThroughputMeasurement()
        settle()
    }

    /// Workers come and go. Whoever had all has all.
    private mutating func follow(live now: Int) {
        if let limit = held, limit == live || limit > now {
            if limit != now { here = ThroughputMeasurement() }
            held = now
        }
        if let limit = trial?.limit, limit > now { trial = nil }
        live = now
    }

    mutating func settle() { settling = min(max(0.1, 1.5 * serviceTime), 5) }

    mutating func giveUpTrial() {
        trial = nil
        recent = ThroughputMeasurement()
        settle()
    }

    /// To a limit at which this was measured.
    mutating func move(to limit: Int, measured: ThroughputMeasurement) {
        held = limit
        here = measured
        recent = ThroughputMeasurement()
        trial = nil
    }

    /// Requests that began together end together: it takes a few rounds of them, in several samples, to be even.
    func isRepresentative(_ measured: ThroughputMeasurement) -> Bool {
        measured.samples >= 10 && measured.seconds >= min(8 * serviceTime, 5)
    }

    func isEnough(_ measured: ThroughputMeasurement) -> Bool {
        guard isRepresentative(measured) else { return false }
        return measured.completions >= Self.enoughCompletions[strideIndex]
            || (measured.seconds >= 5 && measured.completions >= 20)
    }

    private mutating func count(_ sample: Sample, _ span: Double) {
        here.add(completions: sample.completions, seconds: span, processorUse: sample.processorUse)
        recent.add(completions: sample.completions, seconds: span, processorUse: sample.processorUse)
        if here.completions > 4_000 || here.seconds > 60 { here.halve() }
    }

    private mutating func hasChanged() -> Bool {
        guard recent.seconds >= 1, recent.completions >= 20 else { return false }
        defer { recent = ThroughputMeasurement() }
        guard here.seconds >= 2 * recent.seconds else { return false }
        if let now = recent.processorUse, let before = here.processorUse, abs(now - before) > 0.3 { return true }
        let off = abs(Logarithm.of(recent.perSecond / here.perSecond))
        return off > 0.4 && off * off > 25 * (recent.variance + here.variance)
    }

    private mutating func searchAnew() -> Reason {
        here = ThroughputMeasurement()
        strideIndex = 0
        refusals = 0
        movesInARow = 0
        pause = 1
        resting = 0
        goesUp = true
        return .loadChanged
    }
}
