import Glibc
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
        let total = exchange.arrival == .zero ? Nanoseconds.zero : now - exchange.arrival
        writer.write { line in
            exchange.headBytes.withUnsafeBytes { bytes in
                switch format {
                case .json: Self.appendJSON(exchange, bytes, peer, total, to: &line)
                case .combined: Self.appendCombined(exchange, bytes, peer, to: &line)
                case .off: break
                }
            }
        }
    }

    private static func appendJSON(
        _ exchange: Exchange, _ bytes: UnsafeRawBufferPointer, _ peer: Peer, _ total: Nanoseconds,
        to line: inout [UInt8]
    ) {
        line.append("{\"time\":\"")
        WallClock.appendISO8601(WallClock.now, to: &line)
        line.append("\",\"id\":\"")
        line.append(contentsOf: exchange.requestID)
        line.append("\",\"address\":\"")
        line.append(contentsOf: exchange.forwardedAddress.isEmpty ? peer.address : exchange.forwardedAddress)
        line.append("\",\"method\":\"")
        line.append(jsonEscaped: exchange.head.methodRange.in(bytes))
        line.append("\",\"path\":\"")
        line.append(jsonEscaped: exchange.head.target.in(bytes))
        line.append("\",\"status\":")
        line.append(number: exchange.answer.status)
        line.append(",\"bytes\":")
        line.append(number: exchange.answer.bodyBytes)
        line.append(",\"total\":")
        line.append(seconds: total.count)
        if let app = exchange.app {
            line.append(",\"queue_wait\":")
            line.append(seconds: exchange.queueWait.count)
            line.append(",\"worker_time\":")
            line.append(seconds: exchange.workerTime.count)
            line.append(",\"worker\":")
            line.append(number: Int(exchange.workerPID))
            line.append(",\"app\":\"")
            line.append(contentsOf: app.name.utf8)
            line.append("\",\"lane\":\"")
            line.append(contentsOf: app.lanes[exchange.lane].utf8)
            line.append("\"")
        }
        line.append("}")
    }

    private static func appendCombined(
        _ exchange: Exchange, _ bytes: UnsafeRawBufferPointer, _ peer: Peer, to line: inout [UInt8]
    ) {
        line.append(contentsOf: exchange.forwardedAddress.isEmpty ? peer.address : exchange.forwardedAddress)
        line.append(" - - [")
        WallClock.appendCommonLogTime(WallClock.now.seconds, to: &line)
        line.append("] \"")
        line.append(jsonEscaped: exchange.head.methodRange.in(bytes))
        line.append(" ")
        line.append(jsonEscaped: exchange.head.target.in(bytes))
        line.append(exchange.head.isHTTP11 ? " HTTP/1.1\" " : " HTTP/1.0\" ")
        line.append(number: exchange.answer.status)
        line.append(" ")
        line.append(number: exchange.answer.bodyBytes)
        for id in [FieldID.referer, .userAgent] {
            line.append(" \"")
            if let field = exchange.field(id) {
                line.append(jsonEscaped: field.value.in(bytes))
            } else {
                line.append("-")
            }
            line.append("\"")
        }
    }
}
