import Glibc
import Logging
import NIOCore
import WeirProcess

/// A command as it is configured: what to run, where, and with which variables besides those it inherits.
struct ProgramCommand: Sendable {
    let words: [String]
    let directory: String
    let environment: [String: String]

    fileprivate func program() throws(ProgramSearch.NotFound) -> ChildProcess {
        let variables = InheritedEnvironment.variables().merging(environment) { _, own in own }
        let path = try ProgramSearch.find(words[0], path: variables["PATH"], directory: directory)
        var program = ChildProcess(path: path, arguments: Array(words.dropFirst()), environment: variables)
        program.directory = directory
        return program
    }
}

/// One run of a program that Weir started itself: its output goes to the log line by line, and its end is told with its
/// last words. Made and told of on the control loop.
struct ProgramRun {
    /// Of its lines in the log: `process.stdout` and `process.stderr`.
    struct Log: Sendable {
        let output: Logger.Message
        let error: Logger.Message
        /// Says whose lines they are.
        let logger: Logger
    }

    private let process: SpawnedProcess
    var pid: Int32 { process.pid }

    /// What is known once it runs.
    private final class Late: @unchecked Sendable {
        var pid: Int32?
        var openPipes = 2
    }

    /// `onEnd` is called once, on `control`. When it ends, so does what is left of its process group.
    init(
        _ command: ProgramCommand, log: Log, on control: any EventLoop,
        onEnd: @escaping @Sendable (ExitStatus, _ lastWords: [String]) -> Void
    ) throws {
        control.preconditionInEventLoop()
        let words = LastWords()
        let late = Late()
        func pipe(_ event: Logger.Message, _ level: Logger.Level) throws(SystemError) -> GuestLog {
            try GuestLog(
                on: control,
                onEnd: {
                    late.openPipes -= 1
                    words.isComplete = late.openPipes == 0
                },
                { line in
                    words.add(line)
                    var metadata: Logger.Metadata = ["message": "\(line)"]
                    if let pid = late.pid { metadata["pid"] = "\(pid)" }
                    log.logger.log(level: level, event, metadata: metadata)
                })
        }
        let output = try pipe(log.output, .info)
        let error = try pipe(log.error, .warning)
        process = try SpawnedProcess(
            command.program(), output: output.descriptor, error: error.descriptor, takesGroupAlong: true
        ) { status in
            control.execute { words.whenRead(on: control) { onEnd(status, words.lines) } }
        }
        late.pid = process.pid
    }

    /// To the process alone.
    func signal(_ number: Int32) { process.signal(number) }

    /// With its children.
    func kill() { process.signal(SIGKILL, includingChildren: true) }
}
