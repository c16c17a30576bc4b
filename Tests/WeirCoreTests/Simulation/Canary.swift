/// Faults of the composition, each of which the simulation has to find.
enum Canary: String, CaseIterable {
    /// The pool lets an idle worker go, and the queue does not hear of it.
    case forgetsRetirement
    /// A worker leaves after its request, and the queue gives it another one first.
    case forgetsRetirementAfterRequest
    /// The pool has a worker killed, and the queue does not hear of it.
    case forgetsKill
    /// Only the exit of a process takes a worker out of the queue, not the end of its connection.
    case forgetsClosedConnection
    /// The late news of a worker that is gone removes its successor.
    case removesByNumber
    /// The late exit of a worker frees its successor's number.
    case exitsByNumber
    /// The pool is not told what the queue hands out.
    case forgetsRequestStarted
    /// The queue is never told that there is no prospect of a worker.
    case staysAvailable
    /// The queue is not told either once there is one again.
    case staysUnavailable
    /// What has waited too long goes on waiting.
    case neverShedsOverdue
    /// A request that comes again and is turned away gets no answer.
    case losesTurnedAwayRetry
    /// The size follows the cores alone.
    case sizesByCPUOnly
    /// The size follows every whim of the bounds.
    case sizesWithoutDamping
    /// The pool is not told its new size.
    case forgetsMaximum
}
