import CWeirSystem

/// How many cores this container may use.
package enum ContainerCPU {
    /// The smaller of the CPU set and the cgroup's quota (v2 `cpu.max`, v1 `cpu.cfs_quota_us`), in cores.
    package static func available(root: String = "/sys/fs/cgroup") -> Double {
        min(Double(weir_affinity_cores()), quota(root: root) ?? .infinity)
    }

    static func quota(root: String) -> Double? {
        if let text = SmallFile.read("\(root)/cpu.max") {
            let words = text.split(whereSeparator: \.isWhitespace)
            guard words.count == 2, let quota = Double(words[0]), let period = Double(words[1]), period > 0 else {
                return nil
            }
            return quota / period
        }
        guard let quota = SmallFile.readNumber("\(root)/cpu/cpu.cfs_quota_us"), quota > 0,
            let period = SmallFile.readNumber("\(root)/cpu/cpu.cfs_period_us"), period > 0
        else { return nil }
        return quota / period
    }
}
