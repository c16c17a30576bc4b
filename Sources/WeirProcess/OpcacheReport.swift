/// What OPcache says of the memory that all workers of a fork server share. Bytes and counts.
package struct OpcacheReport: Sendable, Equatable {
    package var isEnabled: Bool
    package var usedBytes: Int
    package var freeBytes: Int
    /// Of scripts that have changed since; got back only by a restart.
    package var wastedBytes: Int
    package var keys: Int
    package var maxKeys: Int
    package var scripts: Int
    package var hits: Int
    package var misses: Int
    package var outOfMemoryRestarts: Int
    package var hashRestarts: Int
    package var internedUsedBytes: Int
    package var internedFreeBytes: Int
    /// Scripts are compiled at every request, as nothing more fits.
    package var isFull: Bool
    /// nil: it is off.
    package var jit: JIT?

    package struct JIT: Sendable, Equatable {
        package var bufferBytes: Int
        package var bufferFreeBytes: Int
    }

    /// Share of the lookups that found something; nil: there were none.
    package var hitRate: Double? {
        hits + misses > 0 ? Double(hits) / Double(hits + misses) : nil
    }

    /// From the numbers of an `opcache` message, in the order of the properties; nil if they are not that many.
    package init?(_ numbers: [Int]) {
        guard numbers.count == 17 else { return nil }
        isEnabled = numbers[0] != 0
        usedBytes = numbers[1]
        freeBytes = numbers[2]
        wastedBytes = numbers[3]
        keys = numbers[4]
        maxKeys = numbers[5]
        scripts = numbers[6]
        hits = numbers[7]
        misses = numbers[8]
        outOfMemoryRestarts = numbers[9]
        hashRestarts = numbers[10]
        internedUsedBytes = numbers[11]
        internedFreeBytes = numbers[12]
        isFull = numbers[13] != 0
        jit = numbers[14] != 0 ? JIT(bufferBytes: numbers[15], bufferFreeBytes: numbers[16]) : nil
    }
}
