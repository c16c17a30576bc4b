import WeirCore

/// The table of keys: everything that `weir.yaml` may say. Names are meant to last.
enum Keys {
    static let settings = Kind.section(top, defaults: Settings())

    private static let top: [Key<Settings>] = [
        Key(
            "listen", \.listen, .list(of: .address(bareHost: "0.0.0.0"), isEmptyAllowed: false),
            "Where requests are taken: a port, `host:port`, `[ipv6]:port` or `unix:/path`; one or a list. "
                + "A bare port is on all IPv4 addresses; port 0 is any free one."
        ),
        Key(
            "admin", \.admin, .shorthand(.adminListen, for: \.listen, key: "listen", admin, defaults: AdminSettings()),
            "Where operators ask and command: `weir status`, `weir reload`, `weir top`. A bare word is the address."
        ),
        Key(
            "user", \.user, userName, none: "off",
            "Whom the server and its workers run as when started as root: a name or a number."
        ),
        Key(
            "trusted_proxies", \.trustedProxies, .list(of: .addressRange),
            "Addresses or blocks whose `X-Forwarded-*` and `Forwarded` headers are believed."
        ),
        Key("log_level", \.logLevel, .word, "The least important messages that are logged."),
        Key(
            "access_log", \.accessLog,
            .shorthand(.word, for: \.format, key: "format", accessLog, defaults: AccessLogSettings()),
            "One line a request. A bare word is the format."
        ),
        Key(
            "health", \.health, .section(health, defaults: HealthSettings()),
            "Paths of the main listeners that Weir answers itself."
        ),
        Key("loops", \.loops, .count(1...1024), none: "auto", "Event loops. `auto`: one per core of the CPU quota."),
        Key(
            "resources", \.resources, .section(resources, defaults: ResourceSettings()),
            "What all workers together may use."
        ),
        Key("limits", \.limits, .section(limits, defaults: EdgeLimits()), "What a client may ask for."),
        Key("timeouts", \.timeouts, .section(timeouts, defaults: EdgeTimeouts()), "How long a client may take."),
        Key(
            "error_pages", \.errorPages, .errorPages,
            "Files sent in place of Weir's own error answers, by status: `503: errors/busy.html`."
        ),
        Key(
            "apps", \.apps, .named("app", app) { AppSettings(name: $0, runtime: .php, root: "") },
            "The applications, by name. A request that no route matches goes to the first."
        ),
        Key("routes", \.routes, routes, "What happens to which request: the first route that matches decides."),
        Key(
            "lanes", \.lanes, .named("lane", lane) { LaneSettings(name: $0) },
            "Parts of an app's capacity with a queue of their own, by name; routes lead to them."
        ),
        Key(
            "processes", \.processes, processes,
            "Programs that run beside the apps and are kept running, by name: queue workers, consumers."),
        Key("schedule", \.schedule, schedule, "Commands that run at their times, in place of cron."),
    ]

    private static let accessLog: [Key<AccessLogSettings>] = [
        Key("format", \.format, .word, "How a line looks."),
        Key("path", \.path, .path, none: "stdout", "The file that is appended to. `stdout`: standard output."),
    ]

    private static let admin: [Key<AdminSettings>] = [
        Key(
            "listen", \.listen, .adminListen,
            "`auto`: a unix socket of its own in `/run/weir` (root), `$XDG_RUNTIME_DIR/weir` or `/tmp/weir-UID`. "
                + "A bare port is on 127.0.0.1; over TCP a token is needed."),
        Key("token", \.token, .secret, "What clients show as `Authorization: Bearer …`."),
        Key("token_file", \.tokenFile, .path, none: "off", "The file that holds it, in place of `token`."),
        Key("mode", \.mode, .permissions, "Permissions of the unix socket, octal."),
    ]

    private static let resources: [Key<ResourceSettings>] = [
        Key("memory", \.memory, .size(16_777_216...anySize), none: "auto", "Memory. `auto`: the container's limit."),
        Key("cpu", \.cpu, .cores, none: "auto", "Cores. `auto`: the container's quota."),
        Key("reserve", \.reserve, .percent, "Share of the memory that is kept free."),
    ]

    private static let health: [Key<HealthSettings>] = [
        Key("health", \.health, urlPath, none: "off", "200 while the server runs."),
        Key("ready", \.ready, urlPath, none: "off", "200 while every essential app has a worker, 503 otherwise."),
        Key("status", \.status, urlPath, none: "off", "Pools, queues and workers as JSON; not meant for strangers."),
        Key(
            "fpm_status", \.fpmStatus, urlPath, none: "off", "php-fpm's status page, for its exporters and dashboards."),
        Key("metrics", \.metrics, urlPath, none: "off", "Metrics for Prometheus."),
    ]

    private static let limits: [Key<EdgeLimits>] = [
        Key("request_line", \.requestLine, .size(256...1_048_576), "Longest request line; beyond it 414."),
        Key("header_bytes", \.headerBytes, .size(1024...16_777_216), "Largest head of a request; beyond it 431."),
        Key("header_count", \.headerCount, .count(1...10_000), "Most headers of a request; beyond it 431."),
        Key("body", \.body, .size(1...anySize), "Largest body of a request; beyond it 413."),
        Key("body_memory", \.bodyMemory, .size(0...anySize), "A body beyond this size waits in a temporary file."),
        Key(
            "response_spool", \.responseSpool, .size(0...anySize),
            "How much of an answer is taken from its worker for a slow reader before the worker has to wait."
        ),
        Key(
            "response_memory", \.responseMemory, .size(0...anySize),
            "The part of `response_spool` that stays in memory."),
        Key(
            "requests_per_connection", \.requestsPerConnection, .count(1...1_000_000_000),
            "Requests after which a connection is closed."),
        Key("connections", \.connections, .count(1...10_000_000), "Most open connections."),
        Key(
            "backlog", \.backlog, .count(1...1_000_000),
            "Connections that wait in the kernel to be accepted, for each listening socket."),
        Key(
            "connections_per_address", \.connectionsPerAddress, .count(1...10_000_000), none: "off",
            "Most open connections of one client address."),
        Key(
            "metric_series", \.metricSeries, .count(0...100_000),
            "Most series that each app may report by `weir_metric()`: a name with one set of labels is one."),
        Key(
            "temporary_directory", \.temporaryDirectory, .path, none: "auto",
            "Where bodies and answers are spooled. `auto`: the system's temporary directory."
        ),
    ]

    private static let timeouts: [Key<EdgeTimeouts>] = [
        Key("header", \.header, .duration(anyTime), "Longest time for the head of a request to arrive."),
        Key("body", \.body, .duration(anyTime), "Longest silence while a body arrives."),
        Key(
            "body_minimum_rate", \.bodyMinimumRate, .size(0...1_073_741_824),
            "Bytes a second that a body must keep on average. `0`: any rate."),
        Key("keep_alive", \.keepAlive, .duration(anyTime), "How long an idle connection is kept."),
        Key("write", \.write, .duration(anyTime), "Longest time a reader may take none of an answer."),
        Key("graceful", \.graceful, .duration(anyTime), "How long a stop waits for what is in flight."),
    ]

    private static let lane: [Key<LaneSettings>] = [
        Key(
            "concurrency", \.concurrency, .count(1...100_000), none: "auto",
            "Most requests of the lane that run at once. `auto`: as many as the app has workers."),
        Key(
            "weight", \.weight, .count(1...1_000),
            "Its share of the workers' time beside other lanes of its priority; an app's default lane has 1."),
        Key("priority", \.priority, .word, "Requests of a higher priority go first."),
        Key("queue", \.queue, .section(queue, defaults: QueueSettings()), "The requests of the lane that wait."),
    ]

    static let queue: [Key<QueueSettings>] = [
        Key("limit", \.limit, .count(0...10_000_000), "Most requests that wait; the next one gets 503 at once."),
        Key("timeout", \.timeout, .duration(anyTime), "Longest wait, from the request's arrival; then 503."),
        Key(
            "newest_first_after", \.newestFirstAfter, .duration(anyTime), none: "off",
            "Once requests have waited this long the newest goes first, as those who wait longest have mostly left."),
    ]

    /// From what a clock of ours can tell apart to a week.
    static let anyTime = Nanoseconds.milliseconds(1)...Nanoseconds.minutes(7 * 24 * 60)
    static let anySize = Bytes.gibibytes(1 << 10)

    static let urlPath = Scalar<String>.text("path", expected: "a path such as /health", pattern: "^/[^?#\\s]*$") {
        text throws(Refusal) in
        guard text.hasPrefix("/"), !text.hasControls, !text.contains(where: { "?# *".contains($0) }) else {
            throw Refusal()
        }
        return text
    }

    private static let userName = Scalar<String>.text(
        "name", expected: "the name or number of a user, such as www-data", pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]*$"
    ) { text throws(Refusal) in
        guard text.utf8.count <= 64, text.utf8.first != UInt8(ascii: "-"), text.utf8.first != UInt8(ascii: "."),
            !text.isEmpty, text.utf8.allSatisfy({ $0.isASCIILetter || isDigit($0) || "_.-".utf8.contains($0) })
        else { throw Refusal() }
        return text
    }
}

extension Scalar where Value == String {
    static var path: Scalar { text("path", expected: "a path") }
}
