import NIOCore
import WeirCore

/// The last lines of one worker's standard error, in case that it dies. Touched on the control loop only.
final class LastWords: @unchecked Sendable {
    private(set) var lines: [String] = []
    /// Nobody holds the other end any more.
    var isComplete = false

    func add(_ line: String) {
        if lines.count == WorkerFailure.lastWordsMax { lines.removeFirst() }
        lines.append(WorkerFailure.bounded(line))
    }

    /// The news of a worker's end may overtake what is still in its pipe: then the event loop gets one turn to read it. No
    /// longer, as the worker's own children may keep the pipe open.
    func whenRead(on control: any EventLoop, _ body: @escaping @Sendable () -> Void) {
        if isComplete { body() } else { control.scheduleTask(in: .milliseconds(1), body) }
    }
}
