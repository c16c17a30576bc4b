/// How many workers there ought to be. What starts counts as there, or each step until it is up would start as many
/// again. Requests that wait while a worker is idle wait for their lane and not for workers. Where workers run many
/// requests at once, room counts for idle workers: 64 free places of 64 each are one, on whichever workers they are.
extension PoolStateMachine {
    static let spawnBurstMax = 32
    static let tooManyIdleFor = Nanoseconds.seconds(1)

    /// A request begins to wait, one of `queued`: its worker need not wait for the next tick. While some are about to come
    /// up, how many more it takes is left to the dynamic manager.
    package mutating func demand(queued: Int, now: Instant) -> [Action] {
        guard !isStopping, target < maximum, freePlaces == 0 else { return [] }
        let starting = workers.count(where: \.isStarting)
        switch configuration.manager {
        case .static: return []
        case .dynamic: if starting == 0 { grow(by: 1) }
        case .ondemand: grow(by: workersFor(queued) - starting)
        }
        return fill(now: now)
    }

    /// Changes the most workers there may be; the count itself of a static pool. Lowered: idle workers that are too many
    /// leave now, due ones and then those idle for longest first; then whoever finishes a request. What starts may finish
    /// starting: its boot may be at anything.
    package mutating func setMaximum(_ max: Int, now: Instant) -> [Action] {
        maximum = Swift.max(1, max)
        guard !isStopping else { return [] }
        if case .static = configuration.manager { target = maximum }
        target = min(target, maximum)
        isAtMax = false
        isShrinking = active > target
        let successors = fill(now: now)
        return successors + retireSurplus(now: now)
    }

    mutating func resize(queued: Int, now: Instant) -> [Action] {
        switch configuration.manager {
        case .static: return []
        case .dynamic(_, let minSpare, let maxSpare, _):
            let spare = PoolConfiguration.spare(minSpare, maxSpare, maximum: maximum)
            return keepSpare(spare, queued: queued, now: now)
        case .ondemand(let idleTimeout, _):
            // Nobody waits for an app that is known to be down: it has to try for itself.
            if isFailing { target = max(1, target) }
            growForWaiting(queued)
            return retireUnneeded(after: idleTimeout, now: now)
        }
    }

    /// php-fpm's dynamic manager: 1, 2, 4 ... 32 workers a step while too few are idle, one less a step while too many are.
    private mutating func keepSpare(_ spare: ClosedRange<Int>, queued: Int, now: Instant) -> [Action] {
        let free = freePlaces
        let idle = free / configuration.requestsAtOnce
        let starting = workers.count(where: \.isStarting)
        let missing = max(
            spare.lowerBound - idle - starting + max(0, active - target),
            free == 0 ? workersFor(queued) - starting : 0)
        if missing > 0 {
            tooManyIdleSince = nil
            grow(by: min(missing, spawnBurst))
            return []
        }
        spawnBurst = 1
        isAtMax = false
        guard idle > spare.upperBound else {
            tooManyIdleSince = nil
            return []
        }
        let since = tooManyIdleSince ?? now
        tooManyIdleSince = since
        guard now - since >= Self.tooManyIdleFor, let longest = longestIdle else { return [] }
        return [letGo(longest.index, now: now)]
    }

    private mutating func growForWaiting(_ queued: Int) {
        let missing = workersFor(queued) - workers.count(where: \.isStarting)
        if freePlaces > 0 || missing <= 0 { isAtMax = false } else { grow(by: missing) }
    }

    private mutating func retireUnneeded(after idleTimeout: Nanoseconds, now: Instant) -> [Action] {
        var actions: [Action] = []
        for index in workers.indices where workers[index].idleSince.map({ now - $0 >= idleTimeout }) ?? false {
            actions.append(letGo(index, now: now))
        }
        return actions
    }

    /// Requests that serving workers could take.
    private var freePlaces: Int {
        workers.reduce(0) { $1.isServing ? $0 + max(0, configuration.requestsAtOnce - $1.outstanding) : $0 }
    }

    private func workersFor(_ requests: Int) -> Int {
        (requests + configuration.requestsAtOnce - 1) / configuration.requestsAtOnce
    }

    /// While starting fails, one more is enough: it is a single worker that is tried.
    private mutating func grow(by missing: Int) {
        guard missing > 0 else { return }
        // Without those that are going to leave.
        let staying = min(active, target)
        if staying >= maximum {
            if !isAtMax { tally.maxReached += 1 }
            isAtMax = true
            return
        }
        target = min(maximum, max(target, staying + (isFailing ? 1 : missing)))
        if !isFailing { spawnBurst = min(Self.spawnBurstMax, spawnBurst * 2) }
    }

    /// A worker less.
    private mutating func letGo(_ index: Int, now: Instant) -> Action {
        target = max(isFailing ? 1 : 0, min(active, target) - 1)
        return retire(index, now: now)
    }
}
