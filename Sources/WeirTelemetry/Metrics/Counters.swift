import Synchronization

/// Numbers in shards, one shard a thread: only that thread writes there, and anyone may read the sum at any time. So
/// an addition needs no lock and no locked instruction, and touches no cache line that another thread writes.
package final class Counters: @unchecked Sendable {
    private let cells: UnsafeMutablePointer<Atomic<Int>>
    private let count: Int
    private let shards: Int
    /// Cells from one shard to the next: whole cache lines.
    private let stride: Int

    private static let cacheLine = 64

    package init(count: Int, shards: Int) {
        let cellsPerLine = Self.cacheLine / MemoryLayout<Atomic<Int>>.stride
        self.count = count
        self.shards = shards
        stride = (count + cellsPerLine - 1) / cellsPerLine * cellsPerLine
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: stride * shards * MemoryLayout<Atomic<Int>>.stride, alignment: Self.cacheLine
        )
        cells = memory.bindMemory(to: Atomic<Int>.self, capacity: stride * shards)
        for index in 0..<stride * shards { (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize(count: stride * shards)
        UnsafeMutableRawPointer(cells).deallocate()
    }

    /// From the shard's own thread only.
    package func add(_ amount: Int, at index: Int, shard: Int) {
        let cell = cell(index, shard)
        cell.pointee.store(cell.pointee.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    /// From the shard's own thread only.
    package func set(_ value: Int, at index: Int, shard: Int) {
        cell(index, shard).pointee.store(value, ordering: .relaxed)
    }

    package func value(at index: Int, shard: Int) -> Int { cell(index, shard).pointee.load(ordering: .relaxed) }

    /// Over all shards.
    package func sum(at index: Int) -> Int {
        (0..<shards).reduce(0) { $0 &+ value(at: index, shard: $1) }
    }

    private func cell(_ index: Int, _ shard: Int) -> UnsafeMutablePointer<Atomic<Int>> {
        precondition(index >= 0 && index < count && shard >= 0 && shard < shards, "no such counter")
        return cells + (shard * stride + index)
    }
}
