import Testing
import WeirCore

@Suite struct ScheduleTests {
    private struct World {
        var machine: ScheduleStateMachine
        var time: ScheduleStateMachine.Time
        var starts: [Int] = []
        var others: [ScheduleStateMachine.Action] = []
        /// What is started ends by itself after so long.
        var duration = Nanoseconds.milliseconds(300)
        private var endsAt: Instant?

        static let midnight = CronScheduleTests.time(2026, 1, 1)

        init(_ trigger: ScheduleStateMachine.Trigger, timeout: Nanoseconds = .minutes(5), since: Int? = nil) {
            time = .init(now: .zero + .seconds(500), wall: Self.midnight)
            machine = ScheduleStateMachine(trigger, timeout: timeout, at: time, since: since)
        }

        mutating func run(seconds: Int) {
            for step in 1...(seconds * 10) {
                time.now = time.now + .milliseconds(100)
                if step % 10 == 0 { time.wall += 1 }
                if let end = endsAt, time.now >= end { finish(code: 0) }
                for action in machine.tick(time) {
                    guard action == .start else {
                        others.append(action)
                        continue
                    }
                    starts.append(time.wall - Self.midnight)
                    machine.started(time)
                    endsAt = time.now + duration
                }
            }
        }

        mutating func finish(code: Int) {
            endsAt = nil
            machine.exited(what: "exit code \(code)", isSuccess: code == 0, time)
        }
    }

    private static func cron(_ line: String) throws -> ScheduleStateMachine.Trigger {
        .cron(try CronSchedule(line), .utc)
    }

    @Test("every span is counted from the start, and does not drift")
    func spansAreAligned() {
        var world = World(.every(.seconds(20)))
        world.run(seconds: 100)
        #expect(world.starts == [20, 40, 60, 80, 100])
        #expect(world.machine.last?.result == .succeeded)
        #expect(world.machine.last?.duration == .milliseconds(300))
        #expect(world.machine.nextRun(world.time) == World.midnight + 120)
    }

    @Test func cronIsDueAtItsMinutes() throws {
        var world = World(try Self.cron("*/2 * * * *"))
        world.run(seconds: 400)
        #expect(world.starts == [120, 240, 360])
        #expect(world.machine.nextRun(world.time) == World.midnight + 480)
    }

    @Test("a run that is due while the last one goes on is left out and counted")
    func runsDoNotOverlap() {
        var world = World(.every(.seconds(1)))
        world.duration = .milliseconds(2_500)
        world.run(seconds: 10)
        #expect(world.starts == [1, 4, 7, 10])
        #expect(world.machine.tally.skipped == 6)
        #expect(world.others.allSatisfy { $0 == .skipped })
    }

    @Test("one that takes too long is asked to end, then killed, and that is its result")
    func slowRunsAreStopped() {
        var world = World(.every(.minutes(10)), timeout: .seconds(5))
        world.duration = .minutes(100)
        world.run(seconds: 600 + 4)
        #expect(world.others.isEmpty)
        world.run(seconds: 2)
        #expect(world.others == [.stop])
        world.run(seconds: 10)
        #expect(world.others == [.stop, .kill])
        world.finish(code: 0)
        #expect(world.machine.last?.result == .timedOut)
        #expect(world.machine.tally.runs == ["timeout": 1])
    }

    @Test func aFailureSaysWhy() {
        var world = World(.every(.seconds(5)))
        world.run(seconds: 5)
        world.finish(code: 3)
        #expect(world.machine.last?.result == .failed("exit code 3"))
    }

    @Test("a clock put forward costs the runs in between, but for one")
    func aJumpIsMadeUpForOnce() throws {
        var world = World(try Self.cron("*/10 * * * *"))
        world.run(seconds: 30)
        world.time.wall += 3_600
        world.run(seconds: 1_200)
        #expect(world.starts == [3_630, 4_200, 4_800])
    }

    @Test("a clock put back a little runs nothing twice; one put back far was wrong before")
    func aClockPutBackIsNoRunTwice() throws {
        var world = World(try Self.cron("0 * * * *"))
        world.run(seconds: 3_700)
        world.time.wall -= 1_800
        world.run(seconds: 3_600)
        #expect(world.starts == [3_600])
        world.time.wall -= 20 * 86_400
        world.run(seconds: 3_600)
        #expect(world.starts.count == 2)
    }

    @Test("what was due after the process before had stopped is made up for")
    func aGapBetweenProcessesIsClosed() throws {
        var world = World(try Self.cron("59 23 * * *"), since: World.midnight - 120)
        world.run(seconds: 1)
        #expect(world.starts.count == 1)
        var later = World(try Self.cron("59 23 * * *"), since: World.midnight - 30)
        later.run(seconds: 1)
        #expect(later.starts.isEmpty, "the process before did it")
    }

    @Test func oneThatRetiresStartsNothingAndStopsWhatRuns() {
        var world = World(.every(.seconds(2)))
        world.duration = .minutes(1)
        world.run(seconds: 3)
        #expect(world.machine.retire(world.time) == [.stop] && !world.machine.isRetired)
        world.run(seconds: 11)
        #expect(world.others.last == .kill)
        world.finish(code: 9)
        #expect(world.machine.isRetired && world.machine.last?.result == .stopped && world.starts.count == 1)
    }
}
