import WeirConfig
import WeirCore
import WeirProcess

/// What the server may use at one moment, and who says so: the configuration, else the container, else the machine.
struct Resources: Equatable, Sendable {
    var memory: Bytes
    var memorySource: String
    var cores: Double
    var coresSource: String
    /// In the container, without what the kernel can take back. nil: a bound below the container's was configured, and
    /// only what belongs to Weir counts towards it.
    var memoryInUse: Bytes?

    /// Where nobody says how much memory there is.
    private static let assumedMemory = Bytes.gibibytes(1)

    static func read(_ configured: ResourceSettings, _ files: ContainerFiles, task: ContainerTask?) -> Resources {
        let found = ContainerLimits.read(files, task: task)
        var resources = Resources(
            memory: found.memory ?? assumedMemory, memorySource: found.memory == nil ? "assumed" : found.memorySource,
            cores: found.cpu, coresSource: found.cpuSource, memoryInUse: ContainerMemory.read(files)?.inUse)
        if let memory = configured.memory {
            if memory < resources.memory { resources.memoryInUse = nil }
            resources.memory = memory
            resources.memorySource = "resources.memory"
        }
        if let cores = configured.cpu {
            resources.cores = cores
            resources.coresSource = "resources.cpu"
        }
        return resources
    }

    func hasSameLimits(as other: Resources) -> Bool { memory == other.memory && cores == other.cores }
}
