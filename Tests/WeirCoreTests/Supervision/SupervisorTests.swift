import Testing
import WeirCore

/// On a virtual clock: what is started runs until a test ends it.
@Suite struct SupervisorTests {
    private struct World {
        var machine: SupervisorStateMachine
        var now = Instant.zero + .seconds(1_000)
        var pids: [Int: Int32] = [:]
        var nextPID: Int32 = 100
        /// What was told to end, and killed, in order.
        var stopped: [Int] = []
        var killed: [Int] = []
        var mostAtOnce = 0

        init(_ policy: SupervisionPolicy) { machine = SupervisorStateMachine(policy, seed: 7) }

        mutating func perform(_ actions: [SupervisorStateMachine.Action]) {
            for action in actions {
                switch action {
                case .start(let index):
                    precondition(pids[index] == nil, "two of one instance")
                    pids[index] = nextPID
                    machine.started(index, pid: nextPID, now: now)
                    nextPID += 1
                case .stop(let index, _): stopped.append(index)
                case .kill(let index): killed.append(index)
                }
            }
            mostAtOnce = max(mostAtOnce, pids.count)
        }

        mutating func run(_ span: Nanoseconds) {
            let end = now + span
            while now < end {
                now = now + .milliseconds(100)
                perform(machine.tick(now: now))
            }
        }

        @discardableResult
        mutating func end(_ index: Int, code: Int = 0) -> SupervisorStateMachine.Next {
            pids[index] = nil
            return machine.exited(index, what: "exit code \(code)", isSuccess: code == 0, now: now)
        }
    }

    @Test func asManyRunAsAreWanted() {
        var world = World(.init(instances: 3))
        #expect(!world.machine.isUp)
        world.run(.milliseconds(100))
        #expect(world.pids.count == 3 && world.machine.isUp)
    }

    @Test("what ran well is started again at once, what did not after a growing pause")
    func crashesBackOff() {
        var world = World(.init())
        world.run(.seconds(60))
        #expect(world.end(0, code: 1) == .startsIn(.zero))
        var pauses: [Nanoseconds] = []
        for _ in 0..<10 {
            while world.pids[0] == nil { world.run(.milliseconds(100)) }
            if case .startsIn(let pause) = world.end(0, code: 1) { pauses.append(pause) }
        }
        #expect(pauses.count == 10)
        #expect(pauses[0] <= .milliseconds(100) && pauses[9] >= .seconds(5) && pauses[9] <= .seconds(10))
        while world.pids[0] == nil { world.run(.milliseconds(100)) }
        #expect(!world.machine.isUp, "it runs, but in between crashes")
        #expect(world.machine.tally.failures == 11)
        world.run(.seconds(30))
        #expect(world.machine.isUp)
        #expect(world.end(0, code: 1) == .startsIn(.zero), "the failures before are forgotten")
    }

    @Test("an end without a failure is no loop either")
    func endlessSuccessBacksOff() {
        var world = World(.init())
        var starts = 0
        for _ in 0..<600 {
            world.run(.milliseconds(100))
            if world.pids[0] != nil {
                starts += 1
                world.end(0)
            }
        }
        #expect((5...20).contains(starts), "in a minute: \(starts)")
        #expect(world.machine.tally.failures == 0)
    }

    @Test(arguments: [
        (SupervisionPolicy.Restart.always, 0, true), (.always, 1, true), (.onFailure, 0, false), (.onFailure, 1, true),
        (.never, 0, false), (.never, 1, false),
    ])
    func thePolicySaysWhatComesNext(restart: SupervisionPolicy.Restart, code: Int, again: Bool) {
        var world = World(.init(restart: restart))
        world.run(.seconds(20))
        world.end(0, code: code)
        world.run(.seconds(1))
        #expect((world.pids[0] != nil) == again)
        #expect(world.machine.isUp == (again || code == 0), "one that has done its work is not missed")
    }

    @Test("what cannot be started is tried again after a pause")
    func failedStartsBackOff() {
        var machine = SupervisorStateMachine(.init(), seed: 1)
        var now = Instant.zero
        var tries = 0
        for _ in 0..<600 {
            now = now + .milliseconds(100)
            for _ in machine.tick(now: now) {
                tries += 1
                _ = machine.startFailed(0, reason: "there is no program", now: now)
            }
        }
        #expect((8...25).contains(tries))
        #expect(machine.instances[0].lastExit?.what == "there is no program")
    }

    @Test("a limit stops an instance before its successor starts, one at a time")
    func limitsReplaceOneByOne() {
        var world = World(.init(instances: 3, maxMemory: .mebibytes(64), maxLifetime: .seconds(100)))
        world.run(.seconds(20))
        for index in 0..<3 { world.machine.measured(index, memory: .mebibytes(65)) }
        world.run(.seconds(1))
        #expect(world.stopped == [0] && world.pids.count == 3, "asked, and not ended yet")
        world.end(0)
        world.run(.milliseconds(200))
        #expect(world.stopped == [0, 1])
        #expect(world.machine.instances[0].restarts == 1)
        world.end(1)
        world.run(.milliseconds(200))
        world.end(2)
        world.run(.seconds(95))
        #expect(world.machine.tally.replacedForMemory == 3 && world.machine.tally.failures == 0)
        #expect(world.mostAtOnce == 3)
        world.run(.seconds(10))
        #expect(world.stopped == [0, 1, 2, 0], "the oldest has reached its age")
    }

    @Test("what does not end when asked is killed when its time is up, and not before")
    func slowOnesAreKilled() {
        var world = World(.init(stopTimeout: .seconds(3)))
        world.run(.seconds(1))
        world.machine.restart(nil)
        world.run(.milliseconds(2_900))
        #expect(world.stopped == [0] && world.killed.isEmpty)
        world.run(.seconds(1))
        #expect(world.killed == [0] && world.machine.tally.kills == 1)
        world.run(.seconds(5))
        #expect(world.killed == [0], "once")
        world.end(0, code: 9)
        world.run(.milliseconds(200))
        #expect(world.pids[0] != nil, "asked for: without a pause")
    }

    @Test("a restart also wakes what has ended or waits")
    func restartStartsWhatIsDown() {
        var ended = World(.init(restart: .never))
        ended.run(.seconds(1))
        ended.end(0, code: 1)
        ended.run(.seconds(60))
        #expect(ended.pids.isEmpty)
        ended.machine.restart(0)
        ended.run(.milliseconds(100))
        #expect(ended.pids.count == 1)
    }

    @Test("one that retires stops all it has at the same time, and starts nothing")
    func retiringEndsAll() {
        var world = World(.init(instances: 3))
        world.run(.seconds(1))
        world.end(2, code: 1)
        world.perform(world.machine.retire(now: world.now))
        #expect(world.stopped == [0, 1] && !world.machine.isRetired)
        world.end(0, code: 15)
        world.run(.seconds(12))
        #expect(world.killed == [1])
        world.end(1, code: 9)
        #expect(world.machine.isRetired)
        world.run(.seconds(60))
        #expect(world.pids.isEmpty && world.machine.tally.failures == 1)
    }

    @Test("whatever happens, no instance runs twice and those that should run do in the end")
    func anyOrderOfEventsIsFine() {
        for seed in 0..<300 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var world = World(
                .init(
                    instances: 1 + random.below(4), maxMemory: .mebibytes(10), maxLifetime: .seconds(30),
                    stopTimeout: .seconds(2)))
            for _ in 0..<300 {
                world.run(.milliseconds(100 * (1 + random.below(30))))
                let index = random.below(world.machine.instances.count)
                switch random.below(6) {
                case 0 where world.pids[index] != nil: world.end(index, code: random.below(2))
                case 1: world.machine.measured(index, memory: .mebibytes(random.below(12)))
                case 2: world.machine.restart(random.oneIn(2) ? index : nil)
                default: break
                }
                for index in world.stopped + world.killed where random.oneIn(2) {
                    if case .stopping = world.machine.instances[index].state { world.end(index, code: 15) }
                }
            }
            for _ in 0..<100 {
                for index in world.pids.keys {
                    if case .stopping = world.machine.instances[index].state { world.end(index) }
                }
                world.run(.seconds(1))
                if world.pids.count == world.machine.instances.count { break }
            }
            #expect(world.pids.count == world.machine.instances.count, "seed \(seed)")
        }
    }
}
