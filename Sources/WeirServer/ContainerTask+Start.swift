import Glibc
import Logging
import WeirProcess

extension ContainerTask {
    /// Asked once, at the start. nil: nobody says that there is a task. Waits for answers, two seconds at most.
    static func ofThisProcess(logger: Logger) -> ContainerTask? {
        guard let address = getenv(variable).map({ String(cString: $0) }), !address.isEmpty else { return nil }
        let task = read(address: address)
        for problem in task.problems {
            logger.warning(
                "container.task_unreadable",
                metadata: [
                    "reason": "\(problem)",
                    "next": "control groups alone count; say resources.memory and resources.cpu if they show too much",
                ])
        }
        return task
    }
}
