import WeirCore

/// Everything that can be set, with its defaults: the one list that the loader, the schema and the server share.
package struct Settings: Equatable, Sendable {
    package var listen: [ListenAddress] = [.tcp(host: "0.0.0.0", port: 8080)]
    /// Where operators ask and command, besides the paths of ``health``.
    package var admin = AdminSettings()
    /// Whom the server and its workers run as when started as root.
    package var user: String?
    package var trustedProxies: [AddressRange] = []
    package var logLevel: LogLevel = .info
    package var accessLog = AccessLogSettings()
    /// Paths of the main listeners that answer health, readiness and status; nil: not served there.
    package var health = HealthSettings()
    /// Event loops; nil: one per core of the CPU quota.
    package var loops: Int?
    /// What the pools may use together.
    package var resources = ResourceSettings()
    package var limits = EdgeLimits()
    package var timeouts = EdgeTimeouts()
    /// Files sent in place of Weir's own error answers, by status. Absolute once loaded.
    package var errorPages: [ErrorPage] = []
    package var apps: [AppSettings] = []
    package var routes: [RouteSettings] = []
    package var lanes: [LaneSettings] = []
    /// Programs beside the apps, kept running.
    package var processes: [ProcessSettings] = []
    /// Commands that run at their times.
    package var schedule: [ScheduleSettings] = []

    package init() {}
}

package enum ListenAddress: Hashable, Sendable {
    case tcp(host: String, port: Int)
    case unix(path: String)
}

package struct AdminSettings: Equatable, Sendable {
    package enum Listen: Hashable, Sendable {
        /// A unix socket of its own in the runtime directory.
        case automatic
        case off
        case address(ListenAddress)
    }

    package var listen = Listen.automatic
    /// What a client has to show over TCP.
    package var token: String?
    /// The file that holds it. Absolute once loaded.
    package var tokenFile: String?
    /// Permission bits of a unix socket.
    package var mode = 0o600

    package init() {}
}

package struct ResourceSettings: Equatable, Sendable {
    /// nil: the container's limit, else the machine's memory.
    package var memory: Bytes?
    /// Cores; nil: the container's quota, else the machine's.
    package var cpu: Double?
    /// Share of the memory that is kept free, 0...1.
    package var reserve = 0.1

    package init() {}
}

package struct ErrorPage: Equatable, Sendable {
    package var status: Int
    package var path: String
}

/// An address block in CIDR form; a single address is a block of full length. `bytes` is 4 or 16 long.
package struct AddressRange: Hashable, Sendable {
    package var bytes: [UInt8]
    package var prefix: Int

    package init(bytes: [UInt8], prefix: Int) {
        self.bytes = bytes
        self.prefix = prefix
    }
}

package enum LogLevel: String, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}

package struct AccessLogSettings: Equatable, Sendable {
    package enum Format: String, Sendable, CaseIterable { case json, combined, off }
    package var format: Format = .json
    /// nil: standard output.
    package var path: String?
}

package struct HealthSettings: Equatable, Sendable {
    package var health: String? = "/health"
    package var ready: String? = "/ready"
    package var status: String?
    /// php-fpm's own status page.
    package var fpmStatus: String?
    package var metrics: String?

    package init() {}
}

package struct EdgeLimits: Equatable, Sendable {
    package var requestLine: Bytes = .kibibytes(8)
    package var headerBytes: Bytes = .kibibytes(32)
    package var headerCount = 100
    package var body: Bytes = .mebibytes(64)
    /// A body beyond this size waits in a temporary file instead of memory.
    package var bodyMemory: Bytes = .kibibytes(64)
    /// How much of an answer is taken from its worker for a slow reader before the worker is made to wait.
    package var responseSpool: Bytes = .gibibytes(1)
    /// The part of that which stays in memory.
    package var responseMemory: Bytes = .kibibytes(256)
    package var requestsPerConnection = 10_000
    package var connections = 20_000
    /// Connections that wait in the kernel to be accepted, for each listening socket.
    package var backlog = 4_096
    /// nil: no limit of its own.
    package var connectionsPerAddress: Int?
    /// Series that each app may report by itself.
    package var metricSeries = 1_000
    /// Where bodies and answers are spooled; nil: the system's temporary directory.
    package var temporaryDirectory: String?
}

package struct EdgeTimeouts: Equatable, Sendable {
    package var header: Nanoseconds = .seconds(10)
    /// Longest silence while a body arrives; a body must also keep `bodyMinimumRate` on average after its first `body` span.
    package var body: Nanoseconds = .seconds(15)
    /// Bytes a second.
    package var bodyMinimumRate: Bytes = 240
    package var keepAlive: Nanoseconds = .seconds(75)
    /// Longest time a reader may take none of an answer.
    package var write: Nanoseconds = .seconds(60)
    /// How long a stop waits for what is in flight.
    package var graceful: Nanoseconds = .seconds(30)
}

package struct AppSettings: Equatable, Sendable {
    package var name: String
    package var runtime: Runtime
    /// `runtime: php`: how often the application starts.
    package var mode = Mode.classic
    /// `mode: worker`: what a worker runs.
    package var worker = WorkerSettings()
    /// `mode: worker`: report what survives a request.
    package var audit = false
    /// Document root, absolute once loaded.
    package var root: String
    /// Front controller relative to the root (`index.php`), run when no file or script matches; nil: 404 then. `runtime:
    /// node`: the program, relative to the root.
    package var entry: String?
    /// `runtime: http`, and `node` instead of the entry: the program and its arguments.
    package var command: [String] = []
    /// Where servers listen that somebody else runs: one of `runtime: fastcgi`, one or several of `http`.
    package var addresses: [ListenAddress] = []
    package var healthCheck = HealthCheckSettings()
    package var upstream = UpstreamSettings()
    package var node = NodeSettings()
    /// `runtime: http`: the path at which a Go program shows its variables.
    package var debugVars: String?
    package var pool = PoolSettings()
    package var queue = QueueSettings()
    package var timeouts = AppTimeouts()
    package var environment: [String: String] = [:]
    package var php = PHPSettings()
    package var downstream = DownstreamSettings()
    /// What happens to a request whose worker died before it answered.
    package var retry = Retry.off
    /// Paths requested of a new generation before it takes over.
    package var warm: [String] = []
    /// The app's part of the memory among all apps.
    package var weight = 1
    /// `/ready` turns 503 while an essential app has no worker.
    package var essential = true
    package var files = StaticSettings()

    package init(name: String, runtime: Runtime, root: String) {
        self.name = name
        self.runtime = runtime
        self.root = root
    }
}

package enum Retry: String, Sendable, CaseIterable { case off, idempotent }

package struct PoolSettings: Equatable, Sendable {
    package enum Manager: String, Sendable, CaseIterable { case auto, `static`, dynamic, ondemand }
    package var manager: Manager = .auto
    /// nil: from the container's limits and what workers really use.
    package var maxWorkers: Int?
    /// Requests that a process runs at once; nil: by the runtime.
    package var concurrency: Int?
    /// Workers at start; nil: min_spare + (max_spare - min_spare) / 2 as php-fpm does.
    package var start: Int?
    package var minSpare = 2
    package var maxSpare = 4
    /// `ondemand`: how long a worker may be idle.
    package var processIdleTimeout: Nanoseconds = .seconds(10)
    /// Give no more concurrency than brings throughput.
    package var adaptiveConcurrency = true
    /// Requests a worker serves before it is replaced; 0: no limit.
    package var maxRequests = 500
    /// Share of `maxRequests` by which each worker's own limit is spread, 0...1.
    package var maxRequestsJitter = 0.1
    /// A worker's own memory beyond which it is replaced after its request; nil: only when memory runs short.
    package var maxMemory: Bytes?
    /// A worker's own memory beyond which it is killed at once; nil: one and a half times `maxMemory`, or when hardly any is
    /// left.
    package var maxMemoryHard: Bytes?
    package var maxLifetime: Nanoseconds?
    /// Growth of a worker's memory by one request that is logged with the path; nil: not logged.
    package var logGrowth: Bytes? = .mebibytes(1)
    /// Share of the workers that may be replaced at the same time, 0...1.
    package var replaceShare = 0.25
    /// So many workers dying within `emergencyRestartInterval` start a new generation; 0: never.
    package var emergencyRestartThreshold = 10
    package var emergencyRestartInterval: Nanoseconds = .minutes(1)
    /// How long a worker, or a fork server, may take to start.
    package var bootTimeout: Nanoseconds = .seconds(60)

    package init() {}
}

/// What the app's workers connect to, which bounds how many there may be.
package struct DownstreamSettings: Equatable, Sendable {
    /// Connections the database allows for this app; nil: no bound.
    package var connections: Int?
    /// Connections kept back for others: migrations, consoles.
    package var reserved = 0
    /// Instances of this server at full scale.
    package var instances = 1
    package var perWorker = 1

    package init() {}
}

package struct QueueSettings: Equatable, Sendable {
    package var limit = 500
    /// Counted from the request's arrival.
    package var timeout: Nanoseconds = .seconds(10)
    /// Once requests have waited this long the newest goes first; nil: always the oldest.
    package var newestFirstAfter: Nanoseconds?
}

package struct AppTimeouts: Equatable, Sendable {
    /// Longest time for one request, where it speaks HTTP until its answer begins. Then the client gets 504; a worker that
    /// runs one request at a time is killed.
    package var request: Nanoseconds = .seconds(60)
    /// Longest time to connect, where a request or an instance has a connection of its own.
    package var connect: Nanoseconds = .seconds(5)
    /// `runtime: node` and `http`: longest silence within an answer that has begun, and on an upgraded connection that one
    /// side has ended.
    package var idle: Nanoseconds = .seconds(60)
    /// Longest silence on a connection that was upgraded, such as a WebSocket.
    package var upgradeIdle: Nanoseconds = .minutes(10)
    /// A request that takes longer is slow: its stack is logged; nil: never.
    package var slowAfter: Nanoseconds? = .seconds(5)

    package init() {}
}

package struct PHPSettings: Equatable, Sendable {
    /// As php-fpm's php_value: a script may change it.
    package var ini: [String: String] = [:]
    /// As php-fpm's php_admin_value: a script may not.
    package var admin: [String: String] = [:]
}

package struct LaneSettings: Equatable, Sendable {
    package var name: String
    /// Most requests of this lane that run at once; nil: as many as the app has workers.
    package var concurrency: Int?
    /// Its share of the workers' time beside other lanes of the same priority.
    package var weight = 1
    package var priority = Priority.normal
    package var queue = QueueSettings()

    package enum Priority: String, Sendable, CaseIterable { case low, normal, high }

    package init(name: String) { self.name = name }
}

/// The first route that matches decides; with no match the first app of the file gets the request.
package struct RouteSettings: Equatable, Sendable {
    /// Exact (`example.com`) or one leading wildcard (`*.example.com`), without port, lower case.
    package var host: String?
    /// Exact (`/a`) or a prefix (`/a/*`).
    package var path: String?
    /// Without the dot: `jpg`.
    package var extensions: [String] = []
    package var methods: [String] = []
    /// With an app that speaks HTTP: neither the request's body nor the answer is collected on its way.
    package var stream = false
    package var action: RouteAction

    package init(action: RouteAction) { self.action = action }
}

package enum RouteAction: Equatable, Sendable {
    case app(String, lane: String?)
    case files(StaticSettings)
    case redirect(to: String, status: Int)
    case respond(status: Int, body: String, headers: [String: String])
}

package struct StaticSettings: Equatable, Sendable {
    /// Absolute once loaded. For an app's own files: its root.
    package var root: String = ""
    package var index: [String] = ["index.html"]
    /// `Cache-Control` of what is served.
    package var cacheControl: String?
    package var precompressed = true
    package var followSymlinks = true
    package var dotFiles = false

    package init() {}
}
