/// Finds by trials how many requests at once give the most throughput, whatever they wait for.
///
/// Only an app with a queue is limited: while nothing waits, nobody asks for more. It begins without a limit and tries half
/// of what may run. If half gives as much (``ThroughputComparison``), half it is, and it goes on so; a refusal is followed
/// by finer steps, a quarter down or a third up. When no step is better the search rests, and then tries the finer
/// ones again:
///
///     length                10 s, twice as long each time in vain, at most 120 s, but 4 times as long as the trials took
///     throughput changed    by 35 % in two windows in a row: at once, upwards first, with the large steps
///     30 s without a queue  everything is forgotten
///
/// Never less than `floor`, ceil(cores) + 1. Trials cost what the worse of two limits completes less, half of the time: for
/// a page that only sleeps, where half of the workers do half, a second or two of 25 %, every two minutes.
///
/// Assumes: while requests wait, as many run as may. Where lanes have limits of their own that hold them back, or the
/// queue is empty too often, nothing is concluded.
///
/// Worked row: 32 workers and a database that completes n / (1 + 0.01 n (n - 1)) times what it does alone, most with 10
/// at once: 32 give 2.93, 16: 4.71, 8: 5.13, 4: 3.57, 6: 4.62, 11: 5.24. Tried are 16 instead of 32 (e = -0.70: stays), 8
/// instead of 16 (-0.13: stays), 4 (0.54: refused), 6 (0.37: refused) and 11 (0.07: either may stay).
///
/// Source: hill climbing on goodput as in the .NET thread pool (Hellerstein, Morrison and Eilebrecht, "Optimizing
/// concurrency levels in the .NET ThreadPool", 2008), with paired measurements instead of a wave. Service times against
/// their least, as in TCP Vegas, are not used: they tell of waiting, not of throughput, and a page that becomes slower is
/// not one that should run less.
package struct ConcurrencySearch: Sendable {
    package struct Tick: Sendable {
        package var seconds: Double
        package var completions: Int
        package var running: Int
        package var queued: Int
        /// May run at all: workers, or fewer where something else limits them.
        package var most: Int
        package var floor: Int

        package init(seconds: Double, completions: Int, running: Int, queued: Int, most: Int, floor: Int) {
            self.seconds = seconds
            self.completions = completions
            self.running = running
            self.queued = queued
            self.most = most
            self.floor = floor
        }
    }

    enum Step: Hashable, Sendable {
        case halve, lower, double, raise

        var isDown: Bool { self == .halve || self == .lower }
        var isLarge: Bool { self == .halve || self == .double }
    }

    package enum Reason: Hashable, Sendable {
        case nothingWaits
        case notHeldBack(running: Int, limit: Int)
        case tooSlow
        case measuring
        case trying(Int, insteadOf: Int)
        case moreGaveMore(few: Int, many: Int, percent: Int)
        case moreGaveNothing(few: Int, many: Int, percent: Int)
        case loadChanged
    }

    static let enoughRunning = 0.85
    static let patience = 0.5
    static let memory = 30.0
    static let change = 0.35
    static let longestRest = 120.0
    static let restPerTrial = 4.0

    /// What was found; nil: no limit.
    package private(set) var held: Int?
    package private(set) var reason = Reason.nothingWaits
    private(set) var trial: ConcurrencyTrial?
    private var plan: [Step] = [.halve]
    private var resting = 0.0
    private var pause: Double?
    /// In trials, since it last rested.
    private var spent = 0.0
    private var quiet = 0.0
    private var most = 0
    private var recent = ThroughputComparison.Window()
    private var usual = ThroughputComparison.Window()
    private var windows = 0
    private var unusual = 0

    package init() {}

    /// nil: as many as may.
    package var limit: Int? { trial?.limit ?? held }

    package mutating func tick(_ tick: Tick) {
        let target = min(limit ?? tick.most, tick.most)
        guard tick.most > 0, tick.queued > 0, Double(tick.running) >= Self.enoughRunning * Double(target) else {
            return unsaturated(tick, target: target)
        }
        quiet = 0
        if tick.most != most { follow(most: tick.most) }
        if trial != nil { judge(tick) } else { watch(tick) }
    }

    /// The clock has jumped, or the process was stopped: what was being measured is worth nothing.
    package mutating func interrupt() {
        trial = nil
        recent = ThroughputComparison.Window()
    }

    private mutating func unsaturated(_ tick: Tick, target: Int) {
        quiet += tick.seconds
        guard quiet >= Self.patience else { return }
        if trial != nil { resting = max(resting, 2) }
        if quiet >= Self.memory { self = ConcurrencySearch(quiet: quiet) }
        interrupt()
        reason = tick.queued == 0 ? .nothingWaits : .notHeldBack(running: tick.running, limit: target)
    }

    private init(quiet: Double) { self.quiet = quiet }

    private mutating func follow(most now: Int) {
        if let limit = held, limit >= now { held = nil }
        if let trial, max(trial.from, trial.to) > now || trial.from == most { self.trial = nil }
        most = now
        measureAnew()
    }

    // MARK: Between trials

    private mutating func watch(_ tick: Tick) {
        recent.completions += tick.completions
        recent.seconds += tick.seconds
        resting -= tick.seconds
        let running = Double(limit ?? most)
        let pace = ConcurrencyTrial.Pace(perSecond: recent.perSecond, running: running)
        guard recent.seconds >= pace?.window ?? ConcurrencyTrial.longestWindow else { return }
        let window = recent
        recent = ThroughputComparison.Window()
        guard let pace else { return reason = .tooSlow }
        if reason == .nothingWaits || reason == .tooSlow { reason = .measuring }
        if hasChanged(window) { searchAnew() }
        if resting <= 0 { begin(pace, floor: tick.floor) }
    }

    private mutating func hasChanged(_ window: ThroughputComparison.Window) -> Bool {
        windows += 1
        if windows <= 3 {
            usual.completions += window.completions
            usual.seconds += window.seconds
            return false
        }
        let isUnusual = abs(window.perSecond - usual.perSecond) > Self.change * usual.perSecond
        unusual = isUnusual ? unusual + 1 : 0
        return unusual >= 2
    }

    private mutating func measureAnew() {
        recent = ThroughputComparison.Window()
        usual = ThroughputComparison.Window()
        windows = 0
        unusual = 0
    }

    private mutating func searchAnew() {
        measureAnew()
        plan = held == nil ? [.halve] : [.double, .raise, .halve, .lower]
        pause = nil
        resting = 0
        reason = .loadChanged
    }

    // MARK: Trials

    private mutating func begin(_ pace: ConcurrencyTrial.Pace, floor: Int) {
        let now = held ?? most
        while let step = plan.first {
            let limit = candidate(step, from: now, floor: floor)
            if limit != now {
                trial = ConcurrencyTrial(from: now, to: limit, pace: pace)
                reason = .trying(limit, insteadOf: now)
                return
            }
            plan.removeFirst()
        }
        rest()
    }

    private mutating func rest() {
        let length = pause ?? 10
        resting = max(length, Self.restPerTrial * spent)
        pause = min(2 * length, Self.longestRest)
        spent = 0
        plan = held == nil ? [.halve] : [.raise, .lower]
    }

    private func candidate(_ step: Step, from now: Int, floor: Int) -> Int {
        let least = min(max(1, floor), now)
        return switch step {
        case .halve: max(least, (now + 1) / 2)
        case .lower: max(least, min(now - 1, (now * 3 + 2) / 4))
        case .double: min(most, 2 * now)
        case .raise: min(most, max(now + 1, (now * 4 + 1) / 3))
        }
    }

    private mutating func judge(_ tick: Tick) {
        guard var trial, let step = plan.first else { return interrupt() }
        spent += tick.seconds
        let verdict = trial.tick(seconds: tick.seconds, completions: tick.completions, running: tick.running)
        self.trial = trial
        guard verdict != .open else { return }
        self.trial = nil
        reason = Reason(trial, verdict)
        if (verdict == .moreIsNotWorthIt) == step.isDown {
            held = trial.to < most ? trial.to : nil
            pause = nil
            measureAnew()
            plan = step.isDown ? [.halve, .lower] : [.double, .raise]
            // Beyond the best by a large step: it may lie between.
            if step.isLarge { plan.append(step.isDown ? .raise : .lower) }
        } else {
            plan.removeFirst()
            if step == .halve, !plan.contains(.lower), trial.comparison.elasticity < 0.5 { plan.insert(.lower, at: 0) }
        }
        if plan.isEmpty { rest() }
    }
}

extension ConcurrencySearch.Reason {
    fileprivate init(_ trial: ConcurrencyTrial, _ verdict: ThroughputComparison.Verdict) {
        let comparison = trial.comparison
        let few = max(comparison.perSecondWithFew, 1e-9)
        let percent = Int(min((comparison.perSecondWithMany / few - 1) * 100, 1e6).rounded())
        let (low, high) = (min(trial.from, trial.to), max(trial.from, trial.to))
        self =
            verdict == .moreIsWorthIt
            ? .moreGaveMore(few: low, many: high, percent: percent)
            : .moreGaveNothing(few: low, many: high, percent: percent)
    }

    /// One sentence for the operator.
    package var explanation: String {
        switch self {
        case .nothingWaits: "nothing waits, so nothing is limited"
        case .notHeldBack(let running, let limit):
            "\(running) run where \(limit) may: it is not this limit that holds requests back"
        case .tooSlow: "too few requests end to tell what concurrency brings"
        case .measuring: "measuring the throughput"
        case .trying(let limit, let held): "trying \(limit) at once instead of \(held)"
        case .moreGaveMore(let few, let many, let percent): "\(many) at once complete \(percent) % more than \(few)"
        case .moreGaveNothing(let few, let many, let percent) where percent < 0:
            "\(many) at once complete \(-percent) % less than \(few)"
        case .moreGaveNothing(let few, let many, let percent):
            "\(many) at once complete only \(percent) % more than \(few)"
        case .loadChanged: "the throughput has changed: looking for the best limit again"
        }
    }
}
