import WeirCore
import WeirProcess
import WeirRuntimes

/// What the requests of one pool cost between two readings: the counters of the pool and of its processes, turned into
/// differences.
struct RequestMeter {
    private var completed = 0
    private var busy = Nanoseconds.zero
    private var processes: [Int32: ProcessCPU] = [:]

    /// Processes that have ended since take what they used last with them: little, between readings a few seconds apart.
    mutating func take(_ usage: PoolUsage) -> SizingInput.Requests {
        var cpu = Nanoseconds.zero
        var delay: Nanoseconds? = .zero
        var now: [Int32: ProcessCPU] = [:]
        for worker in usage.workers {
            guard let reading = worker.cpu else { continue }
            let before = processes[worker.pid]
            cpu = cpu + max(.zero, reading.cpu - (before?.cpu ?? .zero))
            delay = zip(delay, reading.runDelay).map { $0 + max(.zero, $1 - (before?.runDelay ?? .zero)) }
            now[worker.pid] = reading
        }
        defer {
            completed = usage.completed
            busy = usage.busy
            processes = now
        }
        return SizingInput.Requests(
            count: usage.completed - completed, wall: usage.busy - busy, cpu: cpu, runDelay: delay)
    }
}

private func zip<A, B>(_ a: A?, _ b: B?) -> (A, B)? {
    guard let a, let b else { return nil }
    return (a, b)
}

extension SizingInput.Requests {
    static func + (a: Self, b: Self) -> Self {
        Self(
            count: a.count + b.count, wall: a.wall + b.wall, cpu: a.cpu + b.cpu,
            runDelay: zip(a.runDelay, b.runDelay).map { $0 + $1 })
    }
}
