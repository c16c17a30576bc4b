import WeirCore

/// The last lines of one worker's standard error, in case that it dies. Touched on the control loop only.
final class LastWords: @unchecked Sendable {
    private(set) var lines: [String] = []

    func add(_ line: String) {
        if lines.count == WorkerFailure.lastWordsMax { lines.removeFirst() }
        lines.append(WorkerFailure.bounded(line))
    }
}
