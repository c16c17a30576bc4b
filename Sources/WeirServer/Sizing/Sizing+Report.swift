import WeirConfig
import WeirCore
import WeirEdge
import WeirProcess

/// Every number that was found and not configured, and what does not fit together.
extension Sizing {
    func report(now: Instant) -> ExplainReport {
        let state = state.withLock { $0 }
        let resources = state.resources
        let descriptors = (try? DescriptorLimit.read())?.soft
        let workers = state.apps.values.reduce(0) { $0 + $1.decision.workers }
        let connections = state.settings.limits.connections
        let idleUpstreams = idleUpstreams(state)

        var common = Explanation.resources(
            memory: resources.memory, memorySource: resources.memorySource, cores: resources.cores,
            coresSource: resources.coresSource, lastChanged: state.resourcesChanged)
        if state.settings.loops == nil {
            common.append(EventLoopCount.explanation(cores: resources.cores, source: resources.coresSource))
        }
        if let descriptors {
            common.append(
                DescriptorNeed.explanation(
                    limit: descriptors, connections: connections, workers: workers, idleUpstreams: idleUpstreams))
        }
        if let programs = supervision.memory.explanation { common.append(programs) }
        var report = ExplainReport(numbers: common.map { .init($0, app: nil, now: now) }, warnings: [])
        for (name, sized) in state.apps.sorted(by: { $0.key < $1.key }) {
            let newest = sized.generations.last
            let own = newest?.explanations ?? []
            let numbers = own.isEmpty ? sized.decision.explanations(app: name) : own
            report.numbers += (numbers + (newest?.pool?.concurrencyExplanation.map { [$0] } ?? []))
                .map { .init($0, app: name, now: now) }
        }
        for app in state.settings.apps where app.runtime == .http && app.isExternal {
            let places = Explanation.places(
                app: app.name, at: app.addresses.count, "addresses", atOnce: app.concurrency,
                isSaid: app.pool.concurrency != nil)
            report.numbers.append(.init(places, app: app.name, now: now))
        }

        var warnings: [SizingWarning?] = []
        warnings.append(
            ListenBacklog.somaxconn().flatMap {
                .backlogCut(backlog: state.settings.limits.backlog, somaxconn: $0)
            })
        warnings.append(
            descriptors.flatMap {
                .tooFewDescriptors(
                    limit: $0, connections: connections, workers: workers, idleUpstreams: idleUpstreams)
            })
        report.warnings += warnings.compactMap { $0 }.map { .init($0, app: nil) }
        for app in state.settings.apps {
            report.warnings += Self.warnings(app, state).map { .init($0, app: app.name) }
        }
        return report
    }

    /// Connections to programs that may wait for a request, at most.
    private func idleUpstreams(_ state: State) -> Int {
        state.settings.apps.reduce(0) { sum, app in
            guard app.runtime.speaksHTTP else { return sum }
            let processes = app.isExternal ? app.addresses.count : state.apps[app.name]?.decision.workers ?? 0
            return sum + app.upstream.idleConnections * loops * processes
        }
    }

    private static func warnings(_ app: AppSettings, _ state: State) -> [SizingWarning] {
        let queues =
            [("app '\(app.name)'", app.queue.timeout)]
            + state.settings.lanes.filter { lane in state.settings.leads(to: app.name, lane: lane.name) }
            .map { ("lane '\($0.name)'", $0.queue.timeout) }
        var warnings = queues.flatMap { name, timeout in
            SizingWarning.queueOutlives(
                name: name, queueTimeout: timeout, requestTimeout: app.timeouts.request,
                graceful: state.settings.timeouts.graceful)
        }
        guard let sized = state.apps[app.name] else { return warnings }
        let (bounds, workers) = (sized.decision.bounds, sized.decision.workers)
        if app.pool.maxWorkers != nil {
            warnings += [
                .workersExceedMemory(app: app.name, workers: workers, memory: bounds.memory),
                .workersExceedCPU(app: app.name, workers: workers, cpu: bounds.cpu),
            ].compactMap { $0 }
        }
        warnings += [
            .littleCPUForWorkers(app: app.name, workers: workers, cores: bounds.cpu.cores),
            .phpMemoryLimitExceedsMemory(
                app: app.name, workers: workers, phpLimit: sized.guest.memoryLimit, memory: bounds.memory),
        ].compactMap { $0 }
        return warnings + (sized.guest.opcache.map { SizingWarning.opcache(app: app.name, OPcacheUse($0)) } ?? [])
    }
}

extension Settings {
    fileprivate func leads(to app: String, lane: String) -> Bool {
        routes.contains { if case .app(app, lane) = $0.action { true } else { false } }
    }
}

extension OPcacheUse {
    fileprivate init(_ report: OpcacheReport) {
        self.init(
            used: Bytes(report.usedBytes), free: Bytes(report.freeBytes), wasted: Bytes(report.wastedBytes),
            cachedKeys: report.keys, maxKeys: report.maxKeys, scripts: report.scripts, hits: report.hits,
            misses: report.misses)
    }
}

extension ExplainReport.Number {
    fileprivate init(_ explanation: Explanation, app: String?, now: Instant) {
        self.init(
            app: app, name: explanation.name, value: explanation.value, formula: explanation.formula,
            inputs: explanation.inputs.map { .init(name: $0.name, value: $0.value) },
            arithmetic: explanation.arithmetic,
            changedSecondsAgo: explanation.lastChanged.map { (now - $0).seconds.rounded() }, why: explanation.why)
    }
}

extension ExplainReport.Warning {
    fileprivate init(_ warning: SizingWarning, app: String?) {
        self.init(app: app, code: warning.code.rawValue, text: warning.text)
    }
}
