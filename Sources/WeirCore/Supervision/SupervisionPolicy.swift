/// How the instances of one supervised program are kept running.
package struct SupervisionPolicy: Hashable, Sendable {
    /// What happens when an instance ends by itself.
    package enum Restart: String, Sendable, CaseIterable {
        case always
        /// Exit code 0 is the end of its work.
        case onFailure = "on_failure"
        case never
    }

    package var instances: Int
    package var restart: Restart
    /// Of one instance, its children included; beyond it the instance is replaced.
    package var maxMemory: Bytes?
    package var maxLifetime: Nanoseconds?
    /// From the stop signal to SIGKILL.
    package var stopTimeout: Nanoseconds

    package init(
        instances: Int = 1, restart: Restart = .always, maxMemory: Bytes? = nil, maxLifetime: Nanoseconds? = nil,
        stopTimeout: Nanoseconds = .seconds(10)
    ) {
        self.instances = instances
        self.restart = restart
        self.maxMemory = maxMemory
        self.maxLifetime = maxLifetime
        self.stopTimeout = stopTimeout
    }
}

/// Why an instance is stopped by Weir.
package enum StopReason: Hashable, Sendable, CustomStringConvertible {
    case memory(Bytes)
    case lifetime
    case asked
    /// Its definition has gone, or the server ends.
    case retired

    package var description: String {
        switch self {
        case .memory(let used): "it uses \(used.inMebibytes), more than max_memory"
        case .lifetime: "it has reached max_lifetime"
        case .asked: "asked for"
        case .retired: "it is not wanted any more"
        }
    }
}
