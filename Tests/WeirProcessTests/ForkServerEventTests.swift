import Testing
import WeirProcess

@Suite struct ForkServerEventTests {
    private typealias Event = ForkServer.Event

    @Test func lifeIsToldInWords() {
        #expect(Event("ready 8.2.35") == .ready(version: "8.2.35"))
        #expect(Event("failed it would not start") == .failed("it would not start"))
        #expect(Event("forked 3 4711") == .forked(worker: 3, pid: 4_711))
        #expect(Event("fork-failed 3 11 Try again") == .forkFailed(worker: 3, reason: "Try again"))
        #expect(Event("exited 3 4711 1 0") == .exited(worker: 3, pid: 4_711, .exited(code: 1)))
        #expect(Event("exited 3 4711 -1 9") == .exited(worker: 3, pid: 4_711, .signaled(number: 9)))
    }

    @Test func aLimitMayBeMissing() {
        #expect(Event("limits 134217728") == .limits(memory: 134_217_728))
        #expect(Event("limits -1") == .limits(memory: nil))
        #expect(Event("limits much") == nil)
    }

    @Test func aStackIsALineAFrame() {
        let message = "stack 7 65535\n[internal] sleep()\n/srv/my shop/index.php:3 {main}"
        let frames = ["[internal] sleep()", "/srv/my shop/index.php:3 {main}"]
        #expect(Event(message) == .stack(worker: 7, token: 65_535, frames: frames))
        #expect(
            Event("stack-failed 7 2 too many at once") == .stackFailed(worker: 7, token: 2, reason: "too many at once"))
        #expect(Event("stack 7 65536\nx") == nil)
        #expect(Event("stack 7") == nil)
    }

    @Test func opcacheIsSeventeenNumbers() throws {
        guard case .opcache(let report?) = Event("opcache 1 2 3 4 5 6 7 8 9 10 11 12 13 1 1 15 16") else {
            Issue.record("no report")
            return
        }
        #expect(report.isEnabled && report.isFull)
        #expect([report.usedBytes, report.freeBytes, report.wastedBytes] == [2, 3, 4])
        #expect([report.keys, report.maxKeys, report.scripts] == [5, 6, 7])
        #expect([report.hits, report.misses, report.outOfMemoryRestarts, report.hashRestarts] == [8, 9, 10, 11])
        #expect([report.internedUsedBytes, report.internedFreeBytes] == [12, 13])
        #expect(report.jit?.bufferBytes == 15 && report.jit?.bufferFreeBytes == 16)
        #expect(report.hitRate == 8.0 / 17)
        guard case .opcache(let off?) = Event("opcache 1 2 3 4 5 6 7 0 0 10 11 12 13 1 0 0 0") else {
            Issue.record("no report without the JIT")
            return
        }
        #expect(off.jit == nil && off.hitRate == nil)
        #expect(Event("opcache off") == .opcache(nil))
        #expect(Event("opcache 1 2 3") == nil)
        #expect(Event("opcache 1 2 3 4 5 6 7 8 9 10 11 12 13 1 1 15 yes") == nil)
        #expect(Event("opcache-failed for a reason") == .opcacheFailed(reason: "for a reason"))
    }

    @Test(arguments: ["", "\n", "dance", "forked", "forked x 1", "exited 1 2 3", "stack x 1\n", "stack-failed 1"])
    func whatIsNotUnderstoodIsNoEvent(_ message: String) { #expect(Event(message) == nil) }
}
