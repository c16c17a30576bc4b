import CWeirSystem
import Glibc
import WeirCore

/// How many cores the container may use, and what it used.
///
/// The limit is the least of the quotas of the group and those around it (`cpu.max` of version 2, `cpu.cfs_quota_us` of
/// version 1), and of the cores this process may be scheduled on, which cpusets and `taskset` decide.
package struct ContainerCPU: Hashable, Sendable {
    package var cores: Double
    /// The file that says so, or the CPU set.
    package var source: String
    /// CPU time used since the container started; of the machine, where no group counts it. nil: unknown.
    package var used: Nanoseconds?
    /// Periods in which the quota was used up, and how long processes were held back.
    package var throttledPeriods: Int
    package var throttled: Nanoseconds

    package static func read(_ files: ContainerFiles, affinity: Int = Int(weir_affinity_cores())) -> ContainerCPU {
        let quota = files.cpu?.quotas().min { $0.cores < $1.cores }
        let directory = quota?.directory ?? files.cpu?.own
        let counters = directory.map { SmallFile.readTable("\($0)/cpu.stat") } ?? [:]
        var reading = ContainerCPU(
            cores: Double(affinity), source: "cores this process may run on", used: files.usedCPU(),
            throttledPeriods: counters["nr_throttled"] ?? 0,
            throttled: counters["throttled_time"].map { Nanoseconds($0) }
                ?? .microseconds(counters["throttled_usec"] ?? 0))
        if let quota, quota.cores < reading.cores {
            reading.cores = quota.cores
            reading.source = "\(quota.file) of \(files.shown(quota.directory))"
        }
        return reading
    }
}

private struct CPUQuota {
    let cores: Double
    let file: String
    let directory: String
}

extension ContainerCgroup {
    fileprivate func quotas() -> [CPUQuota] {
        directories.compactMap { directory in
            let quota: Int
            let period: Int
            switch version {
            case .two:
                let words = (SmallFile.read("\(directory)/cpu.max") ?? "").split(whereSeparator: \.isWhitespace)
                // `max 100000`: none.
                guard words.count == 2, let first = Int(words[0]), let second = Int(words[1]) else { return nil }
                (quota, period) = (first, second)
            case .one:
                guard let first = SmallFile.readNumber("\(directory)/cpu.cfs_quota_us"),
                    let second = SmallFile.readNumber("\(directory)/cpu.cfs_period_us")
                else { return nil }
                (quota, period) = (first, second)
            }
            guard quota > 0, period > 0 else { return nil }
            return CPUQuota(
                cores: Double(quota) / Double(period), file: version == .two ? "cpu.max" : "cpu.cfs_quota_us",
                directory: directory)
        }
    }
}

extension ContainerFiles {
    fileprivate func usedCPU() -> Nanoseconds? {
        switch cpuTime?.version {
        case .two:
            if let directory = cpuTime?.own, let used = SmallFile.readTable("\(directory)/cpu.stat")["usage_usec"] {
                return .microseconds(used)
            }
        case .one:
            if let directory = cpuTime?.own, let used = SmallFile.readNumber("\(directory)/cpuacct.usage") {
                return Nanoseconds(used)
            }
        case nil: break
        }
        // user nice system idle iowait irq softirq steal: all but the two idle ones and what others took.
        guard let line = SmallFile.read("\(root)/proc/stat")?.split(separator: "\n").first else { return nil }
        let ticks = line.split(separator: " ").dropFirst().prefix(7).compactMap { Int($0) }
        guard ticks.count == 7 else { return nil }
        let used = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]
        return Nanoseconds(used * (1_000_000_000 / max(1, sysconf(Int32(_SC_CLK_TCK)))))
    }
}
