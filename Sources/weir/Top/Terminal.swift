import CWeirSystem
import Glibc

/// The terminal, taken over. What puts it back is in C: it has to work in signal handlers.
struct Terminal {
    private static let input = STDIN_FILENO
    private static let output = STDOUT_FILENO

    let hasColour: Bool

    static var isThere: Bool { isatty(input) == 1 && isatty(output) == 1 }

    init(hasColour: Bool) throws {
        self.hasColour = hasColour
        guard weir_terminal_enter(Self.output) == 0 else {
            throw AdminFailure.failed("the terminal cannot be drawn on: \(String(cString: strerror(errno)))")
        }
    }

    func leave() { weir_terminal_leave() }

    static var size: (columns: Int, rows: Int) {
        var (columns, rows): (Int32, Int32) = (0, 0)
        guard weir_terminal_size(output, &columns, &rows) == 0, columns > 0, rows > 0 else { return (80, 24) }
        return (min(max(Int(columns), 40), 500), min(max(Int(rows), 8), 300))
    }

    func draw(_ lines: [TopScreen.Line]) {
        // From the top left, each line to its end: what is drawn over does not flicker.
        var text = "\u{1B}[H"
        for (index, line) in lines.enumerated() {
            text += begin(line.style) + line.text + (line.style == .plain ? "" : "\u{1B}[0m") + "\u{1B}[K"
            if index + 1 < lines.count { text += "\r\n" }
        }
        write(text + "\u{1B}[J")
    }

    private func begin(_ style: TopScreen.Style) -> String {
        switch style {
        case .plain: ""
        case .title: "\u{1B}[1m"
        case .heading: hasColour ? "\u{1B}[36m" : "\u{1B}[1m"
        case .selected: "\u{1B}[7m"
        case .warning: hasColour ? "\u{1B}[33m" : "\u{1B}[1m"
        case .faint: hasColour ? "\u{1B}[2m" : ""
        }
    }

    private func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(Self.output, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    enum Input: Equatable {
        case bytes([UInt8])
        case nothing
        /// It was resized, or the program was stopped for a while.
        case changed
        case ended
    }

    /// Waits for keys, at most this long.
    func read(within seconds: Double) -> Input {
        if weir_terminal_changed() != 0 { return .changed }
        var poll = pollfd(fd: Self.input, events: Int16(POLLIN), revents: 0)
        let ready = Glibc.poll(&poll, 1, Int32(max(0, seconds) * 1_000))
        if weir_terminal_changed() != 0 { return .changed }
        guard ready > 0 else { return .nothing }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = Glibc.read(Self.input, &bytes, bytes.count)
        if count < 0 { return errno == EINTR ? .nothing : .ended }
        return count == 0 ? .ended : .bytes(Array(bytes[..<count]))
    }
}
