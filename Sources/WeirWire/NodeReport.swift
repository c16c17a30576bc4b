/// A line that the guest inside a Node.js process writes: a word and its values, parted by tabs.
package enum NodeReport: Equatable, Sendable {
    /// How the event loop did since the line before.
    package struct Loop: Equatable, Sendable {
        /// Microseconds by which timers came late.
        package var delayP99: Int
        package var delayMax: Int
        /// Share of the time in which the loop was busy, 0...1.
        package var utilisation: Double
        /// Bytes.
        package var heapUsed: Int
        package var heapTotal: Int
        package var external: Int
        package var handles: Int

        package init(
            delayP99: Int, delayMax: Int, utilisation: Double, heapUsed: Int, heapTotal: Int, external: Int,
            handles: Int
        ) {
            self.delayP99 = delayP99
            self.delayMax = delayMax
            self.utilisation = utilisation
            self.heapUsed = heapUsed
            self.heapTotal = heapTotal
            self.external = external
            self.handles = handles
        }
    }

    case listening
    case loop(Loop)
    /// The main thread has not turned for so many milliseconds.
    case blocked(milliseconds: Int)
    case unblocked(milliseconds: Int)
    /// What the main thread did meanwhile, the innermost frame first.
    case stack(milliseconds: Int, frames: [String])
    /// The process ends by an exception that nobody caught.
    case exception(String)
    /// The application listens on a second port, which was left alone.
    case port(Int)
    case draining

    package static let framesMax = 50

    /// nil: none of the above. The application may write to the descriptor too.
    package init?(_ line: String) {
        let words = line.split(separator: "\t", omittingEmptySubsequences: false)
        guard let first = words.first else { return nil }
        func number(_ index: Int) -> Int? {
            guard index < words.count, let value = Int(words[index]), value >= 0 else { return nil }
            return value
        }
        switch first {
        case "listening": self = .listening
        case "draining": self = .draining
        case "loop":
            let numbers = (1...7).compactMap(number)
            guard numbers.count == 7, words.count == 8 else { return nil }
            self = .loop(
                Loop(
                    delayP99: numbers[0], delayMax: numbers[1], utilisation: Double(min(1_000, numbers[2])) / 1_000,
                    heapUsed: numbers[3], heapTotal: numbers[4], external: numbers[5], handles: numbers[6]))
        case "blocked":
            guard let span = number(1) else { return nil }
            self = .blocked(milliseconds: span)
        case "unblocked":
            guard let span = number(1) else { return nil }
            self = .unblocked(milliseconds: span)
        case "stack":
            guard let span = number(1) else { return nil }
            self = .stack(milliseconds: span, frames: words.dropFirst(2).prefix(Self.framesMax).map(String.init))
        case "exception": self = .exception(words.dropFirst().joined(separator: " "))
        case "port":
            guard let port = number(1), (1...65_535).contains(port) else { return nil }
            self = .port(port)
        default: return nil
        }
    }
}
