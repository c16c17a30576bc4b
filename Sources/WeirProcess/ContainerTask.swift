import WeirCore

/// What ECS says about the task this container is part of, from its metadata endpoint, version 4. On Fargate a task's
/// limit may be below anything that control groups inside the container show.
///
/// The container's `CPU` is a weight in 1/1024 of a core, which limits nothing, so only the task's counts.
package struct ContainerTask: Hashable, Sendable {
    package struct Memory: Hashable, Sendable {
        package var size: Bytes
        package var source: String
    }

    package var memory: [Memory] = []
    /// In cores.
    package var cpu: Double?
    /// What could not be asked, or was not understood: for the log. The server goes on without it.
    package var problems: [String] = []

    package static let variable = "ECS_CONTAINER_METADATA_URI_V4"

    /// Asks twice and waits for the answers, a second each at most: not on an event loop. Limits of a task do not change
    /// while it runs, so once is enough. `address` is what ``variable`` says.
    package static func read(
        address: String, patience: Nanoseconds = .seconds(1)
    ) -> ContainerTask {
        var task = ContainerTask()
        task.ask(address + "/task", patience) { task, numbers in
            if let mebibytes = numbers["Limits.Memory"] { task.add(mebibytes, "Limits.Memory of the ECS task") }
            if let cores = numbers["Limits.CPU"], cores > 0 { task.cpu = cores }
        }
        task.ask(address, patience) { task, numbers in
            if let mebibytes = numbers["Limits.Memory"] { task.add(mebibytes, "Limits.Memory of the ECS container") }
        }
        return task
    }

    private mutating func ask(
        _ address: String, _ patience: Nanoseconds, _ take: (inout ContainerTask, [String: Double]) -> Void
    ) {
        do {
            let answer = try PlainHTTPRequest(address, patience: patience).send()
            take(&self, JSONNumbers.read(answer))
        } catch {
            problems.append("no limits from \(address): \(error.reason)")
        }
    }

    private mutating func add(_ mebibytes: Double, _ source: String) {
        guard mebibytes >= 1, mebibytes < 1e9 else { return }
        memory.append(Memory(size: Bytes(Int(mebibytes * 1_048_576)), source: source))
    }
}
