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
        case .node:
            app.pool.maxWorkers
                ?? NodeSizing.processes(
                    cores: resources.cores, memory: memory(of: app, in: settings, resources))
        case .http: app.pool.maxWorkers ?? 1
        }
    }

    func nodeShare(_ app: AppSettings, in settings: Settings) -> NodeGuest.Share {
        let resources = state.withLock { $0.resources }
        let memory = Self.memory(of: app, in: settings, resources)
        let processes = Self.instances(of: app, in: settings, resources) ?? 1
        return NodeGuest.Share(
            oldSpace: .mebibytes(NodeSizing.oldSpaceMebibytes(memory: memory, processes: processes)),
            semiSpace: .mebibytes(NodeSizing.semiSpaceMebibytes(memory: memory, processes: processes)),
            threadpool: NodeSizing.threadpool(cores: resources.cores, processes: processes),
            collectsInParallel: NodeSizing.hasIdleCores(cores: resources.cores, processes: processes))
    }

    func goShare(_ app: AppSettings, in settings: Settings) -> HTTPGuest.Share {
        let resources = state.withLock { $0.resources }
        let memory = Self.memory(of: app, in: settings, resources)
        let processes = Self.instances(of: app, in: settings, resources) ?? 1
        return HTTPGuest.Share(
            processors: GoSizing.maxProcs(cores: resources.cores),
            memory: GoSizing.memoryLimit(memory: memory, processes: processes))
    }

    /// The app's part of what the reserve leaves, by weight, while the server is as large as it is now.
    private static func memory(of app: AppSettings, in settings: Settings, _ resources: Resources) -> Bytes {
        let weights = settings.apps.reduce(0) { $0 + ($1.isExternal ? 0 : $1.weight) }
        let server = ProcessMemory.proportional(pid: getpid()) ?? 0
        let free = max(0, Double(resources.memory.count) * (1 - settings.resources.reserve) - Double(server.count))
        return Bytes(Int(free * Double(app.weight) / Double(max(1, weights))))
    }
}
