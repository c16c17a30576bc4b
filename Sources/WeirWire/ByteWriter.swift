/// Appends to memory the caller owns.
///
/// The caller asks for an upper bound first and provides that much; running over it is a bug of ours, and stops.
package struct ByteWriter {
    let base: UnsafeMutableRawPointer?
    package let capacity: Int
    package private(set) var count = 0

    package init(_ memory: UnsafeMutableRawBufferPointer) {
        base = memory.baseAddress
        capacity = memory.count
    }

    @inline(__always)
    private mutating func claim(_ size: Int) -> UnsafeMutableRawPointer? {
        precondition(size <= capacity &- count, "the upper bound was too small")
        let place = base.map { $0 + count }
        count &+= size
        return place
    }

    @inline(__always)
    package mutating func write(_ byte: UInt8) {
        claim(1)?.storeBytes(of: byte, as: UInt8.self)
    }

    @inline(__always)
    package mutating func write(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        claim(bytes.count)?.copyMemory(from: source, byteCount: bytes.count)
    }

    @inline(__always)
    package mutating func write(_ literal: StaticString) {
        write(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    package mutating func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { write($0) }
    }

    @inline(__always)
    package mutating func write(bigEndian value: UInt16) {
        claim(2)?.storeBytes(of: value.bigEndian, as: UInt16.self)
    }

    @inline(__always)
    package mutating func write(bigEndian value: UInt32) {
        claim(4)?.storeBytes(of: value.bigEndian, as: UInt32.self)
    }

    @inline(__always)
    package mutating func write(bigEndian value: UInt64) {
        claim(8)?.storeBytes(of: value.bigEndian, as: UInt64.self)
    }

    package mutating func write(decimal value: UInt64) {
        let digits = Self.digitCount(value)
        guard let place = claim(digits) else { return }
        var rest = value
        var index = digits
        repeat {
            index &-= 1
            place.storeBytes(of: UInt8(ascii: "0") &+ UInt8(rest % 10), toByteOffset: index, as: UInt8.self)
            rest /= 10
        } while index > 0
    }

    /// 0...99, with both digits.
    @inline(__always)
    mutating func write(twoDigits value: Int) {
        write(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value / 10))
        write(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value % 10))
    }

    package static func digitCount(_ value: UInt64) -> Int {
        var digits = 1
        var rest = value
        while rest >= 10 {
            rest /= 10
            digits &+= 1
        }
        return digits
    }

    /// Overwrites bytes written before.
    @inline(__always)
    mutating func patch(bigEndian value: UInt16, at offset: Int) {
        precondition(offset >= 0 && offset &+ 2 <= count, "a patch lies within what was written")
        base?.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
    }

    /// Opens a gap of `size` bytes at `offset` by moving what follows it.
    mutating func insertGap(of size: Int, at offset: Int) {
        precondition(offset >= 0 && offset <= count, "a gap lies within what was written")
        let moved = count &- offset
        _ = claim(size)
        guard let base else { return }
        (base + offset + size).copyMemory(from: base + offset, byteCount: moved)
    }

    mutating func overwrite(at offset: Int, with bytes: (inout ByteWriter) -> Void) {
        let end = count
        count = offset
        bytes(&self)
        precondition(count <= end, "overwriting does not grow")
        count = end
    }
}
