import Foundation
import Testing
import WeirTestSupport

@Suite("Commands at their times")
struct ScheduleTests {
    @Test("a command runs on time, with its output in the log and its result in the status")
    func runsOnTime() throws {
        let site = try SupervisedSite(
            """
            schedule:
              - {every: 1s, command: "sh -c 'date +%s.%N >> run/times; echo done'", name: tick}
              - {every: 1s, command: "sh -c 'echo it broke >&2; exit 4'", name: broken}
              - {every: 1s, command: no-such-program}
            """)
        eventually(within: 20, "some runs") { site.fileLines("times").count >= 5 }
        let times = site.fileLines("times").compactMap(Double.init)
        for (time, index) in zip(times, 0...) {
            #expect(abs(time - times[0] - Double(index)) < 0.6, "no drift: \(times)")
        }
        eventually("the log has its output") {
            !site.lines("schedule.stdout", "schedule=tick", "message=done").isEmpty
        }
        let entry = try site.entry("tick")
        #expect((entry["last_run"] as? [String: Any])?["result"] as? String == "ok")
        #expect(entry["when"] as? String == "every 1s")
        let broken = try #require(site.entry("broken")["last_run"] as? [String: Any])
        #expect(broken["result"] as? String == "failed" && broken["reason"] as? String == "exit code 4")
        #expect(!site.lines("schedule.finished", "schedule=broken", "last_words=\"it broke\"", "warning").isEmpty)
        #expect(!site.lines("schedule.not_started", "no-such-program").isEmpty)
        let metrics = try site.server.metrics()
        #expect(metrics.sum("weir_schedule_runs_total", ["schedule": "tick", "result": "ok"]) >= 4)
        #expect(metrics.sum("weir_schedule_last_success", ["schedule": "broken"]) == 0)
    }

    @Test("a run that is due while the last one goes on is left out and counted")
    func noOverlap() throws {
        let site = try SupervisedSite(
            """
            schedule:
              - {every: 1s, command: "sh -c 'mkdir run/one || echo twice > run/twice; echo x >> run/starts; sleep 2.4; rmdir run/one'", name: slow}
            """)
        eventually(within: 20, "some runs") { site.fileLines("starts").count >= 3 }
        #expect(site.text("twice").isEmpty)
        #expect(try (site.entry("slow")["skipped"] as? Int ?? 0) >= 4)
    }

    @Test("a run that takes too long is stopped, and that is its result")
    func timeLimit() throws {
        let site = try SupervisedSite(
            "schedule: [{every: 1s, command: \"sh -c 'echo $$ >> run/pids; exec sleep 1000'\", name: long, timeout: 1500ms}]"
        )
        try eventually(within: 20, "it has a result") { try site.entry("long")["last_run"] != nil }
        #expect(try (site.entry("long")["last_run"] as? [String: Any])?["result"] as? String == "timeout")
        let pid = try #require(Int(site.fileLines("pids")[0]))
        #expect(!SupervisedSite.isAlive(pid))
        eventually("the log says so") { !site.lines("schedule.stopping", "timeout (1500ms)").isEmpty }
    }

    @Test("a line of cron is due with its minute, in its own time zone")
    func cron() throws {
        let site = try SupervisedSite(
            """
            schedule:
              - {cron: "* * * * *", command: "sh -c 'date +%S >> run/seconds'", name: minute, timezone: Asia/Kolkata}
              - {cron: "@yearly", command: "true", name: yearly}
            """)
        #expect(try (site.entry("yearly")["next_run"] as? String ?? "").hasSuffix("-01-01T00:00:00.000Z"))
        eventually(within: 65, "its minute has come") { !site.fileLines("seconds").isEmpty }
        #expect(["00", "01"].contains(site.fileLines("seconds")[0]))
        #expect(try site.entry("minute")["timezone"] as? String == "Asia/Kolkata")
    }

    @Test("at the end what runs is stopped")
    func theEnd() throws {
        let site = try SupervisedSite(
            "schedule: [{every: 1s, command: \"sh -c 'echo $$ >> run/pids; exec sleep 1000'\"}]")
        eventually("it runs") { !site.fileLines("pids").isEmpty }
        #expect(site.server.stop() == 0)
        #expect(!SupervisedSite.isAlive(try #require(Int(site.fileLines("pids")[0]))))
        #expect(!site.lines("schedule.finished", "result=stopped").isEmpty)
    }
}
