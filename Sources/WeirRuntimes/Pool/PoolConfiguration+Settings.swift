import WeirConfig
import WeirCore

extension PoolConfiguration {
    /// `automatic`: the most workers where the settings leave that open. `graceful`: how long a stop waits for what is in
    /// flight.
    init(_ app: AppSettings, automatic: Int, graceful: Nanoseconds) {
        let pool = app.pool
        let most = pool.maxWorkers ?? automatic
        self.init(
            manager: Manager(app, most: most), maxRequests: pool.maxRequests, maxLifetime: pool.maxLifetime,
            maxRequestsJitter: pool.maxRequestsJitter, replaceShare: pool.replaceShare, bootTimeout: pool.bootTimeout,
            requestTimeout: app.timeouts.request, emergencyThreshold: pool.emergencyRestartThreshold,
            emergencyInterval: pool.emergencyRestartInterval, slowAfter: app.timeouts.slowAfter
        )
        guard app.runtime.speaksHTTP else { return }
        requestsAtOnce = app.concurrency
        drainTimeout = graceful
    }
}

extension PoolConfiguration.Manager {
    fileprivate init(_ app: AppSettings, most: Int) {
        let pool = app.pool
        switch pool.manager {
        // Processes that run many requests at once do not become more because one of them waits.
        case .auto where app.runtime.speaksHTTP, .dynamic where app.runtime.speaksHTTP: self = .static(count: most)
        case .static: self = .static(count: most)
        case .auto, .dynamic:
            self = .dynamic(start: pool.start, minSpare: pool.minSpare, maxSpare: pool.maxSpare, max: most)
        case .ondemand: self = .ondemand(idleTimeout: pool.processIdleTimeout, max: most)
        }
    }
}
