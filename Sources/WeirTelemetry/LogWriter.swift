import Glibc
import Synchronization
import WeirProcess

/// Writes lines to a descriptor from a thread of its own, so that a slow disk or a full pipe never stops an event loop.
/// What does not fit the bound is dropped and counted.
package final class LogWriter: Sendable {
    private struct State {
        var pending: [UInt8] = []
        var descriptor: Int32
        /// Takes the place of `descriptor` before the next lines are written.
        var replacement: Int32?
        var dropped = 0
        var droppedInAll = 0
        var isWriting = false
    }

    /// Most bytes that wait to be written.
    private static let bound = 8 << 20
    /// How long lines gather before they are written together.
    private static let gatherMicroseconds: UInt32 = 20_000

    private let state: Mutex<State>
    private nonisolated(unsafe) let wake: UnsafeMutablePointer<sem_t>

    package init(descriptor: Int32) {
        state = Mutex(State(descriptor: descriptor))
        wake = .allocate(capacity: 1)
        sem_init(wake, 0, 0)
        Thread.detach(name: "weir-log") { [self] in run() }
    }

    /// Opens `path` for appending.
    package convenience init?(path: String) {
        let file = Self.open(path)
        guard file >= 0 else { return nil }
        self.init(descriptor: file)
    }

    private static func open(_ path: String) -> Int32 {
        Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
    }

    /// Goes on in the file that is at `path` now.
    package func reopen(_ path: String) throws(SystemError) {
        let file = Self.open(path)
        guard file >= 0 else { throw SystemError("opening \(path)") }
        state.withLock { state in
            if let unused = state.replacement { close(unused) }
            state.replacement = file
        }
        sem_post(wake)
    }

    /// Lets `body` append one line, without its end.
    package func write(_ body: (inout [UInt8]) -> Void) {
        let wasEmpty = state.withLock { state in
            guard state.pending.count < Self.bound else {
                state.dropped += 1
                state.droppedInAll += 1
                return false
            }
            let wasEmpty = state.pending.isEmpty
            body(&state.pending)
            state.pending.append(UInt8(ascii: "\n"))
            return wasEmpty
        }
        if wasEmpty { sem_post(wake) }
    }

    package var droppedLines: Int { state.withLock { $0.droppedInAll } }

    /// Waits, for at most a second, until what was written so far is out.
    package func flush() {
        for _ in 0..<1_000 {
            if state.withLock({ $0.pending.isEmpty && !$0.isWriting }) { return }
            usleep(1_000)
        }
    }

    private func run() {
        var batch: [UInt8] = []
        while true {
            if sem_wait(wake) != 0 { continue }
            usleep(Self.gatherMicroseconds)
            let (descriptor, dropped) = state.withLock { state in
                swap(&batch, &state.pending)
                state.isWriting = true
                if let replacement = state.replacement.take() {
                    close(state.descriptor)
                    state.descriptor = replacement
                }
                defer { state.dropped = 0 }
                return (state.descriptor, state.dropped)
            }
            if dropped > 0 { batch += Array("{\"event\":\"log lines dropped\",\"count\":\(dropped)}\n".utf8) }
            Self.writeAll(batch, to: descriptor)
            batch.removeAll(keepingCapacity: true)
            state.withLock { $0.isWriting = false }
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
