/// How a worker came to an end that nobody wanted, for whoever looks for the cause.
package struct WorkerFailure: Hashable, Sendable {
    package static let lastWordsMax = 5
    package static let lineBytesMax = 512

    package var worker: WorkerID
    /// nil: it could not be forked.
    package var pid: Int32?
    package var at: Instant
    package var what: String
    /// What it wrote to its standard error at last.
    package var lastWords: [String]
    /// Requests it was given, the one it failed at among them.
    package var requests: Int

    package init(
        worker: WorkerID, pid: Int32?, at: Instant, what: String, lastWords: [String] = [], requests: Int = 0
    ) {
        self.worker = worker
        self.pid = pid
        self.at = at
        self.what = Self.bounded(what)
        self.lastWords = lastWords.suffix(Self.lastWordsMax).map(Self.bounded)
        self.requests = requests
    }

    package static func bounded(_ line: String) -> String {
        guard line.utf8.count > lineBytesMax else { return line }
        let bytes = Array(line.utf8.prefix(lineBytesMax + 1))
        var end = lineBytesMax
        // Not within a character.
        while end > 0 && bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }
}

/// The last few of them.
struct RecentFailures {
    static let max = 10

    /// The latest at the end.
    private(set) var list: [WorkerFailure] = []

    mutating func add(_ failure: WorkerFailure) {
        if list.count == Self.max { list.removeFirst() }
        list.append(failure)
    }
}
