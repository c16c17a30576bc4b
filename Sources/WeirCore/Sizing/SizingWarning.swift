/// A fixed value, or one of the system's, that does not fit the rest: what is wrong, the numbers, and what to do.
package struct SizingWarning: Hashable, Sendable {
    package enum Code: String, Hashable, Sendable, CaseIterable {
        case workersExceedMemory = "workers_exceed_memory"
        case phpMemoryLimitExceedsMemory = "php_memory_limit_exceeds_memory"
        case workersExceedCPU = "workers_exceed_cpu"
        case littleCPUForWorkers = "little_cpu_for_workers"
        case backlogCut = "backlog_cut"
        case tooFewDescriptors = "too_few_descriptors"
        case queueOutlivesRequest = "queue_outlives_request"
        case queueOutlivesStop = "queue_outlives_stop"
        case opcacheFull = "opcache_full"
        case opcacheWasteful = "opcache_wasteful"
        case opcacheKeysFull = "opcache_keys_full"
        case opcacheMisses = "opcache_misses"
    }

    package var code: Code
    package var text: String

    package init(_ code: Code, _ text: String) {
        self.code = code
        self.text = text
    }
}
