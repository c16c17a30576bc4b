import Synchronization

/// What a process has to do: requests and tunnels, counted without a lock by all loops, and whether it is to end. All of it is
/// one number, so that exactly one finds out that it was retired and has nothing left.
final class ProcessLoad: Sendable {
    private static let retired = 1 << 61
    private static let idleTold = 1 << 62

    private let state = Atomic<Int>(0)

    /// One more. True: it has been told to end.
    func begin() -> Bool { state.add(1, ordering: .relaxed).oldValue & Self.idleTold != 0 }

    /// One less. True: that was the last of a retired process.
    func end() -> Bool { state.subtract(1, ordering: .acquiringAndReleasing).newValue == Self.retired }

    func retire() { state.bitwiseOr(Self.retired, ordering: .acquiringAndReleasing) }

    var isRetired: Bool { state.load(ordering: .relaxed) & Self.retired != 0 }

    /// True once, if it is retired and has nothing left: whoever gets it tells the process to end.
    func claimIdle() -> Bool {
        state.compareExchange(
            expected: Self.retired, desired: Self.retired | Self.idleTold, ordering: .acquiringAndReleasing
        ).exchanged
    }
}
