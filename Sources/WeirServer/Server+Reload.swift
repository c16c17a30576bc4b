import Logging
import WeirConfig
import WeirCore
import WeirEdge
import WeirRuntimes

/// What became of a reload.
package struct ReloadReport: Sendable {
    package enum Result: String, Sendable, CaseIterable {
        case done
        /// The configuration is not valid, or an address cannot be listened on.
        case refused
        /// The new generation did not become ready.
        case failed
    }

    package var result: Result
    /// The one in force now.
    package var generation: Int
    /// Why it was not done; warnings of the configuration otherwise.
    package var messages: [String] = []
}

/// Another configuration, or other workers, without a request lost: the new generation starts beside the old one, takes
/// over once it is ready, and the old one finishes what it has begun. Until then nothing has changed, so that whatever
/// goes wrong costs nothing.
extension Server {
    /// Old generations at the same time: the next one waits until one of them is gone.
    private static let retiringMax = 4

    /// Reads the configuration again and changes to it. One change at a time, in order.
    package func reload() async -> ReloadReport {
        let report = await change { [self] in
            let configuration: Configuration
            do {
                configuration = try loadConfiguration()
            } catch {
                return refuse(.refused, lines(error))
            }
            return await change(to: configuration.settings, warnings: configuration.warnings.map(\.description))
        }
        assembly.measurements.reloaded(report.result)
        return report
    }

    /// Replaces all workers of an app whose workers keep crashing.
    func watch(_ apps: [App]) {
        for app in apps {
            guard case .managed(let pool) = app.backend else { continue }
            pool.onEmergency = { [weak self, weak app] reason in
                guard let self, let app else { return }
                Task { await self.renew(app, reason: reason) }
            }
        }
    }

    /// Replaces one app's workers and their fork server.
    func renew(_ app: App, reason: String) async {
        _ = await change { [self] in
            let current = generation
            guard current.apps.contains(where: { $0 === app }) else {
                return ReloadReport(result: .done, generation: current.number)
            }
            logger.warning("app.renewing", metadata: ["app": "\(app.settings.name)", "reason": "\(reason)"])
            return await change(to: current.settings, keeping: current.apps.filter { $0 !== app })
        }
    }

    func begin(_ apps: [App]) {
        for app in apps {
            assembly.sizing.begin(app)
            app.start()
        }
    }

    private func change(_ body: @escaping @Sendable () async -> ReloadReport) async -> ReloadReport {
        let task = state.withLock { state in
            let task = Task { [previous = state.change, self] in
                _ = await previous?.value
                if isStopping { return refuse(.refused, ["the server is stopping"]) }
                return await body()
            }
            state.change = task
            return task
        }
        return await task.value
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    private func change(
        to settings: Settings, keeping kept: [App] = [], warnings: [String] = []
    ) async -> ReloadReport {
        let started = EdgeLoop.now
        await makeRoom()
        let old = generation
        let next: Generation
        let accessLog: Logs.Access?
        let change: Listeners.Change
        do {
            accessLog = try logs.open(settings.accessLog, loops: loops.count)
            next = try assembly.generation(old.number + 1, settings, accessLog: accessLog?.log, keeping: kept)
            change = try await listeners.prepare(settings)
        } catch {
            return refuse(.refused, ["\(error)"])
        }
        watch(next.apps(notIn: old))
        begin(next.apps(notIn: old))
        do {
            try await prepare(next.apps(notIn: old), of: next)
            // Who comes by a new address before all loops have changed over is served as the old generation says.
            try await listeners.accept(change)
        } catch {
            await listeners.abandon(change)
            for app in next.apps(notIn: old) {
                Task { [sizing = assembly.sizing] in
                    await app.drain(deadline: EdgeLoop.now)
                    sizing.end(app)
                }
            }
            return refuse(.failed, ["\(error)"])
        }
        // From here on nothing can fail.
        await adopt(next)
        await listeners.commit(change)
        logs.use(accessLog)
        takeOver(next, from: old)
        logger.notice(
            "reload.done",
            metadata: [
                "generation": "\(next.number)", "seconds": "\((EdgeLoop.now - started).milliseconds.rounded() / 1_000)",
            ])
        return ReloadReport(result: .done, generation: next.number, messages: warnings + sayWhatStays(old, next))
    }

    private func takeOver(_ next: Generation, from old: Generation) {
        logs.setLevel(next.settings.logLevel)
        assembly.admission.setLimits(
            next.settings.limits.connections, perAddress: next.settings.limits.connectionsPerAddress)
        let retirement = Task { [assembly, loops] in
            await old.retire(for: next, on: loops)
            for app in old.apps(notIn: next) {
                assembly.measurements.ended(app)
                assembly.sizing.end(app)
            }
        }
        state.withLock { state in
            state.generation = next
            state.retiring.append((old, retirement))
        }
    }

    /// Waits while too many old generations are about: each has processes.
    private func makeRoom() async {
        while let oldest = state.withLock({ $0.retiring.count >= Self.retiringMax ? $0.retiring.removeFirst() : nil }) {
            await oldest.end.value
        }
    }

    /// What only another process can have otherwise.
    private func sayWhatStays(_ old: Generation, _ next: Generation) -> [String] {
        var stays: [String] = []
        if old.settings.loops != next.settings.loops { stays.append("loops") }
        if old.settings.user != next.settings.user { stays.append("user") }
        return stays.map { key in
            logger.warning("reload.key_stays", metadata: ["key": "\(key)", "next": "restart, or upgrade with SIGUSR2"])
            return "'\(key)' stays as it was: restart, or upgrade with SIGUSR2"
        }
    }

    private func refuse(_ result: ReloadReport.Result, _ messages: [String]) -> ReloadReport {
        for message in messages {
            logger.error("reload.\(result.rawValue)", metadata: ["reason": "\(message)"])
        }
        return ReloadReport(result: result, generation: generation.number, messages: messages)
    }

    private func lines(_ error: any Error) -> [String] {
        "\(error)".split(separator: "\n").map(String.init)
    }
}
