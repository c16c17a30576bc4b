import Glibc
import Logging
import NIOCore
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge
import WeirProcess
import WeirTelemetry

/// An entry of `schedule:`: does what its state machine says. Acts on the control loop only; its state may be read from
/// anywhere.
package final class ScheduledCommand: @unchecked Sendable {
    package let settings: ScheduleSettings
    private let control: any EventLoop
    private let logger: Logger
    private let shared: Mutex<ScheduleStateMachine>
    private var run: ProgramRun?
    private var retirement: EventLoopPromise<Void>?

    /// `since`: what was due up to then was somebody else's, in seconds since 1970. `predecessor`: of the same name.
    package init(
        _ settings: ScheduleSettings, zone: TimeZoneTable, control: any EventLoop, logger: Logger, since: Int? = nil,
        after predecessor: ScheduleStateMachine? = nil
    ) {
        self.settings = settings
        self.control = control
        var logger = logger
        logger[metadataKey: "schedule"] = "\(settings.name)"
        self.logger = logger
        let trigger: ScheduleStateMachine.Trigger =
            switch settings.trigger {
            case .every(let span): .every(span)
            case .cron(let schedule): .cron(schedule, zone)
            }
        shared = Mutex(
            ScheduleStateMachine(
                trigger, timeout: settings.timeout, at: Self.now, since: since, tally: predecessor?.tally ?? .init(),
                last: predecessor?.last))
    }

    package var state: ScheduleStateMachine { shared.withLock { $0 } }

    package static var now: ScheduleStateMachine.Time {
        ScheduleStateMachine.Time(now: EdgeLoop.now, wall: WallClock.now.seconds)
    }

    // MARK: On the control loop

    /// To be called several times a second.
    package func tick() { perform(shared.withLock { $0.tick(Self.now) }) }

    /// Nothing is due any more; done when no run is left.
    package func retire() -> EventLoopFuture<Void> {
        perform(shared.withLock { $0.retire(Self.now) })
        let promise = retirement ?? control.makePromise()
        retirement = promise
        finishIfRetired()
        return promise.futureResult
    }

    package func kill() { run?.kill() }

    private func finishIfRetired() {
        if state.isRetired { retirement?.succeed() }
    }

    private func perform(_ actions: [ScheduleStateMachine.Action]) {
        for action in actions {
            switch action {
            case .start: start()
            case .stop: stop()
            case .kill:
                logger.warning("schedule.killed", metadata: pid.merging(["reason": "it did not end when asked"]) { $1 })
                run?.kill()
            case .skipped:
                logger.notice("schedule.skipped", metadata: pid.merging(["reason": "the last run goes on"]) { $1 })
            }
        }
    }

    private var pid: Logger.Metadata { run.map { ["pid": "\($0.pid)"] } ?? [:] }

    private func start() {
        let command = ProgramCommand(
            words: settings.command, directory: settings.directory, environment: settings.environment)
        do {
            let run = try ProgramRun(
                command, log: .init(output: "schedule.stdout", error: "schedule.stderr", logger: logger), on: control
            ) { [self] status, lastWords in ended(status, lastWords) }
            self.run = run
            shared.withLock { $0.started(Self.now) }
            logger.info("schedule.started", metadata: pid)
        } catch {
            shared.withLock { $0.startFailed("\(error)", Self.now) }
            logger.error("schedule.not_started", metadata: ["reason": "\(error)"])
        }
    }

    private func stop() {
        let reason =
            state.isRetiring
            ? "it is not wanted any more" : "it took longer than timeout (\(settings.timeout.configured))"
        logger.warning("schedule.stopping", metadata: pid.merging(["reason": "\(reason)"]) { $1 })
        run?.signal(SIGTERM)
    }

    private func ended(_ status: ExitStatus, _ lastWords: [String]) {
        var metadata = pid
        run = nil
        let last = shared.withLock {
            $0.exited(what: status.description, isSuccess: status == .exited(code: 0), Self.now)
        }
        metadata["status"] = "\(status)"
        metadata["result"] = "\(last.result.name)"
        metadata["seconds"] = "\(last.duration.milliseconds.rounded() / 1_000)"
        if last.result != .succeeded, !lastWords.isEmpty {
            metadata["last_words"] = "\(lastWords.joined(separator: " | "))"
        }
        logger.log(level: last.result == .succeeded ? .info : .warning, "schedule.finished", metadata: metadata)
        finishIfRetired()
    }
}
