import WeirCore

/// What the container may use, whoever says so: the least of control groups, the CPU set, the machine, and ECS. Cheap
/// enough to be read every second; a limit that was changed while the server runs is seen by the next reading.
package struct ContainerLimits: Hashable, Sendable {
    /// nil: nothing says anything.
    package var memory: Bytes?
    package var memorySource: String
    package var cpu: Double
    package var cpuSource: String

    package init(memory: ContainerMemory?, cpu: ContainerCPU, task: ContainerTask? = nil) {
        self.memory = memory?.limit
        memorySource = memory?.source ?? "unknown"
        self.cpu = cpu.cores
        cpuSource = cpu.source
        for limit in task?.memory ?? [] where limit.size < self.memory ?? Bytes(.max) {
            self.memory = limit.size
            memorySource = limit.source
        }
        if let task, let cores = task.cpu, cores < self.cpu {
            self.cpu = cores
            cpuSource = "Limits.CPU of the ECS task"
        }
    }

    package static func read(_ files: ContainerFiles = ContainerFiles(), task: ContainerTask? = nil) -> ContainerLimits
    {
        ContainerLimits(memory: ContainerMemory.read(files), cpu: ContainerCPU.read(files), task: task)
    }
}
