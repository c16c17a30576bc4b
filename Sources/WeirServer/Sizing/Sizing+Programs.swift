import Glibc
import WeirConfig
import WeirCore
import WeirProcess
import WeirRuntimes

/// What the processes of a program are given: where those of PHP are as many as fit, these are told what they may use.
extension Sizing {
    /// How many there are; nil: as many as the sizer finds.
    static func instances(of app: AppSettings, in settings: Settings, _ resources: Resources) -> Int? {
        switch app.runtime {
        case .php, .fastcgi: app.pool.maxWorkers
        case .node, .http: share(of: app, in: settings, resources).processes
        }
    }

    /// As far as is known now.
    func share(of app: AppSettings, in settings: Settings) -> ProgramShare {
        Self.share(of: app, in: settings, state.withLock { $0.resources })
    }

    private static func share(of app: AppSettings, in settings: Settings, _ resources: Resources) -> ProgramShare {
        let weights = settings.apps.reduce(0) { $0 + ($1.isExternal ? 0 : $1.weight) }
        var share = ProgramShare(
            app: app.name, limit: resources.memory, reserveShare: settings.resources.reserve,
            server: ProcessMemory.proportional(pid: getpid()) ?? 0, part: Double(app.weight) / Double(max(1, weights)),
            cores: resources.cores, coresSource: resources.coresSource)
        share.processes = app.pool.maxWorkers ?? (app.runtime == .node ? share.nodeProcesses : 1)
        return share
    }
}

extension ProgramShare {
    func ofNode(_ app: AppSettings) -> NodeGuest.Share {
        NodeGuest.Share(
            oldSpace: oldSpace, semiSpace: semiSpace, threadpool: app.node.threadpool ?? threadpool,
            collectsInParallel: NodeSizing.hasIdleCores(cores: cores, processes: processes))
    }

    var ofGo: HTTPGuest.Share { HTTPGuest.Share(processors: maxProcs, memory: memoryLimit) }

    /// The numbers with which `program` is started, and who says each.
    func explanations(_ app: AppSettings, _ program: ChildProcess) -> [Explanation] {
        let isNode = app.runtime == .node
        let saidProcesses = app.pool.maxWorkers.map { SaidNumber("\($0)", by: "apps.\(app.name).pool.max_workers") }
        let common = [
            processesExplanation(ofNode: isNode, said: saidProcesses),
            Explanation.places(
                app: app.name, at: processes, "processes", atOnce: app.concurrency,
                isSaid: app.pool.concurrency != nil),
            memoryExplanation,
        ]
        guard isNode else {
            return common
                + goExplanations(
                    maxProcs: said("GOMAXPROCS", app, program, found: "\(maxProcs)"),
                    memoryLimit: said("GOMEMLIMIT", app, program, found: memoryLimit))
        }
        return common
            + nodeExplanations(
                oldSpace: saidOldSpace(app, program),
                threadpool: said(
                    "UV_THREADPOOL_SIZE", app, program, found: "\(threadpool)",
                    key: app.node.threadpool.map { ("\($0)", "apps.\(app.name).node.threadpool") }))
    }

    /// `key`: of the configuration, for this alone.
    private func said(
        _ variable: String, _ app: AppSettings, _ program: ChildProcess, found: String,
        key: (value: String, name: String)? = nil
    ) -> SaidNumber? {
        guard let value = program.environment[variable] else { return nil }
        if app.environment[variable] != nil {
            return SaidNumber(value, by: "\(variable) in apps.\(app.name).environment")
        }
        if let key, key.value == value { return SaidNumber(value, by: key.name) }
        return value == found ? nil : SaidNumber(value, by: "\(variable) in the environment of the container")
    }

    private func saidOldSpace(_ app: AppSettings, _ program: ChildProcess) -> SaidNumber? {
        let words = (program.arguments + [program.environment["NODE_OPTIONS"] ?? ""]).joined(separator: " ")
            .replacing("_", with: "-")
        // The last one counts.
        guard let option = words.ranges(of: "--max-old-space-size").last else { return nil }
        let digits = words[option.upperBound...].dropFirst().prefix { $0.isNumber }
        guard let mebibytes = Int(digits), mebibytes <= 1 << 40 else { return nil }
        let value = Bytes.mebibytes(mebibytes)
        guard value != oldSpace else { return nil }
        let isKey = app.node.maxOldSpace.map { $0.count >> 20 == mebibytes } ?? false
        return SaidNumber(
            value.inMebibytes,
            by: isKey ? "apps.\(app.name).node.max_old_space" : "what the application is started with")
    }
}
