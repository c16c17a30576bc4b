import WeirCore
import WeirEdge
import WeirProcess

/// What a guest said of itself: the bounds of its scripts, and how full its cache is.
package struct GuestFacts: Sendable {
    /// What one script may take: PHP's `memory_limit`; -1: whatever there is; nil: it has not said.
    package var memoryLimit: Bytes?
    /// nil: off, or not known.
    package var opcache: OpcacheReport?

    package init() {}
}

/// What a pool uses at one moment, for ``PoolSizer``.
package struct PoolUsage: Sendable {
    package struct Worker: Sendable {
        package var pid: Int32
        package var requests: Int
        /// nil: not measured yet.
        package var memory: ProcessMemory?
        /// Since it was started; nil: it is gone.
        package var cpu: ProcessCPU?
    }

    package var workers: [Worker]
    /// Proportional; nil: it does not run.
    package var forkServer: Bytes?
    /// Requests completed since the pool was started, and how long workers were busy with them.
    package var completed: Int
    package var busy: Nanoseconds
    package var guest: GuestFacts

    /// What its processes share, counted once: their proportional sizes without what workers have for themselves. Workers
    /// not measured yet count like the others. nil: nothing was measured.
    package var shared: Bytes? {
        let known = workers.compactMap(\.memory)
        guard let forkServer, !known.isEmpty else { return nil }
        let sum = known.reduce(0) { $0 + max(0, $1.proportional.count - $1.own.count) }
        return forkServer + Bytes(sum / known.count * workers.count)
    }
}

extension ManagedPool {
    /// Reads a few files of every worker. On the control loop.
    package func usage() -> PoolUsage {
        control.preconditionInEventLoop()
        let queue = gateway.snapshot(now: EdgeLoop.now)
        let live = (gateway.poolSnapshot()?.workers ?? []).filter(\.isLive)
        return PoolUsage(
            workers: live.compactMap { worker in
                worker.pid.map { pid in
                    PoolUsage.Worker(
                        pid: pid, requests: worker.requests, memory: memory[pid], cpu: ProcessCPU.read(pid: pid))
                }
            },
            forkServer: launcher.serverPID.flatMap { ProcessMemory.proportional(pid: $0) }, completed: queue.completed,
            busy: queue.busy, guest: guest)
    }

    /// What the guest said of itself.
    package var guest: GuestFacts { facts.withLock { $0 } }

    /// Living processes, whatever they do.
    package var liveWorkers: Int { gateway.poolSnapshot()?.workers.count(where: \.isLive) ?? 0 }

    /// The most workers there may be from now on.
    package func setMaximum(_ maximum: Int) {
        control.preconditionInEventLoop()
        guard gateway.poolSnapshot()?.status.maximum != maximum else { return }
        gateway.decidePool { pool, _ in pool.setMaximum(maximum, now: EdgeLoop.now) }
    }

    /// What the container may use has changed, or was read again.
    package func use(cores: Double) { concurrency?.use(cores: cores) }

    /// The answer, a moment later, is in ``GuestFacts/opcache``.
    package func askForOpcache() {
        control.preconditionInEventLoop()
        launcher.askForOpcache()
    }
}
