import Glibc
import Testing
import WeirCore
import WeirProcess

@Suite struct WorkersCPUTests {
    private func reading(_ cpu: Int, _ delay: Int?) -> ProcessCPU {
        ProcessCPU(cpu: .milliseconds(cpu), runDelay: delay.map { .milliseconds($0) })
    }

    @Test func itAddsUpWhatWorkersDidBetweenReadings() {
        var workers = WorkersCPU()
        #expect(workers.measure([1, 2], now: .zero) { self.reading(Int($0) * 1_000, 0) } == nil)
        let later = Instant.zero + .seconds(2)
        let sum = workers.measure([1, 2], now: later) { self.reading(Int($0) * 1_000 + 500, 3_000) }
        #expect(sum == ConcurrencyLimiter.CPUReading(used: 0.5, delayed: 3))
    }

    @Test func aWorkerThatIsNewCountsLikeTheOthers() {
        var workers = WorkersCPU()
        _ = workers.measure([1], now: .zero) { _ in self.reading(0, 0) }
        let sum = workers.measure([1, 2], now: .zero + .seconds(1)) { _ in self.reading(400, 200) }
        #expect(sum == ConcurrencyLimiter.CPUReading(used: 0.8, delayed: 0.4))
    }

    @Test func whatOneKernelDoesNotSayIsUnknown() {
        var workers = WorkersCPU()
        _ = workers.measure([1], now: .zero) { _ in self.reading(0, nil) }
        let sum = workers.measure([1], now: .zero + .seconds(1)) { _ in self.reading(400, nil) }
        #expect(sum == ConcurrencyLimiter.CPUReading(used: 0.4, delayed: nil))
    }

    @Test func ofManyWorkersSomeAreReadAtATime() {
        var workers = WorkersCPU()
        var read = 0
        let pids = (1...100).map { Int32($0) }
        for second in 0..<20 {
            read = 0
            let sum = workers.measure(pids, now: .zero + .seconds(second)) { _ in
                read += 1
                return self.reading(second * 20, second * 10)
            }
            #expect(read == WorkersCPU.mostAtOnce)
            guard second >= 10, let sum else { continue }
            #expect(abs(sum.used - 2) < 1e-9 && abs((sum.delayed ?? 0) - 1) < 1e-9)
        }
    }

    @Test func aProcessThatIsGoneIsLeftOut() {
        var workers = WorkersCPU()
        _ = workers.measure([getpid()], now: .zero)
        #expect(workers.measure([getpid()], now: .zero + .seconds(1)) != nil)
        #expect(workers.measure([], now: .zero + .seconds(2)) == nil)
    }
}
