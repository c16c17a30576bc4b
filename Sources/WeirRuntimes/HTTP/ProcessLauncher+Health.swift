import Logging
import WeirCore
import WeirEdge

/// Whether its processes are well: blocked ones and those whose checks or requests fail get nothing while others can.
extension ProcessLauncher {
    /// How long a process may be unfit before it is replaced, in intervals of the health check.
    private static let patience = 6

    /// A process is fit again, or unfit for this reason.
    func fitness(of id: WorkerID, pid: Int32, complaint: String?) {
        guard let instance = instances[id], instance.pid == pid else { return }
        instance.illness = complaint
        instance.illSince = complaint == nil ? nil : instance.illSince ?? EdgeLoop.now
        steer(instance)
    }

    /// Requests go elsewhere, or come back.
    func steer(_ instance: ProgramInstance) {
        gateway.suspend(instance.id, pid: instance.pid, instance.illness != nil, isStuck: instance.isBlocked)
    }

    /// Its guest says again and again that it is blocked; without that it has ended, or its reports do not arrive.
    private static let blockedFor = Nanoseconds.seconds(1)

    /// One that stays unfit is replaced, its successor first. Ten times a second.
    func watch(_ instance: ProgramInstance, now: Instant) {
        if instance.isBlocked, now - instance.blockedAt > Self.blockedFor { unblocked(instance) }
        guard app.healthCheck.path != nil, let since = instance.illSince,
            now - since > Nanoseconds(app.healthCheck.interval.count * Self.patience)
        else { return }
        instance.illSince = now
        logger.warning(
            "program.replaced",
            metadata: ["pid": "\(instance.pid)", "reason": "\(instance.illness ?? "its health check fails")"])
        gateway.decidePool { pool, _ in
            if pool.workers[instance.id.index].pid == instance.pid { pool.recycle(instance.id, reason: .unhealthy) }
            return []
        }
    }
}
