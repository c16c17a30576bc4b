/// One app in the terms of php-fpm's status page, whose exporters and dashboards then work with Weir as they are. Names,
/// order and forms are php-fpm 8.2's.
struct FPMStatus: Sendable {
    enum Format: String, CaseIterable { case text, json, xml, html, openmetrics }

    struct Process: Sendable {
        var pid: Int32
        var isRunning: Bool
        var startUnixSeconds: Int
        var startSince: Int
        var requests: Int
        /// Of the request at hand; 0 without one, and so on.
        var requestMicroseconds = 0
        var method = "-"
        var uri = "-"
        var contentLength = 0
        var script = "-"
    }

    var pool: String
    var manager: String
    var startUnixSeconds: Int
    var startSince: Int
    var accepted: Int
    var queued: Int
    var maxQueued: Int
    var queueLimit: Int
    var idle: Int
    var active: Int
    var maxActive: Int
    var maxChildrenReached: Int
    var slowRequests: Int
    /// With `?full`.
    var processes: [Process]?
}

extension FPMStatus {
    /// A field's value. Each format has its own way with time.
    enum Value {
        case text(String)
        case number(Int)
        case time(Int)
        /// A share of the processor, which is not known of a single request.
        case share
    }

    typealias Row = (name: String, value: Value)

    var rows: [Row] {
        [
            ("pool", .text(pool)), ("process manager", .text(manager)), ("start time", .time(startUnixSeconds)),
            ("start since", .number(startSince)), ("accepted conn", .number(accepted)),
            ("listen queue", .number(queued)), ("max listen queue", .number(maxQueued)),
            ("listen queue len", .number(queueLimit)), ("idle processes", .number(idle)),
            ("active processes", .number(active)), ("total processes", .number(idle + active)),
            ("max active processes", .number(maxActive)), ("max children reached", .number(maxChildrenReached)),
            ("slow requests", .number(slowRequests)),
        ]
    }
}

extension FPMStatus.Process {
    /// `request uri` is in capitals on the text page only.
    func rows(uriName: String = "request uri") -> [FPMStatus.Row] {
        [
            ("pid", .number(Int(pid))), ("state", .text(isRunning ? "Running" : "Idle")),
            ("start time", .time(startUnixSeconds)), ("start since", .number(startSince)),
            ("requests", .number(requests)), ("request duration", .number(requestMicroseconds)),
            ("request method", .text(method)), (uriName, .text(uri)), ("content length", .number(contentLength)),
            ("user", .text("-")), ("script", .text(script)), ("last request cpu", .share),
            ("last request memory", .number(0)),
        ]
    }
}
