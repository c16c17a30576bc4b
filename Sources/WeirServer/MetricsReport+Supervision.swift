import WeirCore
import WeirRuntimes
import WeirTelemetry

/// What runs beside the apps.
extension MetricsReport {
    private typealias Sample = Exposition.Sample

    static func addProcesses(_ server: ServerSnapshot, to page: inout Exposition) {
        let programs = server.processes
        let instances = programs.flatMap { program in
            program.state.machine.instances.enumerated().map { (program.name, "\($0.offset)", $0.element) }
        }
        page.add(
            "weir_process_up", .gauge, "Whether an instance of a program runs.",
            instances.map { Sample($2.pid == nil ? 0 : 1, ("process", $0), ("instance", $1)) })
        page.add(
            "weir_process_memory_bytes", .gauge, "Memory of an instance of a program, its children included.",
            instances.compactMap { name, number, instance in
                instance.memory.map { Sample($0.count, ("process", name), ("instance", number)) }
            })
        page.add(
            "weir_process_cpu_seconds_total", .counter, "Processor time of a program's instances.",
            programs.map { Sample($0.state.cpuTotal.seconds, ("process", $0.name)) })
        func add(_ name: String, _ help: String, _ value: (SupervisorStateMachine.Tally) -> Int) {
            page.add(
                name, .counter, help, programs.map { Sample(value($0.state.machine.tally), ("process", $0.name)) })
        }
        add("weir_process_starts_total", "Instances of a program that were started.", \.starts)
        add("weir_process_restarts_total", "Of them, those that took another's place.", \.restarts)
        add("weir_process_failures_total", "Instances that failed, or could not be started.", \.failures)
        add("weir_process_kills_total", "Instances killed because they did not end when asked.", \.kills)
        page.add(
            "weir_process_replacements_total", .counter, "Instances replaced because of a limit.",
            programs.flatMap { name, state in
                [
                    ("max_lifetime", state.machine.tally.replacedForAge),
                    ("max_memory", state.machine.tally.replacedForMemory),
                ].map { Sample($1, ("process", name), ("reason", $0)) }
            })
    }

    static func addSchedule(_ server: ServerSnapshot, to page: inout Exposition) {
        let time = ScheduledCommand.now
        let entries = server.schedule
        page.add(
            "weir_schedule_runs_total", .counter, "Runs of a scheduled command that have ended, by result.",
            entries.flatMap { name, state in
                ScheduleStateMachine.Result.names.map {
                    Sample(state.tally.runs[$0] ?? 0, ("schedule", name), ("result", $0))
                }
            })
        page.add(
            "weir_schedule_skipped_total", .counter, "Runs left out because the last one went on.",
            entries.map { Sample($0.state.tally.skipped, ("schedule", $0.name)) })
        page.add(
            "weir_schedule_running", .gauge, "Whether a scheduled command runs.",
            entries.map { Sample($0.state.isRunning ? 1 : 0, ("schedule", $0.name)) })
        page.add(
            "weir_schedule_last_run_timestamp_seconds", .gauge, "When the last run that has ended was started.",
            entries.compactMap { name, state in state.last.map { Sample($0.startedAt, ("schedule", name)) } })
        page.add(
            "weir_schedule_last_duration_seconds", .gauge, "How long the last run took.",
            entries.compactMap { name, state in
                state.last.map { Sample($0.duration.seconds, ("schedule", name)) }
            })
        page.add(
            "weir_schedule_last_success", .gauge, "Whether the last run ended with exit code 0.",
            entries.compactMap { name, state in
                state.last.map { Sample($0.result == .succeeded ? 1 : 0, ("schedule", name)) }
            })
        page.add(
            "weir_schedule_next_run_timestamp_seconds", .gauge, "When the next run is due.",
            entries.compactMap { name, state in state.nextRun(time).map { Sample($0, ("schedule", name)) } })
    }
}
