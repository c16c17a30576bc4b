import Logging
import WeirCore
import WeirProcess

/// Keeps an eye on the container's memory, for all pools together: one of them may hold what another one needs. Lives on
/// the control loop.
package final class PressureWatch: @unchecked Sendable {
    private let files: ContainerFiles
    private var pressure = MemoryPressure()
    private var pools: [ManagedPool] = []
    private var nextLook = Instant.zero

    /// While there is plenty it is looked at less often.
    private static let often = Nanoseconds.milliseconds(90)
    private static let seldom = Nanoseconds.milliseconds(490)
    private static let plenty = 0.75

    package init(_ files: ContainerFiles = ContainerFiles()) { self.files = files }

    func add(_ pool: ManagedPool) { pools.append(pool) }

    func remove(_ pool: ManagedPool) { pools.removeAll { $0 === pool } }

    /// Called by every pool, ten times a second.
    func watch(now: Instant) {
        guard now >= nextLook, pools.contains(where: { $0.memoryLimits.soft == nil }) else { return }
        guard let memory = ContainerMemory.read(files) else {
            nextLook = now + Self.seldom
            return
        }
        let isPlenty = Double(memory.inUse.count) < Self.plenty * Double(memory.limit.count)
        nextLook = now + (isPlenty ? Self.seldom : Self.often)
        let isFelt = MemoryPressure.isFelt(inUse: memory.inUse, limit: memory.limit)
        let workers = isFelt ? living() : []
        let choice = pressure.choose(
            inUse: memory.inUse, limit: memory.limit, living: workers.map(\.candidate), now: now)
        let metadata: Logger.Metadata = [
            "container_memory": "\(memory.inUse.inMebibytes)", "limit": "\(memory.limit.inMebibytes)",
        ]
        switch choice {
        case .nobody: break
        case .replace(let pid):
            guard let worker = workers.first(where: { $0.candidate.pid == pid }) else { return }
            worker.pool.replace(worker.id, pid: pid, own: worker.candidate.own, metadata: metadata)
        case .kill(let pid):
            guard let worker = workers.first(where: { $0.candidate.pid == pid }) else { return }
            worker.pool.kill(worker.id, pid: pid, own: worker.candidate.own, metadata: metadata, now: now)
        }
    }

    private struct Worker {
        let pool: ManagedPool
        let id: WorkerID
        let candidate: MemoryPressure.Candidate
    }

    private func living() -> [Worker] {
        pools.flatMap { pool in
            (pool.gateway.poolSnapshot()?.workers ?? []).enumerated().compactMap { index, worker in
                guard worker.isLive, let pid = worker.pid, let own = pool.memory.estimate(pid) else { return nil }
                let limits = pool.memoryLimits
                return Worker(
                    pool: pool, id: WorkerID(index),
                    candidate: MemoryPressure.Candidate(
                        pid: pid, own: own, mayBeReplaced: limits.soft == nil && worker.mayBeReplacedForItsSize,
                        mayBeKilled: limits.hard == nil && !worker.isKilled))
            }
        }
    }
}
