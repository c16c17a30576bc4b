import Testing
import WeirCore

@testable import WeirConfig

@Suite struct ShowTests {
    @Test func whatShowPrintsLoadsToEqualSettings() throws {
        for golden in Golden.all(in: "show") + Golden.all(in: "problems") {
            let sources = golden.sources
            guard let configuration = try? Configuration.load(sources) else { continue }
            try expectRoundTrip(configuration, facts: sources.facts, "\(golden)")
        }
    }

    @Test func anySettingsSurviveBeingShownAndLoaded() throws {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<300 {
            let settings = Settings.random(&random)
            let configuration = Configuration(settings: settings, origins: Origins(), warnings: [])
            try expectRoundTrip(configuration, facts: .unknown, "random settings")
        }
    }

    @Test func theDefaultsLoadWithoutAWarning() throws {
        let file = (name: "weir.yaml", text: "apps: {web: {runtime: php}}")
        let shown = try Configuration.load(ConfigurationSources(file: file, directory: "/srv/app")).shown()
        let again = try Configuration.load(ConfigurationSources(file: ("shown.yaml", shown), directory: "/"))
        #expect(again.warnings.isEmpty)
    }

    @Test func secretsAreShownOnlyWhenAskedFor() throws {
        let text = "apps: {web: {runtime: php, environment: {DB_PASSWORD: hunter2}}}"
        let sources = ConfigurationSources(file: ("weir.yaml", text), directory: "/srv/app")
        let configuration = try Configuration.load(sources)
        #expect(!configuration.shown().contains("hunter2"))
        #expect(configuration.shown(revealingSecrets: true).contains("hunter2"))
    }

    private func expectRoundTrip(_ configuration: Configuration, facts: FileFacts, _ comment: String) throws {
        let shown = configuration.shown(revealingSecrets: true)
        var sources = ConfigurationSources(file: ("shown.yaml", shown), directory: "/elsewhere")
        sources.facts = facts
        let again = try Configuration.load(sources)
        let isEqual = again.settings == configuration.settings
        #expect(isEqual, "\(comment)\n\(shown)")
        #expect(again.shown(revealingSecrets: true).withoutOrigins == shown.withoutOrigins)
    }
}

extension String {
    fileprivate var withoutOrigins: [Substring] {
        split(separator: "\n").map { line in line.lastRange(of: "  # ").map { line[..<$0.lowerBound] } ?? line }
    }
}

extension Substring {
    fileprivate func lastRange(of text: String) -> Range<Index>? { ranges(of: text).last }
}

extension Settings {
    /// Sound settings with odd values in every kind of place.
    fileprivate static func random(_ random: inout SeededGenerator) -> Settings {
        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
        func maybe() -> Bool { Bool.random(using: &random) }
        func span() -> Nanoseconds { .milliseconds(number(1...600_000)) }
        func size() -> Bytes { Bytes(number(1024...1_048_576)) }
        func text() -> String {
            let odd = [
                "", " ", "#", ": ", "- ", "'", "\"", "\\", "*", "&", "!", "%", "@", "`", "null", "true", "1", "é", "日",
                "\u{1F600}", "\t", "\n", "{", "[", ",", "\u{7F}", "\u{2028}", "a",
            ]
            return (0..<number(0...4)).map { _ in odd.randomElement(using: &random) ?? "" }.joined()
        }
        var settings = Settings()
        settings.listen = [
            .tcp(host: "::1", port: 8080), .unix(path: "/run/a b#c.sock"),
            .tcp(host: "10.0.0.1", port: number(0...65535)),
        ]
        settings.admin.listen =
            [.automatic, .off, .address(.unix(path: "/run/x"))].randomElement(using: &random) ?? .off
        settings.admin.token = maybe() ? "0123456789 abcdef: #" : nil
        settings.admin.mode = [0o600, 0o660, 0o007].randomElement(using: &random) ?? 0o600
        settings.resources.memory = maybe() ? .mebibytes(number(64...4096)) : nil
        settings.resources.cpu = maybe() ? Double(number(1...64)) / 4 : nil
        settings.resources.reserve = Double(number(0...100)) / 100
        settings.errorPages = maybe() ? [ErrorPage(status: 404, path: "/srv/404.html")] : []
        settings.health.fpmStatus = maybe() ? "/fpm" : nil
        settings.user = maybe() ? "www-data" : nil
        settings.trustedProxies = maybe() ? [AddressRange(bytes: [10, 0, 0, 0], prefix: 8)] : []
        settings.logLevel = LogLevel.allCases.randomElement(using: &random) ?? .info
        settings.accessLog.format = AccessLogSettings.Format.allCases.randomElement(using: &random) ?? .json
        settings.accessLog.path = maybe() ? "/var/log/a: b" : nil
        settings.health.health = maybe() ? "/up" : nil
        settings.health.ready = nil
        settings.health.status = maybe() ? "/s" : nil
        settings.loops = maybe() ? number(1...64) : nil
        settings.limits.body = size()
        settings.limits.responseMemory = size()
        settings.limits.connectionsPerAddress = maybe() ? number(1...100) : nil
        settings.limits.temporaryDirectory = maybe() ? "/tmp/x" : nil
        settings.timeouts.header = span()
        settings.timeouts.graceful = span()
        for name in ["web", "a-b", "_2"].prefix(number(1...3)) {
            var app = AppSettings(name: name, runtime: maybe() ? .php : .fastcgi, root: "/srv/\(name)/öffentlich")
            app.entry = maybe() ? "front controller.php" : nil
            app.addresses = app.runtime == .fastcgi ? [.tcp(host: "php", port: 9000)] : []
            app.pool.manager = PoolSettings.Manager.allCases.randomElement(using: &random) ?? .auto
            app.pool.maxWorkers = maybe() ? number(4...64) : nil
            app.pool.maxMemory = maybe() ? .mebibytes(number(1...64)) : nil
            app.pool.maxMemoryHard = maybe() ? .mebibytes(number(64...128)) : nil
            app.pool.maxLifetime = maybe() ? span() : nil
            app.pool.logGrowth = maybe() ? .mebibytes(number(1...64)) : nil
            app.pool.replaceShare = Double(number(0...100)) / 100
            app.downstream.connections = maybe() ? number(1...500) : nil
            app.retry = maybe() ? .idempotent : .off
            app.warm = maybe() ? ["/", "/a-b"] : []
            app.weight = number(1...9)
            app.pool.start = maybe() ? 3 : nil
            app.pool.maxRequestsJitter = Double(number(0...1000)) / 1000
            app.queue = QueueSettings(limit: number(0...9), timeout: span(), newestFirstAfter: maybe() ? span() : nil)
            app.timeouts.request = span()
            app.timeouts.slowAfter = maybe() ? span() : nil
            app.environment = ["A": text(), "B_KEY": text(), "C": text()]
            app.php.ini = ["a.b": text()]
            app.essential = maybe()
            app.files.root = app.root
            app.files.index = maybe() ? [] : ["a b.html", "#"]
            app.files.cacheControl = maybe() ? "public, max-age=60" : nil
            app.files.dotFiles = maybe()
            settings.apps.append(app)
        }
        var lane = LaneSettings(name: "bulk")
        lane.concurrency = maybe() ? number(1...9) : nil
        lane.weight = number(1...9)
        lane.priority = LaneSettings.Priority.allCases.randomElement(using: &random) ?? .normal
        settings.lanes = maybe() ? [lane] : []
        var data = StaticSettings()
        data.root = "/data"
        let actions: [RouteAction] = [
            .app("web", lane: settings.lanes.first?.name), .redirect(to: "/x?y=#z", status: 308),
            .respond(status: 503, body: text(), headers: ["X-A": "a: b # c"]), .files(data),
        ]
        for (index, action) in actions.enumerated() {
            var route = RouteSettings(action: action)
            route.path = "/\(index)/*"
            route.host = maybe() ? "*.example.com" : nil
            route.extensions = maybe() ? ["jpg", "é"] : []
            route.methods = maybe() ? ["GET", "M-SEARCH"] : []
            settings.routes.append(route)
        }
        return settings
    }
}
