import Foundation
import Logging
import WeirConfig
import WeirCore
import WeirServer

/// The application as it is audited: in worker mode, on a port of its own, with one worker.
struct AuditedApplication {
    enum Role {
        /// Every request finds a worker that has served none.
        case fresh
        /// One worker serves all requests, and what survives them is looked for.
        case old
    }

    let server: Server
    let client: PageClient

    /// `port`: 0 for any. Answers may hold it, so that they are alike only from the same one.
    static func start(_ configuration: Configuration, _ role: Role, port: Int) async throws -> AuditedApplication {
        var configuration = configuration
        configuration.settings.prepare(for: role, port: port)
        let server = try Server(
            configuration, reloading: { [configuration] in configuration },
            logs: Logs(level: configuration.settings.logLevel))
        let addresses = try await server.start(whenReady: true)
        guard let address = addresses.first else { throw PageClient.Failure(description: "no address is listened on") }
        return AuditedApplication(server: server, client: try PageClient(address))
    }

    /// The configuration, in worker mode: an application that is not in it already is put into it.
    static func configuration(of target: String, script: String?) throws -> Configuration {
        var options = try ServeOptions.parse([target])
        var configuration = try options.load()
        if !configuration.settings.apps.contains(where: { $0.mode == .worker }) {
            options.mode = Mode.worker.rawValue
            configuration = try options.load()
        }
        guard configuration.settings.apps.contains(where: { $0.mode == .worker }) else {
            throw PageClient.Failure(description: "\(target) has no PHP application that worker mode could run")
        }
        if let script {
            let chosen = WorkerScript(script)
            for index in configuration.settings.apps.indices where configuration.settings.apps[index].mode == .worker {
                configuration.settings.apps[index].worker.script = chosen
            }
        }
        return configuration
    }
}

extension WorkerScript {
    /// A word for one of Weir's own, otherwise a file seen from here.
    fileprivate init(_ text: String) {
        self =
            BuiltIn(rawValue: text).map(WorkerScript.builtIn)
            ?? .file(URL(fileURLWithPath: text).standardizedFileURL.path)
    }
}

extension Settings {
    fileprivate mutating func prepare(for role: AuditedApplication.Role, port: Int) {
        listen = [.tcp(host: "127.0.0.1", port: port)]
        admin.listen = .off
        accessLog.format = .off
        logLevel = .error
        health = HealthSettings()
        health.health = nil
        health.ready = nil
        loops = 1
        timeouts.graceful = .seconds(2)
        for index in apps.indices where apps[index].runtime == .php { apps[index].prepare(for: role) }
    }
}

extension AppSettings {
    fileprivate mutating func prepare(for role: AuditedApplication.Role) {
        audit = role == .old && mode == .worker
        warm = []
        retry = .off
        pool.manager = .static
        pool.maxWorkers = 1
        pool.adaptiveConcurrency = false
        pool.maxRequests = role == .fresh ? 1 : 0
        pool.maxRequestsJitter = 0
        pool.maxMemory = nil
        pool.maxMemoryHard = nil
        pool.maxLifetime = nil
    }
}
