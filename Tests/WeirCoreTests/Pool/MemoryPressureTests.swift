import Testing

@testable import WeirCore

@Suite struct MemoryPressureTests {
    private static let limit = Bytes.mebibytes(512)

    private static func workers(_ mebibytes: Int...) -> [MemoryPressure.Candidate] {
        mebibytes.enumerated().map { index, size in
            .init(pid: Int32(index + 1), own: .mebibytes(size), mayBeReplaced: true, mayBeKilled: true)
        }
    }

    private var pressure = MemoryPressure()

    private mutating func choose(
        _ inUse: Int, _ living: [MemoryPressure.Candidate], at seconds: Double
    ) -> MemoryPressure.Choice {
        let now = Instant.zero + Nanoseconds(Int(seconds * 1e9))
        return pressure.choose(inUse: .mebibytes(inUse), limit: Self.limit, living: living, now: now)
    }

    // MARK: Limits of one worker

    @Test func theHardLimitIsHalfAsMuchAgain() {
        let limits = MemoryLimits(soft: .mebibytes(256), hard: nil)
        #expect(limits.verdict(own: .mebibytes(256)) == .fine)
        #expect(limits.verdict(own: .mebibytes(300)) == .replace)
        #expect(limits.verdict(own: .mebibytes(385)) == .kill)
        #expect(MemoryLimits(soft: nil, hard: .mebibytes(9)).verdict(own: .mebibytes(10)) == .kill)
        #expect(MemoryLimits(soft: nil, hard: nil).verdict(own: .gibibytes(100)) == .fine)
    }

    @Test func ownMemoryFollowsAnonymousMemory() {
        let memory = OwnMemory(own: .mebibytes(30), anonymous: .mebibytes(44))
        #expect(memory.estimate(anonymous: .mebibytes(52)) == .mebibytes(38))
        #expect(memory.estimate(anonymous: .mebibytes(1)) == 0)
    }

    // MARK: The container

    @Test mutating func theLargestIsReplacedAndThenKilled() {
        let workers = Self.workers(90, 120, 80)
        #expect(choose(460, workers, at: 0) == .nobody)
        #expect(choose(461, workers, at: 0) == .replace(pid: 2))
        #expect(choose(487, workers, at: 0.1) == .kill(pid: 2))
    }

    @Test mutating func oneAtATimeAndLessAndLessOften() {
        #expect(choose(470, Self.workers(100, 120), at: 0) == .replace(pid: 2))
        #expect(choose(470, Self.workers(100, 120), at: 30) == .nobody, "the one before is still there")
        #expect(choose(470, Self.workers(100), at: 30) == .replace(pid: 1))
        let others = Self.workers(1, 1, 100, 90, 80).filter { $0.pid > 2 }
        #expect(choose(470, others, at: 31.9) == .nobody)
        #expect(choose(470, others, at: 32) == .replace(pid: 3))
        #expect(choose(470, others.filter { $0.pid > 3 }, at: 35.9) == .nobody)
        #expect(choose(470, others.filter { $0.pid > 3 }, at: 36) == .replace(pid: 4))
        #expect(choose(430, others.filter { $0.pid > 4 }, at: 37) == .nobody, "it has come back")
        #expect(choose(470, others.filter { $0.pid > 4 }, at: 37.1) == .replace(pid: 5))
    }

    @Test mutating func nobodyIsChosenWhoseEndChangesNothing() {
        #expect(choose(500, Self.workers(5, 4), at: 0) == .nobody)
        #expect(choose(500, Self.workers(6, 4), at: 0) == .kill(pid: 1))
    }

    @Test mutating func appsWithLimitsOfTheirOwnAreLeftAlone() {
        var workers = Self.workers(100, 50)
        workers[0].mayBeReplaced = false
        workers[0].mayBeKilled = false
        #expect(choose(470, workers, at: 0) == .replace(pid: 2))
        #expect(choose(490, workers, at: 0) == .kill(pid: 2))
    }

    // MARK: In the long run

    @Test(arguments: UInt64(1)...15)
    func aLeakingAppStaysWithinItsContainer(seed: UInt64) {
        var world = LeakingContainer(seed: seed, leak: .kibibytes(20)...(.kibibytes(100)))
        world.run(seconds: 900)
        #expect(world.highest < world.limit)
        #expect(world.replaced > 0)
        #expect(world.killed == 0)
    }

    @Test(arguments: UInt64(1)...15)
    func aRequestThatTakesAllIsKilledAlone(seed: UInt64) {
        var world = LeakingContainer(seed: seed, leak: 0...(.kibibytes(50)))
        world.run(seconds: 60)
        world.startRunaway(perStep: .mebibytes(20))
        world.run(seconds: 60)
        #expect(world.highest < world.limit)
        #expect(world.killed == 1 && world.runaway == nil)
    }

    @Test(arguments: UInt64(1)...15)
    func whenOthersHoldTheMemoryNobodyIsReplacedInAStorm(seed: UInt64) {
        var world = LeakingContainer(seed: seed, leak: 0...0)
        world.others = .mebibytes(400)
        world.run(seconds: 600)
        // 1 + 2 + 4 + 8 + 16 + 32 s, then one a minute: 16. A kill may follow upon replacements sooner.
        #expect(world.killed + world.replaced <= 20)
    }
}
