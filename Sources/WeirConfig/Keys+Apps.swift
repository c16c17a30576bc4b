import WeirCore

extension Keys {
    static let app = common + program

    private static let common: [Key<AppSettings>] = [
        Key(
            "runtime", \.runtime, .word,
            "What runs it: `php`, our own workers; `node`, processes of Node.js; `http`, any program that speaks HTTP, "
                + "started by Weir (`command`) or elsewhere (`address`); `fastcgi`, a server elsewhere such as php-fpm.",
            isRequired: true),
        Key(
            "root", \.root, .path,
            "Document root, seen from the directory of the file. "
                + "Detected: that directory, or its `public/` when that has an `index.php`.",
            fallback: "detected"
        ),
        Key(
            "entry", \.entry, .path, none: "off",
            "Front controller in the root, run when no file or script matches. "
                + "Detected: `index.php` when the root has one. `off`: 404 then. `runtime: node`: the program to start; "
                + "detected from `package.json`.",
            fallback: "detected"
        ),
        Key(
            "address", \.addresses, .given(.list(of: .address(bareHost: "127.0.0.1"))),
            "`runtime: fastcgi` and `http`: where a server listens that somebody else runs; several for `http`."),
        Key(
            "mode", \.mode, .word,
            "`runtime: php`: `classic`, the application starts anew for each request; `worker`, once a worker, which then "
                + "serves one request after the other."),
        Key(
            "worker", \.worker, .section(worker, defaults: WorkerSettings()),
            "`mode: worker`: what a worker runs."),
        Key(
            "audit", \.audit, .bool,
            "`mode: worker`: report what survives a request, such as a static property that grew. Slow: for development."
        ),
        Key("pool", \.pool, .section(pool, defaults: PoolSettings()), "The workers."),
        Key("queue", \.queue, .section(queue, defaults: QueueSettings()), "The requests that wait for a worker."),
        Key(
            "timeouts", \.timeouts, .section(appTimeouts, defaults: AppTimeouts()), "How long the application may take."
        ),
        Key(
            "environment", \.environment, .texts(isName: isVariableName, masksSecrets: true),
            "Environment variables of the workers."
        ),
        Key("php", \.php, .section(php, defaults: PHPSettings()), "What `php.ini` would say."),
        Key(
            "downstream", \.downstream, .section(downstream, defaults: DownstreamSettings()),
            "The database behind the workers, which bounds how many there may be."),
        Key(
            "retry", \.retry, .word,
            "`idempotent`: a GET, HEAD, OPTIONS, TRACE, PUT or DELETE whose worker died before it answered runs once "
                + "more."),
        Key(
            "warm", \.warm, .list(of: urlPath),
            "Paths requested of new workers before they take over, so that caches are filled."),
        Key("weight", \.weight, .count(1...1_000), "The app's part of the memory among all apps."),
        Key("essential", \.essential, .bool, "Whether `/ready` turns 503 while the app has no worker."),
        Key(
            "files", \.files, .section(files, defaults: StaticSettings()),
            "How files of the root that are no scripts are served."),
    ]

    private static let pool: [Key<PoolSettings>] = [
        Key(
            "manager", \.manager, .word,
            "`auto`: as many workers as the load needs and the container carries. `static`: always `max_workers`. "
                + "`dynamic`: php-fpm's, between the spares. `ondemand`: none while nothing is asked."),
        Key(
            "max_workers", \.maxWorkers, .count(1...10_000), none: "auto",
            "Most workers. `auto`: from the container's memory and CPU and what workers really use; one a core for "
                + "`runtime: node`, one for `http`, 8 for `fastcgi`."),
        Key(
            "concurrency", \.concurrency, .count(1...10_000), none: "auto",
            "`runtime: node` and `http`: requests that a process runs at once; more of them wait in the queue. `auto`: 100 "
                + "for `node`, 250 for `http`."),
        Key(
            "start", \.start, .count(1...10_000), none: "auto",
            "Workers at start. `auto`: halfway between `min_spare` and `max_spare`."),
        Key("min_spare", \.minSpare, .count(1...10_000), "Fewer idle workers than this: one is started."),
        Key("max_spare", \.maxSpare, .count(1...10_000), "More idle workers than this: one is ended."),
        Key(
            "process_idle_timeout", \.processIdleTimeout, .duration(anyTime),
            "`manager: ondemand`: how long a worker may be idle."),
        Key(
            "adaptive_concurrency", \.adaptiveConcurrency, .bool,
            "While requests wait, run no more of them at once than brings throughput."),
        Key(
            "max_requests", \.maxRequests, .count(0...1_000_000_000),
            "Requests a worker serves before it is replaced. `0`: no limit, which is the default of `runtime: node` and "
                + "`http`."),
        Key(
            "max_requests_jitter", \.maxRequestsJitter, .percent,
            "Share of `max_requests` by which the workers' own limits differ, so that they are not replaced together."),
        Key(
            "max_memory", \.maxMemory, .size(1_048_576...anySize), none: "auto",
            "A worker's own memory beyond which it is replaced after its request. `auto`: the largest are replaced when "
                + "memory runs short."),
        Key(
            "max_memory_hard", \.maxMemoryHard, .size(1_048_576...anySize), none: "auto",
            "A worker's own memory beyond which it is killed at once. `auto`: one and a half times `max_memory`; where that "
                + "is `auto` too, the largest is killed when hardly any memory is left."),
        Key(
            "max_lifetime", \.maxLifetime, .duration(anyTime), none: "off",
            "Age at which a worker is replaced, spread by `max_requests_jitter`."),
        Key(
            "log_growth", \.logGrowth, .size(65_536...anySize), none: "off",
            "Growth of a worker's memory by one request that is logged with the path."),
        Key("replace_share", \.replaceShare, .percent, "Share of the workers that may be replaced at the same time."),
        Key(
            "emergency_restart_threshold", \.emergencyRestartThreshold, .count(0...10_000),
            "So many workers that die within `emergency_restart_interval` start a new generation of all. `0`: never."),
        Key("emergency_restart_interval", \.emergencyRestartInterval, .duration(anyTime), "See there."),
        Key("boot_timeout", \.bootTimeout, .duration(anyTime), "How long a worker may take to start."),
    ]

    private static let appTimeouts: [Key<AppTimeouts>] = [
        Key(
            "request", \.request, .duration(anyTime),
            "Longest time for one request; then its worker is killed and the client gets 504. `runtime: node` and `http`: "
                + "until its answer begins; the process lives on."),
        Key("connect", \.connect, .duration(anyTime), "Longest time to connect to a server or an instance."),
        Key(
            "idle", \.idle, .duration(anyTime),
            "`runtime: node` and `http`: longest silence within an answer that has begun, and on an upgraded connection that one "
                + "side has ended."),
        Key(
            "upgrade_idle", \.upgradeIdle, .duration(anyTime),
            "Longest silence on a connection that was upgraded, such as a WebSocket."),
        Key(
            "slow_after", \.slowAfter, .duration(anyTime), none: "off",
            "A request that takes longer is logged as slow, with the stack of its script."),
    ]

    private static let downstream: [Key<DownstreamSettings>] = [
        Key("connections", \.connections, .count(1...1_000_000), none: "off", "Connections it allows in all."),
        Key("reserved", \.reserved, .count(0...1_000_000), "Of these, kept back for migrations and consoles."),
        Key("instances", \.instances, .count(1...100_000), "Instances of this server at full scale, which share them."),
        Key("per_worker", \.perWorker, .count(1...1_000), "Connections that one worker opens."),
    ]

    private static let php: [Key<PHPSettings>] = [
        Key("ini", \.ini, .texts(isName: isDirectiveName, masksSecrets: true), "Directives that a script may change."),
        Key(
            "admin", \.admin, .texts(isName: isDirectiveName, masksSecrets: true),
            "Directives that a script may not change."),
    ]

    static let files: [Key<StaticSettings>] = [
        Key("index", \.index, .list(of: .fileName), "Names tried for a directory, in order."),
        Key("cache_control", \.cacheControl, .headerValue, none: "off", "`Cache-Control` of what is served."),
        Key(
            "precompressed", \.precompressed, .bool, "Serve `name.br` or `name.gz` to those who take it."),
        Key("follow_symlinks", \.followSymlinks, .bool, "Follow symbolic links."),
        Key("dot_files", \.dotFiles, .bool, "Serve files whose names begin with a dot."),
    ]

    @Sendable static func isVariableName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !isDigit(first) else { return false }
        return name.utf8.allSatisfy { $0.isASCIILetter || isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    @Sendable private static func isDirectiveName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0.isASCIILetter || isDigit($0) || "_.-".utf8.contains($0) }
    }
}

extension Scalar where Value == String {
    static var fileName: Scalar {
        text("name", expected: "a file name such as index.html", pattern: "^[^/]+$") { text throws(Refusal) in
            guard !text.isEmpty, text != ".", text != "..", !text.contains("/"), !text.hasControls else {
                throw Refusal()
            }
            return text
        }
    }

    static var headerValue: Scalar { text("text", expected: "the value of a header") }
}
