import Glibc
import Synchronization
import WeirProcess

/// Writes lines to a descriptor from a thread of its own, so that a slow disk or a full pipe never stops an event loop.
/// What does not fit the bound is dropped and counted. Lines gather in as many places as there may be writers at once, so
/// that event loops do not wait for each other; those of one place come out in order.
package final class LogWriter: Sendable {
    private final class Place: Sendable {
        let lines = Mutex(Lines())
    }

    private struct Lines {
        var pending: [UInt8] = []
        var dropped = 0
        var droppedInAll = 0
    }

    private struct Target {
        var descriptor: Int32
        /// Takes the place of `descriptor` before the next lines are written.
        var replacement: Int32?
        var isWriting = false
    }

    /// Most bytes that wait to be written, in all places.
    private static let bound = 8 << 20
    /// How long lines gather before they are written together.
    private static let gatherMicroseconds: UInt32 = 20_000

    private let places: [Place]
    private let target: Mutex<Target>
    private nonisolated(unsafe) let wake: UnsafeMutablePointer<sem_t>

    package init(descriptor: Int32, places: Int = 1) {
        self.places = (0..<places).map { _ in Place() }
        target = Mutex(Target(descriptor: descriptor))
        wake = .allocate(capacity: 1)
        sem_init(wake, 0, 0)
        Thread.detach(name: "weir-log") { [self] in run() }
    }

    /// Opens `path` for appending.
    package convenience init?(path: String, places: Int = 1) {
        let file = Self.open(path)
        guard file >= 0 else { return nil }
        self.init(descriptor: file, places: places)
    }

    private static func open(_ path: String) -> Int32 {
        Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
    }

    /// Goes on in the file that is at `path` now.
    package func reopen(_ path: String) throws(SystemError) {
        let file = Self.open(path)
        guard file >= 0 else { throw SystemError("opening \(path)") }
        target.withLock { target in
            if let unused = target.replacement { close(unused) }
            target.replacement = file
        }
        sem_post(wake)
    }

    /// Lets `body` append one line, without its end. `place`: of the event loop that writes.
    package func write(place: Int = 0, _ body: (inout [UInt8]) -> Void) {
        let wasEmpty = places[place % places.count].lines.withLock { lines in
            guard lines.pending.count < Self.bound / places.count else {
                lines.dropped += 1
                lines.droppedInAll += 1
                return false
            }
            let wasEmpty = lines.pending.isEmpty
            body(&lines.pending)
            lines.pending.append(UInt8(ascii: "\n"))
            return wasEmpty
        }
        if wasEmpty { sem_post(wake) }
    }

    package var droppedLines: Int { places.reduce(0) { $0 + $1.lines.withLock { $0.droppedInAll } } }

    /// Waits, for at most a second, until what was written so far is out.
    package func flush() {
        for _ in 0..<1_000 {
            let isTaken = places.allSatisfy { $0.lines.withLock { $0.pending.isEmpty } }
            if isTaken, target.withLock({ !$0.isWriting }) { return }
            usleep(1_000)
        }
    }

    private func run() {
        var batch: [UInt8] = []
        while true {
            if sem_wait(wake) != 0 { continue }
            usleep(Self.gatherMicroseconds)
            let descriptor = beginWriting()
            for place in places {
                let dropped = place.lines.withLock { lines in
                    swap(&batch, &lines.pending)
                    defer { lines.dropped = 0 }
                    return lines.dropped
                }
                if dropped > 0 { batch += Array("{\"event\":\"log lines dropped\",\"count\":\(dropped)}\n".utf8) }
                Self.writeAll(batch, to: descriptor)
                batch.removeAll(keepingCapacity: true)
            }
            target.withLock { $0.isWriting = false }
        }
    }

    /// Before the lines are taken, so that ``flush()`` never finds them nowhere.
    private func beginWriting() -> Int32 {
        target.withLock { target in
            target.isWriting = true
            if let replacement = target.replacement.take() {
                close(target.descriptor)
                target.descriptor = replacement
            }
            return target.descriptor
        }
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EAGAIN {
                    usleep(1_000)
                } else if errno != EINTR {
                    return  // Nobody reads any more: there is nowhere left to say so.
                }
            }
        }
    }
}
