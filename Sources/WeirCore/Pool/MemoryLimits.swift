/// How much memory of its own a worker may have.
///
///     replaced after its request   O > L          O: its own memory, L: `max_memory`
///     killed at once               O > H          H: `max_memory_hard`, otherwise 3/2 L
///
/// Without either there is no limit, and ``MemoryPressure`` decides.
///
/// Worked row: L = 256 MiB: at 300 MiB it is replaced, at 385 MiB it is killed.
package struct MemoryLimits: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable { case fine, replace, kill }

    package let soft: Bytes?
    package let hard: Bytes?

    package init(soft: Bytes?, hard: Bytes?) {
        self.soft = soft
        self.hard = hard ?? soft.map { $0 * 1.5 }
    }

    package func verdict(own: Bytes) -> Verdict {
        if let hard, own > hard { return .kill }
        if let soft, own > soft { return .replace }
        return .fine
    }
}
