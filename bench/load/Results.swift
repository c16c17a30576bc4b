/// Everything that is counted during a run.
struct Results {
    /// By phase in which a request was due, then by path.
    private(set) var byPhase: [[Tally]]
    /// By second of the run, then by path: requests where they were due, answers where they came.
    private(set) var bySecond: [[Tally]] = []
    /// Good answers that came within the phase, whenever they were asked for: what the server achieved meanwhile.
    private(set) var goodWithin: [[Int]]
    /// How much later than due a request was handed to its connection: the generator's own error.
    private(set) var lateness = LatencyHistogram()

    private let paths: Int
    private let phaseEnds: [Nanoseconds]

    init(phases: [Phase], paths: Int) {
        self.paths = paths
        byPhase = phases.map { _ in Self.tallies(paths) }
        goodWithin = phases.map { _ in [Int](repeating: 0, count: paths) }
        var end: Nanoseconds = 0
        phaseEnds = phases.map {
            end += $0.duration
            return end
        }
    }

    var end: Nanoseconds { phaseEnds.last ?? 0 }

    /// The phase that a moment of the run belongs to; none after the last.
    func phase(at time: Nanoseconds) -> Int? { phaseEnds.firstIndex { time < $0 } }

    mutating func isDue(_ request: Request) {
        byPhase[request.phase][request.path].isDue()
        second(of: request.due)[request.path].isDue()
    }

    mutating func isLate(by lateness: Nanoseconds) { self.lateness.add(lateness) }

    mutating func isSent(_ request: Request) { byPhase[request.phase][request.path].isSent() }

    mutating func isRetried(_ request: Request) { byPhase[request.phase][request.path].isRetried() }

    mutating func ended(_ request: Request, _ outcome: Outcome, at time: Nanoseconds) {
        byPhase[request.phase][request.path].add(outcome, latency: time - request.due)
        second(of: time)[request.path].add(outcome, latency: time - request.due)
        if case .answered(let status) = outcome, Tally.isGood(status), let phase = phase(at: time) {
            goodWithin[phase][request.path] += 1
        }
    }

    private mutating func second(of time: Nanoseconds) -> [Tally] {
        let second = Int(time / .second)
        while bySecond.count <= second { bySecond.append(Self.tallies(paths)) }
        return bySecond[second]
    }

    private static func tallies(_ count: Int) -> [Tally] { (0..<count).map { _ in Tally() } }
}
