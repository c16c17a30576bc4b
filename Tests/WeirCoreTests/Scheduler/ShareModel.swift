import WeirCore

/// What every lane has had of the workers, counted naively: at each step for every running request.
struct ShareModel {
    private let lanes: [LanePolicy]
    private var attained: [Double]
    /// A lane at its concurrency does not compete: how far it is behind until it has room again.
    private var behind: [Double]
    private var levels: [LanePolicy.Priority: Double] = [:]

    init(lanes: [LanePolicy]) {
        self.lanes = lanes
        attained = lanes.map { _ in 0 }
        behind = attained
    }

    mutating func elapse(_ span: Nanoseconds, running: [Int]) {
        for lane in running { attained[lane] += Double(span.count) / Double(lanes[lane].weight) }
    }

    mutating func waits(_ lane: Int, beside waiting: Set<Int>) {
        guard !waiting.contains(lane) else { return }
        let priority = lanes[lane].priority
        if waiting.contains(where: { lanes[$0].priority == priority }) {
            attained[lane] = max(attained[lane], level(lane))
        } else {
            levels[priority] = 0
            for other in lanes.indices where lanes[other].priority == priority {
                attained[other] = 0
                behind[other] = 0
            }
        }
    }

    mutating func starts(_ lane: Int, running: Int) {
        levels[lanes[lane].priority] = max(level(lane), attained[lane])
        if running + 1 == lanes[lane].concurrency { behind[lane] = level(lane) - attained[lane] }
    }

    mutating func ends(_ lane: Int, hasRoom: Bool) {
        if !hasRoom { attained[lane] = max(attained[lane], level(lane) - behind[lane]) }
    }

    func tag(_ lane: Int, running: Int, expected: Nanoseconds) -> Double {
        attained[lane] + Double(running * expected.count) / Double(lanes[lane].weight)
    }

    private func level(_ lane: Int) -> Double { levels[lanes[lane].priority] ?? 0 }
}
