/// What Weir's own guests say beside FastCGI: records of types that it leaves to others.
package enum GuestReport: Equatable, Sendable {
    package enum Kind: UInt8, Sendable {
        case ready = 64
        case log, metric, audit, leaving
    }

    /// Worker mode: the application has started, and waits for its first request.
    case ready
    case log(LogReport)
    case metric(MetricReport)
    case audit(AuditReport)
    /// Worker mode: its script wants no other request. It waits for its connection to be closed.
    case leaving

    /// A record with more is not looked at.
    package static let byteCountMax = 16_384

    /// nil: that is no report of this kind.
    package init?(_ kind: Kind, _ bytes: UnsafeRawBufferPointer) {
        guard bytes.count <= Self.byteCountMax, let fields = TextFields(bytes) else { return nil }
        switch kind {
        case .ready: self = .ready
        case .log:
            guard let report = LogReport(fields) else { return nil }
            self = .log(report)
        case .metric:
            guard let report = MetricReport(fields) else { return nil }
            self = .metric(report)
        case .audit:
            guard let report = AuditReport(fields) else { return nil }
            self = .audit(report)
        case .leaving: self = .leaving
        }
    }
}

/// `weir_log()`: a line of the application's own.
package struct LogReport: Equatable, Sendable {
    package static let contextMax = 32

    package var level: String
    package var message: String
    /// In the order of the application.
    package var context: [TextPair]

    init?(_ fields: TextFields) {
        guard let level = fields.text(0), let message = fields.text(1) else { return nil }
        self.level = level
        self.message = message
        context = fields.pairs(from: 2, max: Self.contextMax)
    }
}

/// `weir_metric()`: a number to add to a counter, or the value that a gauge has now.
package struct MetricReport: Equatable, Sendable {
    package static let labelsMax = 10

    package enum Kind: String, Sendable { case counter, gauge }

    package var kind: Kind
    package var name: String
    package var value: Double
    package var labels: [TextPair]

    package init(kind: Kind, name: String, value: Double, labels: [TextPair] = []) {
        self.kind = kind
        self.name = name
        self.value = value
        self.labels = labels
    }

    init?(_ fields: TextFields) {
        guard let kind = fields.text(0).flatMap(Kind.init), let name = fields.text(1),
            let value = fields.text(2).flatMap({ Double($0) }), value.isFinite
        else { return nil }
        let labels = fields.pairs(from: 3, max: Self.labelsMax + 1)
        guard labels.count <= Self.labelsMax else { return nil }
        self.init(kind: kind, name: name, value: value, labels: labels)
    }
}

/// Something that survived a request and might show in another.
package struct AuditReport: Hashable, Sendable {
    /// `static`, `global`, `ini`, …
    package var kind: String
    /// `App\Events::$listeners`
    package var subject: String
    package var before: String
    package var after: String
    /// `file:line`, or empty.
    package var place: String
    /// That changed it so far, in this worker.
    package var requests: Int
    /// `initialisation`, `change`, `growth`, `request-data`.
    package var severity: String
    /// Of the request that did it: it is known when the next one begins.
    package var path: String

    package init(
        kind: String, subject: String, before: String, after: String, place: String, requests: Int, severity: String,
        path: String
    ) {
        self.kind = kind
        self.subject = subject
        self.before = before
        self.after = after
        self.place = place
        self.requests = requests
        self.severity = severity
        self.path = path
    }

    init?(_ fields: TextFields) {
        guard fields.count >= 8, let kind = fields.text(0), let subject = fields.text(1), let before = fields.text(2),
            let after = fields.text(3), let place = fields.text(4), let requests = fields.text(5).flatMap({ Int($0) }),
            let severity = fields.text(6), let path = fields.text(7), !kind.isEmpty, !subject.isEmpty, requests > 0
        else { return nil }
        self.init(
            kind: kind, subject: subject, before: before, after: after, place: place, requests: requests,
            severity: severity, path: path)
    }
}

package struct TextPair: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
