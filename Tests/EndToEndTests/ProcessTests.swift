import Foundation
import Testing
import WeirTestSupport

@Suite("Programs beside the apps")
struct ProcessTests {
    /// Runs until it is told to end, which takes no time.
    private static let sleeper = "[sh, -c, \"exec sleep 1000\"]"

    @Test("a program has its name, its directory and its variables, and none of Weir's secrets")
    func whatAProgramSees() throws {
        let site = try SupervisedSite(
            """
            processes:
              mailer:
                command: sh -c 'echo "I am $WEIR_PROCESS-$WEIR_INSTANCE in $PWD with $OWN and ${SECRET:-nothing}"; echo oh >&2; exec sleep 1000'
                directory: run
                environment: {OWN: "my own"}
                instances: 2
            """, environment: ["SECRET": "hunter2"])
        eventually("both speak") { site.lines("process.stdout").count == 2 && site.lines("process.stderr").count == 2 }
        for instance in 0..<2 {
            let line = try #require(site.lines("process.stdout", " instance=\(instance) ").first)
            let directory = URL(fileURLWithPath: site.site("run")).resolvingSymlinksInPath().path
            #expect(line.contains("info") && line.contains("process=mailer") && line.contains(" pid="))
            #expect(line.contains("\"I am mailer-\(instance) in \(directory) with my own and nothing\""))
        }
        #expect(site.lines("process.stderr", "warning", "message=oh").count == 2)
        let processes = try site.processes("mailer")
        #expect(processes.map { $0["state"] as? String } == ["running", "running"])
        try eventually("memory is measured") {
            try site.processes("mailer").allSatisfy { ($0["memory"] as? Int ?? 0) > 0 && $0["cpu_seconds"] != nil }
        }
        #expect(try site.server.metrics().sum("weir_process_up", ["process": "mailer"]) == 2)
    }

    @Test("a line that does not end is cut, and costs nothing else")
    func longLinesAreCut() throws {
        let site = try SupervisedSite(
            """
            processes:
              big: {command: [python3, -c, "import time; print('x' * 3000000); print('after', flush=True); time.sleep(1000)"]}
            """)
        eventually("what follows is there") { !site.lines("process.stdout", "message=after").isEmpty }
        let line = try #require(site.lines("process.stdout", "message=xxx").first)
        #expect(line.utf8.count < 10_000)
    }

    @Test("what crashes is started again after growing pauses, with its last words, and harms nobody")
    func crashLoops() throws {
        let site = try SupervisedSite(
            """
            processes:
              broken: {command: "sh -c 'date +%s.%N >> run/starts; echo no database >&2; exit 3'", essential: true}
              missing: {command: no-such-program}
              well: {command: \(Self.sleeper)}
            """)
        eventually(within: 20, "some starts") { site.fileLines("starts").count >= 6 }
        let times = site.fileLines("starts").compactMap(Double.init)
        let pauses = zip(times.dropFirst(), times).map { $0 - $1 }
        #expect(pauses[4] > pauses[0] && pauses[4] > 0.7, "\(pauses)")
        let exit = try #require(site.lines("process.exited", "process=broken").first)
        #expect(exit.contains(" error ") && exit.contains("status=\"exit code 3\""))
        #expect(exit.contains("last_words=\"no database\"") && exit.contains("next=\"starts again in "))
        #expect(!site.lines("process.not_started", "there is no program 'no-such-program'").isEmpty)
        let ready = try site.server.get("/ready")
        #expect(ready.status == 503 && ready.text.contains("broken: not running") && !ready.text.contains("missing"))
        #expect(try site.server.get("/fixed").status == 200)
        #expect(try site.processes("well").first?["restarts"] as? Int == 0)
        let metrics = try site.server.metrics()
        #expect(metrics.sum("weir_process_failures_total", ["process": "broken"]) >= 6)
        #expect(metrics.sum("weir_process_starts_total", ["process": "missing"]) == 0)
    }

    @Test("exit code 0 is the end of its work where its policy says so")
    func workThatIsDone() throws {
        let site = try SupervisedSite(
            """
            processes:
              done: {command: "sh -c 'echo x >> run/done'", restart: on_failure, essential: true}
              never: {command: "sh -c 'echo x >> run/never; exit 1'", restart: never}
              again: {command: "sh -c 'echo x >> run/again'"}
            """)
        eventually("again and again") { site.fileLines("again").count >= 4 }
        #expect(site.fileLines("done").count == 1 && site.fileLines("never").count == 1)
        #expect(try site.processes("done").first?["state"] as? String == "ended")
        #expect(try site.processes("never").first?["state"] as? String == "failed")
        #expect(try site.server.get("/ready").status == 200)
        #expect(try site.admin.exchange(RawRequest.post("/processes/never/restart", "", [])).status == 202)
        eventually("it is started on request") { site.fileLines("never").count == 2 }
    }

    @Test("at the end each is asked with its own signal, and waited for")
    func stopSignals() throws {
        let program = "while :; do sleep 0.05; done"
        let site = try SupervisedSite(
            """
            processes:
              int: {command: [sh, -c, "trap 'sleep 1; echo int > run/int; exit' INT; \(program)"], stop_signal: INT}
              term: {command: [sh, -c, "trap 'echo term > run/term; exit' TERM; \(program)"]}
            """)
        try eventually("they run") { try !site.pids("int").isEmpty && !site.pids("term").isEmpty }
        usleep(300_000)
        #expect(site.server.stop() == 0)
        #expect(site.text("int") == "int\n" && site.text("term") == "term\n")
        #expect(site.lines("process.killed").isEmpty)
    }

    @Test("what does not end in time is killed with all its children")
    func stopTimeouts() throws {
        let site = try SupervisedSite(
            """
            processes:
              deaf:
                command: [sh, -c, "trap '' TERM; sh -c 'echo $$ > run/child; while :; do sleep 1; done' & while :; do sleep 1; done"]
                stop_timeout: 1s
            """)
        eventually("its child runs") { !site.text("child").isEmpty }
        let child = try #require(Int(site.fileLines("child")[0]))
        let started = Clock.now
        #expect(site.server.stop() == 0)
        #expect((0.9...6).contains(Clock.now - started))
        #expect(!site.lines("process.killed", "process=deaf", "stop_timeout (1s)").isEmpty)
        eventually("the child is gone") { !SupervisedSite.isAlive(child) }
    }

    @Test("a program does not outlive a server that was killed")
    func orphans() throws {
        let site = try SupervisedSite("processes: {worker: {command: \(Self.sleeper), instances: 2}}")
        try eventually("both run") { try site.pids("worker").count == 2 }
        let workers = try site.pids("worker")
        site.server.signal(SIGKILL)
        #expect(site.server.waitForExit(within: 5) == 128 + SIGKILL)
        eventually("neither does") { !workers.contains(where: SupervisedSite.isAlive) }
    }

    @Test("what a program leaves behind when it dies does not work beside its successor")
    func childrenGoAlong() throws {
        let site = try SupervisedSite(
            """
            processes:
              parent: {command: [sh, -c, "sh -c 'echo $$ >> run/child; exec sleep 1000' & sleep 0.3; exit 1"]}
            """)
        eventually("two have been there") { site.fileLines("child").count >= 2 }
        let first = try #require(Int(site.fileLines("child")[0]))
        #expect(!SupervisedSite.isAlive(first))
    }

    @Test("one that grows too large is stopped, then started anew")
    func memoryLimits() throws {
        let site = try SupervisedSite(
            """
            processes:
              leaky:
                command: [python3, -c, "import time; kept = bytearray(b'x' * (90 << 20)); time.sleep(1000)"]
                max_memory: 64MiB
              parent:
                command: [sh, -c, "python3 -c 'import time; kept = bytearray([120]) * (90 << 20); time.sleep(1000)'; true"]
                max_memory: 64MiB
              small: {command: \(Self.sleeper), max_memory: 64MiB}
            """)
        try eventually(within: 20, "one whose child grows is replaced") {
            try site.processes("parent").first?["restarts"] as? Int ?? 0 >= 1
        }
        try eventually(within: 20, "one that grows itself is replaced") {
            try site.processes("leaky").first?["restarts"] as? Int ?? 0 >= 1
        }
        #expect(!site.lines("process.stopping", "process=leaky", "more than max_memory").isEmpty)
        #expect(
            try site.server.metrics().sum(
                "weir_process_replacements_total", ["process": "leaky", "reason": "max_memory"]) >= 1)
        #expect(try site.processes("small").first?["restarts"] as? Int == 0)
    }

    @Test("at its age each instance is replaced, one after the other")
    func lifetimes() throws {
        let site = try SupervisedSite(
            """
            processes:
              old:
                command: [sh, -c, "trap 'sleep 0.3; exit' TERM; while :; do sleep 0.05; done"]
                instances: 2
                max_lifetime: 1s
            """)
        try eventually(within: 20, "both are replaced") {
            try site.processes("old").allSatisfy { $0["restarts"] as? Int ?? 0 >= 1 }
        }
        let events = site.log.split(separator: "\n").compactMap { line -> Bool? in
            line.contains("process.stopping") ? true : line.contains("process.exited") ? false : nil
        }
        for (event, next) in zip(events, events.dropFirst()) { #expect(event != next, "never two at once") }
    }

    @Test("a reload starts, stops and replaces what has changed, and leaves the rest alone")
    func reloads() throws {
        let site = try SupervisedSite(
            """
            processes:
              same: {command: \(Self.sleeper), instances: 2}
              changed: {command: [sh, -c, "trap 'sleep 0.5; echo end >> run/order; exit' TERM; echo begin >> run/order; while :; do sleep 0.05; done"]}
              gone: {command: \(Self.sleeper)}
            schedule:
              - {every: 1h, command: "true", name: kept}
            """)
        try eventually("all run") { try site.pids("same").count == 2 && site.fileLines("order").count == 1 }
        let same = try site.pids("same")
        let gone = try #require(site.pids("gone").first)
        let next = try #require(site.entry("kept")["next_run_in_seconds"] as? Int)
        _ = holds(within: 3) { false }
        #expect(
            try site.reload(
                """
                processes:
                  new: {command: \(Self.sleeper)}
                  changed: {command: [sh, -c, "echo second >> run/order; exec sleep 1000"]}
                  same: {command: \(Self.sleeper), instances: 2}
                schedule:
                  - {every: 1h, command: "true", name: kept}
                """) == 200)
        eventually("the change is through") { site.fileLines("order").count == 3 }
        #expect(site.fileLines("order") == ["begin", "end", "second"])
        #expect(try site.pids("same") == same)
        try eventually("the new one runs") { try site.pids("new").count == 1 }
        try eventually("the removed one does not") {
            try site.processes("gone").isEmpty && !SupervisedSite.isAlive(gone)
        }
        #expect(try #require(site.entry("kept")["next_run_in_seconds"] as? Int) <= next - 2, "it was not begun anew")
        #expect(try site.reload("processes: {same: {comand: x}}") == 422)
        #expect(try site.pids("same") == same, "a mistake changes nothing")
    }

    @Test("one is restarted when an operator asks for it")
    func restarts() throws {
        let site = try SupervisedSite("processes: {worker: {command: \(Self.sleeper), instances: 2}}")
        try eventually("both run") { try site.pids("worker").count == 2 }
        let before = try site.pids("worker")
        func run(_ arguments: String...) throws -> (Int32?, String) {
            let command = try Command(
                [WeirProcess.binary()] + arguments + ["--admin", "unix:" + site.site("run/admin.sock")])
            return (try command.finish(within: 20), command.output)
        }
        #expect(try run("restart", "worker", "1") == (0, "worker: restarting instance 1\n"))
        try eventually("it is another one") {
            try site.pids("worker").count == 2 && site.pids("worker")[1] != before[1]
        }
        #expect(try site.pids("worker")[0] == before[0])
        #expect(try run("restart", "worker") == (0, "worker: restarting instances 0, 1\n"))
        try eventually("so is the other") { try site.pids("worker").count == 2 && site.pids("worker")[0] != before[0] }
        #expect(try run("restart", "worker", "2").0 == 1)
        let unknown = try run("restart", "mailer")
        #expect(unknown.0 == 1 && unknown.1.contains("there are: worker"))
        let (code, list) = try run("processes")
        #expect(code == 0 && list.contains("worker") && list.contains("running") && list.hasPrefix("PROCESS"))
        #expect(try run("status").1.contains("PROCESS"))
        #expect(try run("explain").1.contains("processes.memory = "))
    }

    @Test("an upgrade ends the programs of the old process before it starts those of the new one")
    func upgrades() throws {
        let site = try SupervisedSite(
            """
            processes:
              alone:
                command:
                  - sh
                  - -c
                  - |
                    mkdir run/lock || echo twice >> run/twice
                    echo $$ >> run/pids
                    trap 'sleep 1; rmdir run/lock; exit' TERM
                    while :; do sleep 0.05; done
            """)
        eventually("it runs") { site.fileLines("pids").count == 1 }
        site.server.signal(SIGUSR2)
        eventually(within: 30, "that of the new process runs") { site.fileLines("pids").count == 2 }
        #expect(site.text("twice").isEmpty)
        eventually("the first process stands in for the new one") {
            let command = FileManager.default.contents(atPath: "/proc/\(site.server.pid)/cmdline") ?? Data()
            return String(decoding: command, as: UTF8.self).contains("stand-in")
        }
        eventually("the new process answers") { (try? site.server.get("/fixed").status) == 200 }
        #expect(site.server.stop(within: 20) == 0)
        #expect(!FileManager.default.fileExists(atPath: site.site("run/lock")), "the last one ended in good order")
    }

    @Test("a stop in the middle of an upgrade ends both processes, and starts nothing any more")
    func stopsDuringUpgrades() throws {
        let site = try SupervisedSite(
            """
            processes:
              slow: {command: [sh, -c, "echo $$ >> run/pids; trap 'sleep 3; exit' TERM; while :; do sleep 0.05; done"]}
            """)
        eventually("it runs") { site.fileLines("pids").count == 1 }
        usleep(200_000)
        site.server.signal(SIGUSR2)
        eventually(within: 30, "the old process has begun to stop") { !site.lines("process.stopping").isEmpty }
        #expect(site.server.stop(within: 20) == 0)
        #expect(site.fileLines("pids").count == 1)
        #expect(site.lines("server.stopped").count == 2)
    }

    @Test("the second signal ends everything at once")
    func theSecondSignal() throws {
        let site = try SupervisedSite(
            "processes: {deaf: {command: [sh, -c, \"trap '' TERM; while :; do sleep 1; done\"], stop_timeout: 1m}}")
        try eventually("it runs") { try site.pids("deaf").count == 1 }
        let pid = try #require(site.pids("deaf").first)
        usleep(200_000)
        site.server.signal(SIGTERM)
        usleep(300_000)
        #expect(site.server.isRunning)
        site.server.signal(SIGTERM)
        #expect(site.server.waitForExit(within: 10) == 1)
        eventually("it is gone") { !SupervisedSite.isAlive(pid) }
    }
}
