/// Workers that compute and wait in turn, both for exponentially distributed times, solved exactly: the machine repair
/// model. How busy the cores are, 0...1, is throughput over the most there can be.
enum ClosedQueue {
    static func utilization(workers: Int, cores: Double, waitPerCPU: Double) -> Double {
        guard waitPerCPU > 0 else { return min(Double(workers), cores) / cores }
        // Probability that k compute, in relation to none; rescaled so that it stays finite.
        var weight = 1.0
        var sum = 1.0
        var busy = 0.0
        for computing in 1...workers {
            weight *= Double(workers - computing + 1) / waitPerCPU / min(Double(computing), cores)
            sum += weight
            busy += weight * min(Double(computing), cores)
            if weight > 1e200 {
                weight /= 1e200
                sum /= 1e200
                busy /= 1e200
            }
        }
        return busy / sum / cores
    }

    /// The fewest workers that give 95 % of the most throughput there can be.
    static func bestSize(cores: Double, waitPerCPU: Double) -> Int {
        var workers = 1
        while utilization(workers: workers, cores: cores, waitPerCPU: waitPerCPU) < 0.95 { workers += 1 }
        return workers
    }
}
