import Logging
import NIOCore
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge
import WeirProcess
import WeirRuntimes

/// What runs beside the apps: `processes:` and `schedule:`. One for the server's whole life, whatever is reloaded
/// meanwhile. It works on the control loop.
final class Supervision: @unchecked Sendable {
    private enum Stage {
        /// The process that this one replaces has its own still.
        case waiting
        case running
        case stopping
    }

    /// What a configuration says of it, with the time zones it needs.
    struct Plan: Sendable {
        var processes: [ProcessSettings] = []
        var schedule: [ScheduleSettings] = []
        var zones: [String: TimeZoneTable] = [:]

        init() {}

        var isEmpty: Bool { processes.isEmpty && schedule.isEmpty }

        /// Reads the time zones: throws when one cannot be.
        init(_ settings: Settings) throws {
            processes = settings.processes
            schedule = settings.schedule
            for entry in schedule where entry.timezone != ScheduleSettings.utc && zones[entry.timezone] == nil {
                zones[entry.timezone] = try ZoneInfo.read(entry.timezone, directory: ScheduleSettings.zoneDirectory)
            }
        }
    }

    private static let tickInterval = TimeAmount.milliseconds(100)
    private static let measureInterval = TimeAmount.seconds(2)
    /// What cannot even be killed is not waited for longer.
    private static let patience = Nanoseconds.seconds(5)

    private let control: any EventLoop
    private let logger: Logger
    private let programs = Roster<SupervisedProgram>()
    private let commands = Roster<ScheduledCommand>()
    /// Of the control loop.
    private var stage = Stage.waiting
    private var plan = Plan()
    /// Seconds since 1970: what was due up to then was the business of the process before.
    private var since: Int?

    init(control: any EventLoop, logger: Logger) {
        self.control = control
        self.logger = logger
    }

    // MARK: What runs now

    var processes: [SupervisedProgram] { programs.members }
    var schedule: [ScheduledCommand] { commands.members }

    var isEmpty: Bool { processes.isEmpty && schedule.isEmpty }

    // MARK: Told by the server

    /// Starts what is planned. `since`: when the process that this one replaces stopped, in seconds since 1970.
    func begin(since: Int? = nil) {
        control.execute { [self] in
            guard stage == .waiting else { return }
            stage = .running
            self.since = since
            apply()
            self.since = nil
            control.scheduleRepeatedTask(initialDelay: Self.tickInterval, delay: Self.tickInterval) { _ in
                self.programs.tick()
                self.commands.tick()
            }
            control.scheduleRepeatedTask(initialDelay: Self.measureInterval, delay: Self.measureInterval) { _ in
                for program in self.processes { program.measure() }
            }
        }
    }

    /// This configuration is in force: what it has unchanged goes on untouched.
    func use(_ plan: Plan) {
        control.execute { [self] in
            self.plan = plan
            if stage == .running { apply() }
        }
    }

    private func apply() {
        let (control, logger, since) = (control, logger, since)
        programs.use(
            plan.processes.map { settings in
                .init(name: settings.name, settings: settings) {
                    SupervisedProgram(settings, control: control, logger: logger, after: $0?.state)
                }
            })
        commands.use(
            plan.schedule.map { [zones = plan.zones] settings in
                .init(name: settings.name, settings: settings) {
                    ScheduledCommand(
                        settings, zone: zones[settings.timezone] ?? .utc, control: control, logger: logger,
                        since: since, after: $0?.state)
                }
            })
    }

    /// Tells all of them to end and waits until they have: each has its own `stop_timeout`, then it is killed.
    func stop() async {
        let stopped = control.makePromise(of: Void.self)
        control.execute { [self] in
            stage = .stopping
            let timeouts =
                processes.map(\.settings.stopTimeout) + schedule.map { _ in ScheduleStateMachine.stopTimeout }
            let limit = (timeouts.max() ?? .zero) + Self.patience
            let timer = control.scheduleTask(in: .nanoseconds(Int64(limit.count))) { [logger] in
                logger.error("process.not_ended", metadata: ["reason": "it was killed and is there still"])
                stopped.succeed()
            }
            programs.retire(on: control).and(commands.retire(on: control)).whenComplete { _ in
                timer.cancel()
                stopped.succeed()
            }
        }
        try? await stopped.futureResult.get()
    }

    /// Ends everything at once.
    func kill() {
        control.execute { [self] in
            for program in processes { program.kill() }
            for command in schedule { command.kill() }
        }
    }

    // MARK: Asked by operators

    enum Refusal: Error {
        case noSuchProcess
        case noSuchInstance
    }

    /// `instance` nil: all of them. Returns which ones.
    func restart(_ name: String, instance: Int?) throws(Refusal) -> [Int] {
        guard let program = processes.first(where: { $0.settings.name == name }) else { throw .noSuchProcess }
        let all = 0..<program.settings.instances
        if let instance, !all.contains(instance) { throw .noSuchInstance }
        control.execute { program.restart(instance) }
        return instance.map { [$0] } ?? Array(all)
    }

    // MARK: What it means for others

    /// Essential ones that are down, for `/ready`.
    var missing: [String] {
        processes.filter { $0.settings.essential && !$0.state.machine.isUp }.map(\.settings.name)
    }

    /// Memory of the programs.
    var memory: ProgramMemory {
        processes.reduce(into: ProgramMemory()) { memory, program in
            memory.add(
                inUse: program.state.memory, maxMemory: program.settings.maxMemory,
                instances: program.settings.instances)
        }
    }
}
