import WeirTelemetry
import WeirWire

extension FPMStatus {
    func page(_ format: Format) -> (contentType: String, body: String) {
        switch format {
        case .text: ("text/plain;charset=UTF-8", text)
        case .json: ("application/json", json)
        case .xml: ("text/xml;charset=UTF-8", xml)
        case .html: ("text/html;charset=UTF-8", html)
        case .openmetrics: ("application/openmetrics-text; version=1.0.0; charset=utf-8", openMetrics)
        }
    }

    // MARK: Text

    private static let valueColumn = 22

    private var text: String {
        var text = Self.lines(rows)
        for process in processes ?? [] {
            text += "\n" + String(repeating: "*", count: 24) + "\n" + Self.lines(process.rows(uriName: "request URI"))
        }
        return text
    }

    private static func lines(_ rows: [Row]) -> String {
        rows.map { row in
            let label = row.name + ":"
            return label + String(repeating: " ", count: max(1, valueColumn - label.count)) + shown(row.value) + "\n"
        }.joined()
    }

    /// As people read it.
    private static func shown(_ value: Value) -> String {
        guard case .time(let seconds) = value else { return plain(value) }
        return String(upTo: LogDate.byteCount) { LogDate.writeCommon(seconds: seconds, to: &$0) }
    }

    /// As programs read it.
    private static func plain(_ value: Value) -> String {
        switch value {
        case .text(let text): text
        case .number(let number), .time(let number): "\(number)"
        case .share: "0.00"
        }
    }

    // MARK: JSON

    private var json: String {
        var json = "{" + Self.members(rows)
        if let processes {
            json += ",\"processes\":[" + processes.map { "{\(Self.members($0.rows()))}" }.joined(separator: ",") + "]"
        }
        return json + "}"
    }

    private static func members(_ rows: [Row]) -> String {
        rows.map { row in
            guard case .text(let text) = row.value else { return "\"\(row.name)\":\(plain(row.value))" }
            let bytes = Array(text.utf8)
            let escaped = bytes.withUnsafeBytes { bytes in
                String(upTo: 6 * bytes.count) { $0.write(jsonEscaped: bytes) }
            }
            return "\"\(row.name)\":\"\(escaped)\""
        }.joined(separator: ",")
    }

    // MARK: XML and HTML

    private var xml: String {
        var xml = "<?xml version=\"1.0\" ?>\n<status>\n" + Self.elements(rows).map { $0 + "\n" }.joined()
        if let processes {
            xml += "<processes>\n"
            for process in processes { xml += "<process>\(Self.elements(process.rows()).joined())</process>\n" }
            xml += "</processes>\n"
        }
        return xml + "</status>"
    }

    private static func elements(_ rows: [Row]) -> [String] {
        rows.map { row in
            let name = row.name.replacing(" ", with: "-")
            return "<\(name)>\(markup(plain(row.value)))</\(name)>"
        }
    }

    private var html: String {
        var html =
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>\(Self.markup(pool)): status</title></head>\n<body>\n"
        html += "<table>\n"
        for row in rows { html += "<tr><th>\(row.name)</th><td>\(Self.markup(Self.shown(row.value)))</td></tr>\n" }
        html += "</table>\n"
        if let processes {
            html += "<table border=\"1\">\n<tr>"
            for row in Process.header { html += "<th>\(row.name)</th>" }
            html += "</tr>\n"
            for process in processes {
                html +=
                    "<tr>" + process.rows().map { "<td>\(Self.markup(Self.shown($0.value)))</td>" }.joined() + "</tr>\n"
            }
            html += "</table>\n"
        }
        return html + "</body></html>"
    }

    private static func markup(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    // MARK: OpenMetrics

    /// The families are php-fpm's, without a label for the pool: who asks names one.
    private var openMetrics: String {
        let families: [(name: String, type: String, help: String, value: Int)] = [
            ("up", "gauge", "Whether the pool answers.", 1),
            ("start_since", "counter", "Seconds since the server was started.", startSince),
            ("accepted_connections", "counter", "Requests that were admitted.", accepted),
            ("listen_queue", "gauge", "Requests that wait for a worker.", queued),
            ("max_listen_queue", "counter", "Most requests that ever waited at once.", maxQueued),
            ("listen_queue_length", "gauge", "Places in the queue.", queueLimit),
            ("idle_processes", "gauge", "Workers without a request.", idle),
            ("active_processes", "gauge", "Workers with a request.", active),
            ("total_processes", "gauge", "Workers with and without a request.", idle + active),
            ("max_active_processes", "counter", "Most workers that ever had a request at once.", maxActive),
            (
                "max_children_reached", "counter", "How often more workers were wanted than are allowed.",
                maxChildrenReached
            ),
            ("slow_requests", "counter", "Requests that took longer than the slow log's threshold.", slowRequests),
        ]
        return families.map { family in
            let name = "phpfpm_" + family.name
            return "# HELP \(name) \(family.help)\n# TYPE \(name) \(family.type)\n\(name) \(family.value)\n"
        }.joined() + "# EOF\n"
    }
}

extension FPMStatus.Process {
    fileprivate static let header = Self(pid: 0, isRunning: false, startUnixSeconds: 0, startSince: 0, requests: 0)
        .rows()
}
