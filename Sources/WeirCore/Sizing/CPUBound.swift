/// How many workers keep the cores busy.
///
///     n = C * (1 + w)        workers = max(ceil(C) + 1, ceil(n + sqrt(C * w)))
///
///     C  cores the container may use, also a fraction       w  wait / cpu of the requests: ``RequestCost``
///
/// A request computes for a time and waits, for a database or another service, for w times as long. While it waits its
/// core is free for others: n requests keep the cores busy if they take turns perfectly. They do not. C * w of the n
/// wait on average, give or take the square root of it, so as many workers more are added. With computing and waiting
/// times exponentially distributed, which is a bad case, that keeps the cores at least 90 % busy, mostly 95 % and more;
/// still more workers would buy almost nothing and cost memory. One more than the cores is the least, so that a core
/// is not idle while a finished request is exchanged for the next.
///
/// Assumption: w does not depend on how many workers there are. Where the database slows down with them, the bound of
/// ``DownstreamBound`` is the one to set.
///
/// Source: B. Goetz, "Java Concurrency in Practice", 2006, section 8.2, for n; W. Whitt, "Understanding the efficiency
/// of multi-server service systems", 1992, for the square root.
///
/// Worked rows: C = 0.5, w = 3: n = 2; 2 + 1.22: 4 workers. C = 2, w = 9: n = 20; 20 + 4.24: 25 workers.
/// C = 4, w = 0: n = 4: 5 workers.
package struct CPUBound: Hashable, Sendable {
    package var cores: Double
    package var waitPerCPU: Double

    package init(cores: Double, waitPerCPU: Double) {
        self.cores = cores
        self.waitPerCPU = waitPerCPU
    }

    package var perfectTurns: Double { max(0, cores) * (1 + max(0, waitPerCPU)) }

    package var workers: Int {
        // More than anybody has memory for, and not more than an Int holds.
        let most = 1e6
        let waiting = min(max(0, cores) * max(0, waitPerCPU), most)
        return max(
            Int(min(max(0, cores), most).rounded(.up)) + 1,
            Int((min(perfectTurns, most) + waiting.squareRoot()).rounded(.up)))
    }

    func arithmetic(_ basis: String) -> String {
        "cpu: \(Figures.short(cores)) cores x (1 + \(Figures.short(waitPerCPU)) wait/cpu, \(basis)) = "
            + "\(Figures.short(perfectTurns)), + the root of \(Figures.short(cores)) x \(Figures.short(waitPerCPU)): "
            + Figures.workers(workers)
    }
}
