import Testing

@testable import WeirCore

@Suite struct SizingWarningTests {
    static let memory = MemoryBound(
        limit: .mebibytes(512), server: .mebibytes(30), others: 0, shared: .mebibytes(40), perWorker: .mebibytes(24))

    /// Every warning once, with the numbers of its worked row.
    static let all: [SizingWarning] =
        [
            SizingWarning.workersExceedMemory(app: "web", workers: 30, memory: memory),
            .phpMemoryLimitExceedsMemory(app: "web", workers: 8, phpLimit: .mebibytes(128), memory: memory),
            .phpMemoryLimitExceedsMemory(app: "web", workers: 8, phpLimit: Bytes(-1), memory: memory),
            .workersExceedCPU(app: "web", workers: 64, cpu: CPUBound(cores: 2, waitPerCPU: 1)),
            .littleCPUForWorkers(app: "web", workers: 16, cores: 0.25),
            .backlogCut(backlog: 4_096, somaxconn: 128),
            .tooFewDescriptors(limit: 1_024, connections: 10_000, workers: 20, idleUpstreams: 0),
        ].compactMap { $0 }
        + SizingWarning.queueOutlives(
            name: "app 'web'", queueTimeout: .seconds(60), requestTimeout: .seconds(30), graceful: .seconds(20))
        + SizingWarning.opcache(app: "web", opcache(used: 126, free: 2, wasted: 0))
        + SizingWarning.opcache(app: "web", opcache(used: 90, free: 8, wasted: 30))
        + SizingWarning.opcache(app: "web", opcache(used: 60, free: 68, wasted: 0, keys: 16_100))
        + SizingWarning.opcache(app: "web", opcache(used: 60, free: 60, wasted: 8, scripts: 200, hits: 9_000))

    static func opcache(
        used: Int, free: Int, wasted: Int, keys: Int = 900, scripts: Int = 400, hits: Int = 0
    ) -> OPcacheUse {
        OPcacheUse(
            used: .mebibytes(used), free: .mebibytes(free), wasted: .mebibytes(wasted), cachedKeys: keys,
            maxKeys: 16_229, scripts: scripts, hits: hits, misses: hits / 9)
    }

    @Test func everyWarningSaysWhatIsWrongInNumbersAndWhatToDo() throws {
        #expect(Set(Self.all.map(\.code)) == Set(SizingWarning.Code.allCases))
        try TextGolden.check(
            Self.all.map { "\($0.code.rawValue): \($0.text)\n" }.joined(separator: "\n"), "warnings.txt")
    }

    @Test func whatFitsIsNotWarnedOf() {
        #expect(SizingWarning.workersExceedMemory(app: "web", workers: 18, memory: Self.memory) == nil)
        for limit in [nil, Bytes.mebibytes(55)] {
            #expect(
                SizingWarning.phpMemoryLimitExceedsMemory(app: "web", workers: 8, phpLimit: limit, memory: Self.memory)
                    == nil)
        }
        #expect(SizingWarning.workersExceedCPU(app: "web", workers: 9, cpu: CPUBound(cores: 2, waitPerCPU: 1)) == nil)
        #expect(SizingWarning.littleCPUForWorkers(app: "web", workers: 8, cores: 0.25) == nil)
        #expect(SizingWarning.littleCPUForWorkers(app: "web", workers: 80, cores: 1) == nil)
        #expect(SizingWarning.backlogCut(backlog: 4_096, somaxconn: 4_096) == nil)
        #expect(
            SizingWarning.tooFewDescriptors(limit: 20_316, connections: 10_000, workers: 20, idleUpstreams: 0) == nil)
        #expect(
            SizingWarning.queueOutlives(
                name: "app 'web'", queueTimeout: .seconds(5), requestTimeout: .seconds(60), graceful: .seconds(30)
            ).isEmpty)
        #expect(SizingWarning.opcache(app: "web", Self.opcache(used: 60, free: 60, wasted: 8)).isEmpty)
        // Young: most of them were looked up for the first time.
        #expect(SizingWarning.opcache(app: "web", Self.opcache(used: 60, free: 60, wasted: 8, hits: 9_000)).isEmpty)
        #expect(SizingWarning.opcache(app: "web", Self.opcache(used: 0, free: 0, wasted: 0)).isEmpty)
    }

    @Test func theAdviceOfAWarningEndsIt() {
        #expect(SizingWarning.tooFewDescriptors(limit: 1_024, connections: 354, workers: 20, idleUpstreams: 0) == nil)
        #expect(SizingWarning.workersExceedMemory(app: "web", workers: Self.memory.workers, memory: Self.memory) == nil)
    }

    @Test func figuresAreRoundedAsPeopleDo() {
        #expect(Figures.decimal(2.005, 1) == "2.0" && Figures.decimal(0.25, 1) == "0.3")
        #expect(Figures.decimal(-0.01, 1) == "0.0" && Figures.decimal(-2.5, 0) == "-3")
        #expect(Figures.short(12.30) == "12.3" && Figures.short(4) == "4" && Figures.short(.infinity) == "unknown")
        #expect(Bytes.mebibytes(64).inMebibytes == "64 MiB" && Bytes(1_600_000).inMebibytes == "1.5 MiB")
    }
}
