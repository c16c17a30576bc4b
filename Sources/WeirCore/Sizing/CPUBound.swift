/// How many workers keep the cores busy.
///
///     n = C * (1 + w)        workers = max(ceil(C) + 1, ceil(n + sqrt(n)))
///
///     C  cores the container may use, also a fraction       w  wait / cpu of the requests: ``RequestCost``
///
/// A request computes for a time and waits, for a database or another service, for w times as long. While it waits its
/// core is free for 1 + w requests in turn: n keep the cores busy if they take turns perfectly. They do not, so
/// sqrt(n) more are added, the spread of how many compute at the same moment. With computing and waiting times
/// exponentially distributed, which is a bad case, that keeps the cores at least 92 % busy, mostly 95 % and more;
/// still more workers would buy almost nothing and cost memory. One more than the cores is the least, so that a core
/// is not idle while a finished request is exchanged for the next.
///
/// Assumption: w does not depend on how many workers there are. Where the database slows down with them, the bound of
/// ``DownstreamBound`` is the one to set.
///
/// Source: B. Goetz, "Java Concurrency in Practice", 2006, section 8.2, for n; W. Whitt, "Understanding the efficiency
/// of multi-server service systems", 1992, for the square root.
///
/// Worked rows: C = 0.5, w = 3: n = 2; 2 + 1.41: 4 workers. C = 2, w = 9: n = 20; 20 + 4.47: 25 workers.
/// C = 4, w = 0: n = 4: 6 workers.
package struct CPUBound: Hashable, Sendable {
    package var cores: Double
    package var waitPerCPU: Double

    package init(cores: Double, waitPerCPU: Double) {
        self.cores = cores
        self.waitPerCPU = waitPerCPU
    }

    package var perfectTurns: Double { max(0, cores) * (1 + max(0, waitPerCPU)) }

    package var workers: Int {
        // More than anybody has memory for, and less than an Int cannot hold.
        let bounded = min(perfectTurns, 1e6)
        return max(Int(min(max(0, cores), 1e6).rounded(.up)) + 1, Int((bounded + bounded.squareRoot()).rounded(.up)))
    }

    func arithmetic(_ basis: String) -> String {
        "cpu: \(Figures.short(cores)) cores x (1 + \(Figures.short(waitPerCPU)) wait/cpu, \(basis)) = "
            + "\(Figures.short(perfectTurns)), and its square root more: \(workers) workers"
    }
}
