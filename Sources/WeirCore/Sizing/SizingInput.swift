/// What ``PoolSizer`` is told, each time it decides.
package struct SizingInput: Hashable, Sendable {
    /// A worker whose memory was measured.
    package struct Worker: Hashable, Sendable {
        package var requests: Int
        /// Private pages, dirty and clean.
        package var ownMemory: Bytes

        package init(requests: Int, ownMemory: Bytes) {
            self.requests = requests
            self.ownMemory = ownMemory
        }
    }

    /// The requests since the last decision.
    package struct Requests: Hashable, Sendable {
        package var count: Int
        /// Time workers were busy.
        package var wall: Nanoseconds
        /// CPU time of the workers.
        package var cpu: Nanoseconds
        /// Time they waited for a CPU; nil: the kernel does not say.
        package var runDelay: Nanoseconds?

        package init(count: Int, wall: Nanoseconds, cpu: Nanoseconds, runDelay: Nanoseconds?) {
            self.count = count
            self.wall = wall
            self.cpu = cpu
            self.runDelay = runDelay
        }

        package static let none = Requests(count: 0, wall: .zero, cpu: .zero, runDelay: .zero)
    }

    package enum Configured: Hashable, Sendable {
        case auto
        case fixed(Int)
    }

    package var now: Instant
    package var configured: Configured
    package var memoryLimit: Bytes
    /// Share of the limit that is kept free, 0...1.
    package var reserveShare: Double
    /// Used in the container now, without file pages the kernel can take back.
    package var memoryInUse: Bytes
    /// The server's own.
    package var server: Bytes
    /// What the other apps' pools use: the sum of their decisions' `poolMemory`.
    package var otherPools: Bytes
    /// The programs beside the apps.
    package var programs: ProgramMemory
    package var workers: [Worker]
    /// Live workers whose memory is not known yet.
    package var unmeasured: Int
    /// What the pool's processes share: the sum of their proportional sizes (PSS), the fork server's included, without
    /// what the workers have for themselves. nil: not measured yet.
    package var shared: Bytes?
    /// This app's part of the memory for workers: its weight over the sum of the apps' weights.
    package var share: Double
    package var requests: Requests
    package var cores: Double
    package var downstream: DownstreamBound?

    package init(
        now: Instant, configured: Configured = .auto, memoryLimit: Bytes,
        reserveShare: Double = MemoryBound.usualReserve, memoryInUse: Bytes, server: Bytes, otherPools: Bytes = 0,
        programs: ProgramMemory = ProgramMemory(), workers: [Worker] = [], unmeasured: Int = 0, shared: Bytes? = nil,
        share: Double = 1,
        requests: Requests = .none, cores: Double, downstream: DownstreamBound? = nil
    ) {
        self.now = now
        self.configured = configured
        self.memoryLimit = memoryLimit
        self.reserveShare = reserveShare
        self.memoryInUse = memoryInUse
        self.server = server
        self.otherPools = otherPools
        self.programs = programs
        self.workers = workers
        self.unmeasured = unmeasured
        self.shared = shared
        self.share = share
        self.requests = requests
        self.cores = cores
        self.downstream = downstream
    }
}
