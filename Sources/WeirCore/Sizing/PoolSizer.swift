/// Decides how many workers an app may have: what its bounds allow, settled by ``SizingDamper``. Performs no I/O.
///
/// To be asked every ``interval``; what it says then is the most workers the pool may have until the next time.
package struct PoolSizer: Sendable {
    package static let interval = Nanoseconds.seconds(5)
    /// Memory in use beyond this share of the limit is short, or beyond what the reserve leaves where that is less.
    package static let shortShare = 0.9

    private let prior: SizingPrior
    private var memory: WorkerMemoryEstimate
    private var cost: RequestCost
    private var damper = SizingDamper()
    /// What nobody accounts for: grows at once, and is forgotten slowly.
    private var others: Bytes = 0
    private var last: (now: Instant, limit: Bytes, configured: SizingInput.Configured)?
    private var changedAt = Instant.zero
    private var why = ""

    package init(prior: SizingPrior) {
        self.prior = prior
        memory = WorkerMemoryEstimate(prior: prior.perWorker)
        cost = RequestCost(prior: prior.waitPerCPU)
    }

    package mutating func decide(_ input: SizingInput) -> SizingDecision {
        memory.observe(input.workers)
        cost.observe(input.requests, elapsed: last.map { input.now - $0.now } ?? .zero, cores: input.cores)
        let perWorker = memory.value
        let shared = input.shared ?? prior.shared
        let workersOwn = input.workers.reduce(Bytes(0)) { $0 + $1.ownMemory }
        let poolMemory = workersOwn + Bytes(perWorker.count * input.unmeasured) + (input.shared ?? 0)
        observeOthers(max(0, input.memoryInUse - input.server - input.otherPools - input.programs.inUse - poolMemory))

        var bounds = SizingBounds(
            memory: MemoryBound(
                limit: input.memoryLimit, reserveShare: input.reserveShare, server: input.server, others: others,
                programs: input.programs.reserved, share: input.share, shared: shared, perWorker: perWorker),
            cpu: CPUBound(cores: input.cores, waitPerCPU: cost.waitPerCPU), downstream: input.downstream)
        bounds.memoryBasis = memory.basis
        bounds.cpuBasis = cost.basis
        let size = settle(bounds, input)
        let rule =
            switch input.configured {
            case .auto: bounds.wish.rule
            case .fixed: SizingBounds.Rule.configured
            }
        last = (input.now, input.memoryLimit, input.configured)
        return SizingDecision(
            workers: size, bound: rule, bounds: bounds, poolMemory: poolMemory, memoryInUse: input.memoryInUse,
            changedAt: changedAt, why: why)
    }

    private mutating func observeOthers(_ measured: Bytes) {
        others = measured > others ? measured : others - (others - measured) * 0.125
    }

    private mutating func settle(_ bounds: SizingBounds, _ input: SizingInput) -> Int {
        if case .fixed(let count) = input.configured {
            if last?.configured != input.configured {
                damper = SizingDamper()
                changed("the configuration says \(count)", input.now)
            }
            return count
        }
        let (wish, rule) = bounds.wish
        let isShort = isMemoryShort(bounds, input)
        let change = damper.settle(wish: wish, isMemoryShort: isShort)
        let size = damper.size ?? wish
        switch change {
        case nil: break
        case .first: changed("first decision: \(rule) allows \(wish)", input.now)
        case .grew(let before): changed("grew from \(before) to \(size): \(rule) allows \(wish)", input.now)
        case .shrank(let before): changed("shrank from \(before) to \(size): \(rule) allows \(wish)", input.now)
        case .shrankAtOnce(let before): changed(shortStory(before, size, bounds, input), input.now)
        }
        return size
    }

    private func isMemoryShort(_ bounds: SizingBounds, _ input: SizingInput) -> Bool {
        guard let size = damper.size, bounds.memory.workers < size else { return false }
        // What would be in use if all workers reached their full size may go half way into the rest.
        return input.memoryInUse > input.memoryLimit * Self.shortShare(input)
            || bounds.memory.need(workers: size) + input.otherPools
                > input.memoryLimit * ((1 + Self.shortShare(input)) / 2)
    }

    private static func shortShare(_ input: SizingInput) -> Double { max(shortShare, 1 - input.reserveShare) }

    private func shortStory(_ before: Int, _ size: Int, _ bounds: SizingBounds, _ input: SizingInput) -> String {
        let reason: String
        if let last, input.memoryLimit < last.limit {
            reason = "the memory limit went from \(last.limit.inMebibytes) to \(input.memoryLimit.inMebibytes)"
        } else if input.memoryInUse > input.memoryLimit * Self.shortShare(input) {
            reason = "\(input.memoryInUse.inMebibytes) of \(input.memoryLimit.inMebibytes) are in use"
        } else {
            reason =
                "with all workers at \(bounds.memory.perWorker.inMebibytes) the container would need "
                + (bounds.memory.need(workers: before) + input.otherPools).inMebibytes
        }
        return "shrank at once from \(before) to \(size): \(reason)"
    }

    private mutating func changed(_ reason: String, _ now: Instant) {
        changedAt = now
        why = reason
    }
}
