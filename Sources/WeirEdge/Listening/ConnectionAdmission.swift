import Synchronization

/// Counts open connections over all loops, in all and by address, against their limits.
package final class ConnectionAdmission: Sendable {
    private let limit: Atomic<Int>
    /// 0: none.
    private let perAddress: Atomic<Int>
    private let open = Atomic<Int>(0)
    private let refused = Atomic<Int>(0)
    private let byAddress = Mutex<[String: Int]>([:])

    package init(limit: Int, perAddress: Int?) {
        self.limit = Atomic(limit)
        self.perAddress = Atomic(perAddress ?? 0)
    }

    /// Other limits for those who come from now on.
    package func setLimits(_ limit: Int, perAddress: Int?) {
        self.limit.store(limit, ordering: .relaxed)
        self.perAddress.store(perAddress ?? 0, ordering: .relaxed)
    }

    package var openCount: Int { open.load(ordering: .relaxed) }
    package var refusedCount: Int { refused.load(ordering: .relaxed) }

    /// False when a limit is reached; true obliges to `leave`.
    /// An empty address, that of a unix socket's client, has no limit of its own.
    func enter(address: String) -> Bool {
        guard open.add(1, ordering: .relaxed).newValue <= limit.load(ordering: .relaxed) else {
            open.subtract(1, ordering: .relaxed)
            refused.add(1, ordering: .relaxed)
            return false
        }
        let perAddress = perAddress.load(ordering: .relaxed)
        guard perAddress > 0, !address.isEmpty else { return true }
        let isWithin = byAddress.withLock { counts in
            let count = counts[address, default: 0]
            guard count < perAddress else { return false }
            counts[address] = count + 1
            return true
        }
        if !isWithin {
            open.subtract(1, ordering: .relaxed)
            refused.add(1, ordering: .relaxed)
        }
        return isWithin
    }

    func leave(address: String) {
        open.subtract(1, ordering: .relaxed)
        guard perAddress.load(ordering: .relaxed) > 0, !address.isEmpty else { return }
        byAddress.withLock { counts in
            guard let count = counts[address] else { return }
            counts[address] = count > 1 ? count - 1 : nil
        }
    }
}
