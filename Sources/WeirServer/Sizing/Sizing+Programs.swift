import WeirConfig
import WeirCore
import WeirRuntimes

/// What the processes of a program are given: where those of PHP are as many as fit, these are told what to use.
extension Sizing {
    /// How many there are where the settings leave it open: Node.js computes on one core a process, other programs use all
    /// cores by themselves.
    static func instances(of app: AppSettings, cores: Double) -> Int? {
        switch app.runtime {
        case .php, .fastcgi: app.pool.maxWorkers
        case .node: app.pool.maxWorkers ?? max(1, Int(cores.rounded(.up)))
        case .http: app.pool.maxWorkers ?? 1
        }
    }
}
extension Sizing {
    func nodeShare(_ app: AppSettings, in settings: Settings) -> NodeGuest.Share { .init(oldSpace: nil, threadpool: nil) }
    func goShare(_ app: AppSettings, in settings: Settings) -> HTTPGuest.Share { .init(processors: 1, goMemory: nil) }
}
