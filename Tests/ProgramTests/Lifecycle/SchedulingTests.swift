import Glibc
import Testing
import WeirTestSupport

extension Programs {
    @Suite("Processor time")
    struct SchedulingTests {
        /// Linux's SCHED_BATCH, which Glibc shows to C programs alone.
        private static let batch: Int32 = 3

        @Test("a program that is woken does not interrupt the event loop that has woken it", .node)
        func batch() throws {
            let server = try ProgramServer(.node("node-raw"))
            let pids = try server.pids()
            #expect(!pids.isEmpty)
            for pid in pids { #expect(sched_getscheduler(pid) == Self.batch) }
            #expect(sched_getscheduler(server.weir.pid) == SCHED_OTHER)
        }
    }
}
