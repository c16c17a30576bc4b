import WeirConfig
import WeirCore
import WeirTelemetry
import WeirWire

/// One line a request, as JSON or in the combined format.
package final class AccessLog: Sendable {
    private let writer: LogWriter
    private let format: AccessLogSettings.Format

    package init(writer: LogWriter, format: AccessLogSettings.Format) {
        self.writer = writer
        self.format = format
    }

    func write(_ exchange: Exchange, peer: Peer, now: Instant) {
        guard format != .off else { return }
        ByteWriter.lend(upTo: bound(exchange, peer)) { line in
            exchange.headBytes.withUnsafeBytes { bytes in
                if format == .json {
                    let total = exchange.arrival == .zero ? Nanoseconds.zero : now - exchange.arrival
                    Self.writeJSON(exchange, bytes, peer, total, to: &line)
                } else {
                    Self.writeCombined(exchange, bytes, peer, to: &line)
                }
            }
        } to: { line in
            writer.write(place: exchange.loop.index) { $0.append(contentsOf: line) }
        }
    }

    /// Names, numbers, times and quotes of a line take less than 512 bytes; what the client sent is escaped.
    private func bound(_ exchange: Exchange, _ peer: Peer) -> Int {
        var sent = exchange.head.methodRange.count + exchange.head.target.count
        if format == .combined { for id in Self.fieldsOfCombined { sent += exchange.field(id)?.value.count ?? 0 } }
        let address = exchange.forwardedAddress.count + peer.address.count
        let names = exchange.app.map { $0.name.utf8.count + $0.lanes[exchange.lane].utf8.count } ?? 0
        return 512 + 6 * Int(sent) + exchange.requestID.count + address + names
    }

    private static func writeJSON(
        _ exchange: Exchange, _ bytes: UnsafeRawBufferPointer, _ peer: Peer, _ total: Nanoseconds,
        to line: inout ByteWriter
    ) {
        let time = WallClock.now
        line.write("{\"time\":\"")
        LogDate.writeISO8601(seconds: time.seconds, nanoseconds: time.nanoseconds, to: &line)
        line.write("\",\"id\":\"")
        line.write(exchange.requestID)
        line.write("\",\"address\":\"")
        line.write(exchange.forwardedAddress.isEmpty ? peer.address : exchange.forwardedAddress)
        line.write("\",\"method\":\"")
        line.write(jsonEscaped: exchange.head.methodRange.in(bytes))
        line.write("\",\"path\":\"")
        line.write(jsonEscaped: exchange.head.target.in(bytes))
        line.write("\",\"status\":")
        line.write(number: exchange.answer.status)
        line.write(",\"bytes\":")
        line.write(number: exchange.answer.bodyBytes)
        line.write(",\"total\":")
        line.write(seconds: total.count)
        if let app = exchange.app {
            line.write(",\"queue_wait\":")
            line.write(seconds: exchange.queueWait.count)
            line.write(",\"worker_time\":")
            line.write(seconds: exchange.workerTime.count)
            line.write(",\"worker\":")
            line.write(number: Int(exchange.workerPID))
            line.write(",\"app\":\"")
            line.write(text: app.name)
            line.write("\",\"lane\":\"")
            line.write(text: app.lanes[exchange.lane])
            line.write("\"")
        }
        line.write("}")
    }

    private static let fieldsOfCombined = [FieldID.referer, .userAgent]

    private static func writeCombined(
        _ exchange: Exchange, _ bytes: UnsafeRawBufferPointer, _ peer: Peer, to line: inout ByteWriter
    ) {
        line.write(exchange.forwardedAddress.isEmpty ? peer.address : exchange.forwardedAddress)
        line.write(" - - [")
        LogDate.writeCommon(seconds: WallClock.now.seconds, to: &line)
        line.write("] \"")
        line.write(jsonEscaped: exchange.head.methodRange.in(bytes))
        line.write(" ")
        line.write(jsonEscaped: exchange.head.target.in(bytes))
        line.write(exchange.head.isHTTP11 ? " HTTP/1.1\" " : " HTTP/1.0\" ")
        line.write(number: exchange.answer.status)
        line.write(" ")
        line.write(number: exchange.answer.bodyBytes)
        for id in fieldsOfCombined {
            line.write(" \"")
            if let field = exchange.field(id) {
                line.write(jsonEscaped: field.value.in(bytes))
            } else {
                line.write("-")
            }
            line.write("\"")
        }
    }
}
