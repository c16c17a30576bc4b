import Glibc
import Logging
import NIOCore
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge
import WeirProcess

/// A program of `processes:` with its instances: does what its state machine says. Acts on the control loop only; its
/// state may be read from anywhere.
package final class SupervisedProgram: @unchecked Sendable {
    package struct State: Sendable {
        package var machine: SupervisorStateMachine
        /// Processor time of instances that have ended, as last measured.
        package var cpuOfEnded = Nanoseconds.zero
        /// Of those that run, by their number.
        package var cpu: [Int: Nanoseconds] = [:]

        package init(machine: SupervisorStateMachine) { self.machine = machine }

        package var cpuTotal: Nanoseconds { cpu.values.reduce(cpuOfEnded, +) }

        /// All of it at once.
        package var memory: Bytes { machine.instances.reduce(0) { $0 + ($1.memory ?? 0) } }
    }

    package let settings: ProcessSettings
    private let control: any EventLoop
    private let logger: Logger
    private let shared: Mutex<State>
    private var runs: [Int: ProgramRun] = [:]
    private var retirement: EventLoopPromise<Void>?

    /// `predecessor`: of the same name, whose counts go on; it has ended.
    package init(
        _ settings: ProcessSettings, control: any EventLoop, logger: Logger, seed: UInt64 = .random(in: 0 ... .max),
        after predecessor: State? = nil
    ) {
        self.settings = settings
        self.control = control
        var logger = logger
        logger[metadataKey: "process"] = "\(settings.name)"
        self.logger = logger
        var state = State(
            machine: SupervisorStateMachine(
                SupervisionPolicy(settings), seed: seed, tally: predecessor?.machine.tally ?? .init()))
        state.cpuOfEnded = predecessor?.cpuTotal ?? .zero
        shared = Mutex(state)
    }

    package var state: State { shared.withLock { $0 } }

    // MARK: On the control loop

    /// To be called several times a second.
    package func tick() {
        let now = EdgeLoop.now
        perform(decide { $0.tick(now: now) })
    }

    /// Reads some small files of every process.
    package func measure() {
        for (index, run) in runs {
            let tree = ProcessTree(of: run.pid)
            let (memory, cpu) = (tree.memory, tree.cpu)
            shared.withLock { state in
                if let memory { state.machine.measured(index, memory: memory) }
                // Children that end unwaited for take theirs with them, and a counter does not go back.
                if let cpu { state.cpu[index] = max(cpu, state.cpu[index] ?? .zero) }
            }
        }
    }

    /// One after the other. nil: all instances.
    package func restart(_ instance: Int?) {
        decide { $0.restart(instance) }
        logger.notice(
            "process.restarting",
            metadata: ["instance": "\(instance.map(String.init) ?? "all")", "reason": "asked for"])
        tick()
    }

    /// Stops all instances; done when none is left.
    package func retire() -> EventLoopFuture<Void> {
        let now = EdgeLoop.now
        perform(decide { $0.retire(now: now) })
        let promise = retirement ?? control.makePromise()
        retirement = promise
        finishIfRetired()
        return promise.futureResult
    }

    /// Ends everything at once.
    package func kill() { for run in runs.values { run.kill() } }

    @discardableResult
    private func decide<R: Sendable>(_ body: (inout SupervisorStateMachine) -> sending R) -> R {
        shared.withLock { body(&$0.machine) }
    }

    private func finishIfRetired() {
        if state.machine.isRetired { retirement?.succeed() }
    }

    // MARK: Acting

    private func perform(_ actions: [SupervisorStateMachine.Action]) {
        for action in actions {
            switch action {
            case .start(let index): start(index)
            case .stop(let index, let reason): stop(index, reason)
            case .kill(let index): killSlow(index)
            }
        }
    }

    private func start(_ index: Int) {
        let logger = logger(of: index)
        let now = EdgeLoop.now
        do {
            let run = try ProgramRun(
                ProgramCommand(settings, instance: index),
                log: .init(output: "process.stdout", error: "process.stderr", logger: logger), on: control
            ) { [self] status, lastWords in ended(index, status, lastWords) }
            runs[index] = run
            decide { $0.started(index, pid: run.pid, now: now) }
            logger.info("process.started", metadata: ["pid": "\(run.pid)"])
        } catch {
            let next = decide { $0.startFailed(index, reason: "\(error)", now: now) }
            logger.error("process.not_started", metadata: ["reason": "\(error)", "next": "\(words(next))"])
        }
    }

    private func stop(_ index: Int, _ reason: StopReason) {
        guard let run = runs[index] else { return }
        logger(of: index).info("process.stopping", metadata: ["pid": "\(run.pid)", "reason": "\(reason)"])
        run.signal(Int32(settings.stopSignal))
    }

    private func killSlow(_ index: Int) {
        guard let run = runs[index] else { return }
        logger(of: index).warning(
            "process.killed",
            metadata: [
                "pid": "\(run.pid)",
                "reason": "it did not end within stop_timeout (\(settings.stopTimeout.configured))",
            ])
        run.kill()
    }

    private func ended(_ index: Int, _ status: ExitStatus, _ lastWords: [String]) {
        let run = runs.removeValue(forKey: index)
        let now = EdgeLoop.now
        let (before, next) = shared.withLock { state in
            let before = state.machine.instances[index]
            state.cpuOfEnded = state.cpuOfEnded + (state.cpu.removeValue(forKey: index) ?? .zero)
            return (
                before,
                state.machine.exited(
                    index, what: status.description, isSuccess: status == .exited(code: 0), now: now)
            )
        }
        var metadata: Logger.Metadata = ["status": "\(status)", "next": "\(words(next))"]
        if let run { metadata["pid"] = "\(run.pid)" }
        if let since = before.since { metadata["seconds"] = "\((now - since).milliseconds.rounded() / 1_000)" }
        var level = Logger.Level.info
        if case .stopping = before.state {
            metadata["reason"] = "\(before.reason ?? .asked)"
        } else if status != .exited(code: 0) {
            level = settings.essential ? .error : .warning
            if !lastWords.isEmpty { metadata["last_words"] = "\(lastWords.joined(separator: " | "))" }
        }
        logger(of: index).log(level: level, "process.exited", metadata: metadata)
        finishIfRetired()
        // What may start again at once does.
        tick()
    }

    private func words(_ next: SupervisorStateMachine.Next) -> String {
        switch next {
        case .startsIn(.zero): "starts again"
        case .startsIn(let delay): "starts again in \((delay.milliseconds / 10).rounded() / 100) s"
        case .staysDown where state.machine.isRetiring: "none, it is not wanted any more"
        case .staysDown: "none, its restart is \(settings.restart.rawValue); 'weir restart \(settings.name)' starts it"
        }
    }

    private func logger(of index: Int) -> Logger {
        var logger = logger
        logger[metadataKey: "instance"] = "\(index)"
        return logger
    }
}

extension SupervisionPolicy {
    fileprivate init(_ settings: ProcessSettings) {
        self.init(
            instances: settings.instances, restart: settings.restart, maxMemory: settings.maxMemory,
            maxLifetime: settings.maxLifetime, stopTimeout: settings.stopTimeout)
    }
}

extension ProgramCommand {
    fileprivate init(_ settings: ProcessSettings, instance: Int) {
        let own = ["WEIR_PROCESS": settings.name, "WEIR_INSTANCE": String(instance)]
        self.init(
            words: settings.command, directory: settings.directory,
            environment: own.merging(settings.environment) { _, configured in configured })
    }
}
