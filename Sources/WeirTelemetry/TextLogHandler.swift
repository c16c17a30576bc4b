import Logging
import WeirWire

/// Weir's own log: `time level event key=value …`, one line an event, on standard error.
package struct TextLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    private let writer: LogWriter
    private let level: LogLevelSwitch

    package init(writer: LogWriter, level: LogLevelSwitch) {
        self.writer = writer
        self.level = level
    }

    package var logLevel: Logger.Level {
        get { level.value }
        set { level.set(newValue) }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var fields = metadata
        if let more = event.metadata { fields.merge(more) { _, new in new } }
        writer.write { line in
            let time = WallClock.now
            ByteWriter.lend(upTo: LogDate.byteCount) {
                LogDate.writeISO8601(seconds: time.seconds, nanoseconds: time.nanoseconds, to: &$0)
            } to: {
                line.append(contentsOf: $0)
            }
            line.append(UInt8(ascii: " "))
            line.append(contentsOf: event.level.rawValue.utf8)
            line.append(UInt8(ascii: " "))
            Self.appendOneLine(event.message.description, to: &line)
            for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
                line.append(UInt8(ascii: " "))
                line.append(contentsOf: key.utf8)
                line.append(UInt8(ascii: "="))
                Self.append(value: value.description, to: &line)
            }
        }
    }

    /// Line ends and other control characters would forge lines of their own.
    private static func appendOneLine(_ text: String, to line: inout [UInt8]) {
        for byte in text.utf8 { line.append(byte < 0x20 || byte == 0x7f ? UInt8(ascii: " ") : byte) }
    }

    private static func append(value: String, to line: inout [UInt8]) {
        let isPlain = !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 != 0x7f }
        guard !isPlain else { return line.append(contentsOf: value.utf8) }
        line.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { line.append(UInt8(ascii: "\\")) }
            line.append(byte < 0x20 || byte == 0x7f ? UInt8(ascii: " ") : byte)
        }
        line.append(UInt8(ascii: "\""))
    }
}
