import CWeirSystem
import Glibc
import NIOCore

/// A request's body as it is collected: in memory up to a bound, beyond it in an unnamed temporary file, so that a slow
/// or large upload holds neither a worker nor memory.
package struct RequestBody: Sendable {
    package private(set) var count = 0
    /// What is in memory; empty once there is a file.
    package private(set) var memory = ByteBuffer()
    package private(set) var file: TemporaryFile?

    mutating func append(
        _ bytes: UnsafeRawBufferPointer, memoryLimit: Int, directory: String
    ) throws(TemporaryFile.WriteError) {
        count += bytes.count
        if let file { return try file.append(bytes) }
        guard memory.readableBytes + bytes.count > memoryLimit else {
            memory.writeBytes(bytes)
            return
        }
        let file = try TemporaryFile(directory: directory)
        self.file = file
        try memory.withUnsafeReadableBytesTyped { bytes throws(TemporaryFile.WriteError) in try file.append(bytes) }
        try file.append(bytes)
        memory = ByteBuffer()
    }

    /// Counts bytes that nobody will read.
    mutating func skip(_ bytes: Int) { count += bytes }

    mutating func reset() {
        count = 0
        file = nil
        memory.clear(minimumCapacity: 0)
        if memory.capacity > 65_536 { memory = ByteBuffer() }
    }
}

/// An unnamed file that vanishes with its last reference.
package final class TemporaryFile: Sendable {
    package struct WriteError: Error {
        package let errno: Int32
        package var isOutOfSpace: Bool { errno == ENOSPC || errno == EDQUOT || errno == EFBIG }
    }

    package let descriptor: Int32

    package init(directory: String) throws(WriteError) {
        descriptor = weir_temporary_file(directory)
        guard descriptor >= 0 else { throw WriteError(errno: errno) }
    }

    deinit { close(descriptor) }

    /// Writes all of it at the file's end.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(WriteError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw WriteError(errno: count < 0 ? errno : ENOSPC) }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads up to `count` bytes at `offset` into `buffer`; false when the file has fewer or cannot be read.
    package func read(_ count: Int, at offset: Int, into buffer: inout ByteBuffer) -> Bool {
        var filled = 0
        while filled < count {
            let done = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count - filled) { room in
                max(0, pread(descriptor, room.baseAddress, count - filled, off_t(offset + filled)))
            }
            guard done > 0 else { return false }
            filled += done
        }
        return true
    }
}

extension ByteBuffer {
    /// `withUnsafeReadableBytes` with a typed error.
    func withUnsafeReadableBytesTyped<Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        let result: Result<Void, Failure> = withUnsafeReadableBytes { bytes in
            do throws(Failure) {
                return .success(try body(bytes))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }
}
