import WeirCore

extension Keys {
    static let program: [Key<AppSettings>] = [
        Key(
            "command", \.command, .given(.command),
            "`runtime: http`: the program, which listens on the port in `PORT`, or where `{socket}` or `{port}` in the "
                + "command says. Text is split at blanks, with quotes as in a shell, but no shell runs. `runtime: node`: "
                + "in place of `entry`."),
        Key(
            "health_check", \.healthCheck,
            .shorthand(urlPath.or("off"), for: \.path, key: "path", healthCheck, defaults: HealthCheckSettings()),
            "`runtime: node` and `http`: how a process is asked whether it is well. A bare word is the path."),
        Key(
            "upstream", \.upstream, .section(upstream, defaults: UpstreamSettings()),
            "`runtime: node` and `http`: the connections to the processes that wait for another request."),
        Key("node", \.node, .section(node, defaults: NodeSettings()), "`runtime: node`: how `node` is started."),
        Key(
            "debug_vars", \.debugVars, urlPath, none: "off",
            "`runtime: http`: where a Go program shows its variables, such as `/debug/vars`: `goroutines` in it that only "
                + "ever climb are reported."),
    ]

    private static let healthCheck: [Key<HealthCheckSettings>] = [
        Key(
            "path", \.path, urlPath, none: "off",
            "Asked for; 2xx and 3xx are well. `off`: taking connections is enough."),
        Key("interval", \.interval, .duration(anyTime), "Time between two questions."),
        Key("timeout", \.timeout, .duration(anyTime), "How long an answer may take."),
        Key("rise", \.rise, .count(1...100), "So many good answers in a row bring it back."),
        Key("fall", \.fall, .count(1...100), "So many bad answers in a row take it out."),
    ]

    private static let upstream: [Key<UpstreamSettings>] = [
        Key(
            "idle_connections", \.idleConnections, .count(0...10_000),
            "So many are kept to each process or address, from each event loop. `0`: none."),
        Key(
            "idle_timeout", \.idleTimeout, .duration(anyTime),
            "How long one is kept; a second less than its server does, if that says so (`Keep-Alive: timeout=`)."),
    ]

    private static let node: [Key<NodeSettings>] = [
        Key(
            "max_old_space", \.maxOldSpace, .size(16_777_216...anySize), none: "auto",
            "Most memory of the JavaScript heap (`--max-old-space-size`). `auto`: from the process's share of the memory."
        ),
        Key(
            "threadpool", \.threadpool, .count(1...1_024), none: "auto",
            "Threads for files, DNS and cryptography (`UV_THREADPOOL_SIZE`). `auto`: by the cores."),
        Key("arguments", \.arguments, .list(of: argument), "Arguments of `node` itself, before the entry."),
        Key(
            "blocked_after", \.blockedAfter, .duration(anyTime),
            "How long the event loop may stand still before requests go to other processes."),
    ]

    private static let argument = Scalar<String>.text("argument", expected: "an argument such as --enable-source-maps")
    {
        text throws(Refusal) in
        guard !text.isEmpty, !text.hasControls else { throw Refusal() }
        return text
    }
}
