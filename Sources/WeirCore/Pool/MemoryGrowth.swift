/// Which paths make workers grow: the most, among those that do so again and again. Bounded, whatever paths there are: a
/// new one takes the place of the one that made them grow least.
package struct MemoryGrowth: Sendable {
    package static let shownMax = 20
    static let knownMax = 100

    package struct Path: Hashable, Sendable {
        package var path: [UInt8]
        /// Requests that left their worker larger than it ever was.
        package var requests: Int
        package var total: Bytes
        package var largest: Bytes
    }

    private var paths: [Path] = []

    package init() {}

    package mutating func add(_ path: [UInt8], _ growth: Bytes) {
        if let index = paths.firstIndex(where: { $0.path == path }) {
            paths[index].requests += 1
            paths[index].total = paths[index].total + growth
            paths[index].largest = max(paths[index].largest, growth)
            return
        }
        let new = Path(path: path, requests: 1, total: growth, largest: growth)
        guard paths.count >= Self.knownMax, let least = paths.indices.min(by: { paths[$0].total < paths[$1].total })
        else { return paths.append(new) }
        paths[least] = new
    }

    /// The most first.
    package var most: [Path] { Array(paths.sorted { $0.total > $1.total }.prefix(Self.shownMax)) }
}
