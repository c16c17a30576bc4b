/// How long requests wait for each unit of CPU time they take, apart from waiting for a CPU.
///
///     wait = wall - cpu - runDelay        w = (k * prior * c + wait) / (k * c + cpu)        k = 50
///
///     wall      time workers were busy with requests        cpu  CPU time they used meanwhile
///     runDelay  time they could have run, but another ran or the CPU quota was used up
///     c         mean CPU time of a request: the prior counts like k requests
///
/// wait and cpu are sums over the recent past: those of each observation are added to nine tenths of the sums before,
/// and only requests make the past fade, so a quiet night forgets nothing.
///
/// Why runDelay: of a wall time of 100 ms with 20 ms CPU, 80 ms may be waiting for a database, and more workers help;
/// or waiting for a core, and more workers make it worse. Who takes the second for the first adds workers, which then
/// wait longer, so that still more are added. Linux counts it in `/proc/PID/schedstat`, the time a CPU quota holds
/// processes back included.
///
/// Where the kernel does not say it, only times count in which the workers used less than half of the cores: what
/// little they waited for a core then cannot feed on itself.
///
/// Worked row: prior 4; 450 requests with 9 s wall, 2.25 s cpu, 2.25 s runDelay: wait = 4.5 s, c = 5 ms, k * c = 0.25 s;
/// w = (0.25 * 4 + 4.5) / (0.25 + 2.25) = 2.2.
package struct RequestCost: Sendable {
    package static let priorRequests = 50.0
    static let remembered = 0.9
    static let calmShare = 0.5

    private let prior: Double
    private var count = 0.0
    private var cpu = 0.0
    private var wait = 0.0

    package init(prior: Double) { self.prior = prior }

    package mutating func observe(_ requests: SizingInput.Requests, elapsed: Nanoseconds, cores: Double) {
        guard requests.count > 0, requests.cpu > .zero else { return }
        if requests.runDelay == nil {
            guard requests.cpu.seconds < elapsed.seconds * cores * Self.calmShare else { return }
        }
        let delay = requests.runDelay?.seconds ?? 0
        count = count * Self.remembered + Double(requests.count)
        cpu = cpu * Self.remembered + requests.cpu.seconds
        wait = wait * Self.remembered + max(0, requests.wall.seconds - requests.cpu.seconds - delay)
    }

    package var waitPerCPU: Double {
        guard count > 0 else { return prior }
        let assumed = Self.priorRequests * cpu / count
        return (assumed * prior + wait) / (assumed + cpu)
    }

    var basis: String { count == 0 ? "assumed, nothing measured yet" : "measured" }
}
