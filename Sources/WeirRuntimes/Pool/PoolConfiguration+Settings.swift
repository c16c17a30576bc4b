import WeirConfig
import WeirCore

extension PoolConfiguration {
    /// `automatic`: the most workers where the settings leave that open.
    init(_ app: AppSettings, automatic: Int) {
        let pool = app.pool
        let most = pool.maxWorkers ?? automatic
        let manager: Manager =
            switch pool.manager {
            case .static: .static(count: most)
            case .auto, .dynamic:
                .dynamic(start: pool.start, minSpare: pool.minSpare, maxSpare: pool.maxSpare, max: most)
            case .ondemand: .ondemand(idleTimeout: pool.processIdleTimeout, max: most)
            }
        self.init(
            manager: manager, maxRequests: pool.maxRequests, maxLifetime: pool.maxLifetime,
            maxRequestsJitter: pool.maxRequestsJitter, replaceShare: pool.replaceShare, bootTimeout: pool.bootTimeout,
            requestTimeout: app.timeouts.request, emergencyThreshold: pool.emergencyRestartThreshold,
            emergencyInterval: pool.emergencyRestartInterval, slowAfter: app.timeouts.slowAfter
        )
    }
}
