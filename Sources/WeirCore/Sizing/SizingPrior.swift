/// What is assumed about a runtime's workers until they have been measured.
package struct SizingPrior: Hashable, Sendable {
    /// A worker's own memory.
    package var perWorker: Bytes
    /// What a pool's processes share.
    package var shared: Bytes
    /// Time a request waits for each unit of CPU time it needs.
    package var waitPerCPU: Double

    package init(perWorker: Bytes, shared: Bytes, waitPerCPU: Double) {
        self.perWorker = perWorker
        self.shared = shared
        self.waitPerCPU = waitPerCPU
    }

    /// Rules of thumb for php-fpm name 40 to 80 MB a process; they count shared pages with each, so the middle errs
    /// towards fewer workers. Shared: libphp, and half of OPcache's usual 128 MiB. Waiting: between an application
    /// that only computes (0) and one for which 20 workers on 2 cores are right (7).
    package static let php = SizingPrior(perWorker: .mebibytes(64), shared: .mebibytes(64), waitPerCPU: 4)
}
