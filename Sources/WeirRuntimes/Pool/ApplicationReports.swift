import Logging
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge
import WeirTelemetry
import WeirWire

/// What becomes of the lines, numbers and findings that an app's workers report. From any loop.
package final class ApplicationReports: Sendable {
    private let metrics: ReportedMetrics
    private let logger: Logger
    private let findings = Mutex(AuditFindings())

    init(metrics: ReportedMetrics, logger: Logger) {
        self.metrics = metrics
        self.logger = logger
    }

    /// Of this generation's workers, in the order in which they were found.
    package var audit: AuditFindings { findings.withLock { $0 } }

    /// `note`: the request it speaks of.
    func take(_ report: GuestReport, pid: Int32, _ note: RequestNote?) {
        switch report {
        case .log(let line): log(line, pid, note)
        case .metric(let metric): take(metric)
        case .audit(let finding): take(finding)
        case .ready, .leaving: break
        }
    }

    private func log(_ line: LogReport, _ pid: Int32, _ note: RequestNote?) {
        let level = Logger.Level(psr: line.level)
        guard logger.logLevel <= level else { return }
        var metadata: Logger.Metadata = ["pid": "\(pid)", "level": "\(line.level)", "message": "\(line.message)"]
        if let note { metadata["request"] = "\(String(decoding: note.requestID, as: UTF8.self))" }
        for pair in line.context {
            let value = Secrets.masked(pair.value, of: pair.name)
            metadata["context." + Self.fieldName(pair.name)] = "\(value)"
        }
        logger.log(level: level, "app.log", metadata: metadata)
    }

    private static let fieldNameMax = 64

    /// Nothing that could be taken for another field.
    private static func fieldName(_ name: String) -> String {
        let bytes = name.utf8.prefix(fieldNameMax).map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
                byte
            default: UInt8(ascii: "_")
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func take(_ report: MetricReport) {
        guard let refusal = metrics.take(report.kind, report.name, report.value, report.labels) else { return }
        // Each reason once: who reports a number reports it again and again.
        guard refusal.isNews else { return }
        logger.warning(
            "app.metric_refused", metadata: ["metric": "\(report.name.prefix(100))", "reason": "\(refusal.reason)"])
    }

    private func take(_ report: AuditReport) {
        let subject = AuditFindings.Subject(kind: report.kind, name: report.subject, place: report.place)
        let known = AuditFindings.Report(
            before: report.before, after: report.after, requests: report.requests, severity: report.severity)
        guard let told = findings.withLock({ $0.add(subject, known, path: report.path) }) else { return }
        var metadata: Logger.Metadata = [
            "kind": "\(subject.kind)", "subject": "\(subject.name)", "severity": "\(known.severity)",
            "before": "\(known.before)", "after": "\(known.after)", "requests": "\(known.requests)",
            "path": "\(told.firstPath)",
        ]
        if !subject.place.isEmpty { metadata["place"] = "\(subject.place)" }
        // What is made when it is first needed would hide the rest.
        let isLazy = known.severity == "initialisation"
        logger.log(level: isLazy ? .info : .warning, "audit.found", metadata: metadata)
    }
}

extension Logger.Level {
    /// PSR-3's words; what is none of them is information.
    fileprivate init(psr word: String) {
        switch word {
        case "debug": self = .debug
        case "notice": self = .notice
        case "warning": self = .warning
        case "error": self = .error
        case "critical", "alert", "emergency": self = .critical
        default: self = .info
        }
    }
}
