extension Explanation {
    /// What the container may use, and who says so: a control group's file, ECS, the machine, or the configuration.
    package static func resources(
        memory: Bytes, memorySource: String, cores: Double, coresSource: String, lastChanged: Instant? = nil
    ) -> [Explanation] {
        [
            Explanation(
                name: "resources.memory", value: memory.inMebibytes, formula: "the least limit found",
                inputs: [("from", memorySource)], lastChanged: lastChanged,
                why: "what everything in the container may use"),
            Explanation(
                name: "resources.cpu", value: Figures.short(cores), formula: "the least quota found, or the CPU set",
                inputs: [("from", coresSource)], lastChanged: lastChanged,
                why: "cores that may be busy at the same time"),
        ]
    }
}
