import CWeirSystem
import Glibc
import NIOCore

/// An open file that is closed with its last reference. The cache holds one, and so does every answer under way, so that
/// eviction never closes what is being sent.
///
/// A `FileRegion` does not count as a reference, so whoever writes one does it with the promise of ``held(on:)``. (Forgetting
/// costs that answer, by an EBADF, and never sends another file's bytes.)
package final class OpenFile: Sendable {
    private let handle: NIOFileHandle

    /// Takes the descriptor over.
    init(descriptor: CInt) {
        handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
    }

    deinit {
        try? handle.close()
    }

    package func region(_ range: Range<Int>) -> FileRegion {
        FileRegion(fileHandle: handle, readerIndex: range.lowerBound, endIndex: range.upperBound)
    }

    /// For the write of a region: keeps the file open until that write has completed or failed.
    package func held(on eventLoop: any EventLoop) -> EventLoopPromise<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in withExtendedLifetime(self) {} }
        return promise
    }

    /// Whether the file still reaches as far as it was promised to.
    ///
    /// To be asked before each region is written: `sendfile` beyond the end of a file that was cut short writes nothing and
    /// reports no error, and NIO would try again for ever.
    package func reaches(_ end: Int) -> Bool {
        var facts = weir_file_facts()
        let result = try? handle.withUnsafeFileDescriptor { weir_facts($0, &facts) }
        return result == 0 && facts.size >= end
    }

    /// Appends a piece of the file, for connections that cannot use `sendfile` (TLS, HTTP/2). False: it is not there.
    package func read(_ range: Range<Int>, into buffer: inout ByteBuffer) -> Bool {
        let result = try? handle.withUnsafeFileDescriptor { readFully($0, range, into: &buffer) }
        return result == range.count
    }
}

/// Reads until the range is complete, the file ends or reading fails; returns how much was read.
func readFully(_ descriptor: CInt, _ range: Range<Int>, into buffer: inout ByteBuffer) -> Int {
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: range.count) { target in
        var done = 0
        while done < range.count, let base = target.baseAddress {
            let count = pread(descriptor, base + done, range.count - done, off_t(range.lowerBound + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            done += count
        }
        return done
    }
}
