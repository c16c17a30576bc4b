/// What the programs beside the apps use, and what is kept for them.
///
///     P = sum over the programs of max(U, M * n)
///
///     U  what its instances use now                M  its `max_memory`, 0 when there is none
///     n  its instances
///
/// Assumption: a program without a limit stays as it is; what it gains is taken from the apps as it is measured.
///
/// Worked row: two instances that use 90 MiB together with a limit of 64 MiB each, and a program of 30 MiB without one:
/// P = max(90, 128) + max(30, 0) = 158 MiB.
package struct ProgramMemory: Hashable, Sendable {
    package private(set) var inUse = Bytes(0)
    package private(set) var reserved = Bytes(0)
    package private(set) var count = 0

    package init() {}

    package mutating func add(inUse used: Bytes, maxMemory: Bytes?, instances: Int) {
        inUse = inUse + used
        reserved = reserved + max(used, Bytes((maxMemory?.count ?? 0) * instances))
        count += instances
    }

    /// nil: there are none.
    package var explanation: Explanation? {
        guard count > 0 else { return nil }
        return Explanation(
            name: "processes.memory", value: reserved.inMebibytes,
            formula: "max(in use, max_memory x instances), summed",
            inputs: [("instances", "\(count)"), ("in use", inUse.inMebibytes)],
            why: "taken off what the apps' workers may use")
    }
}
