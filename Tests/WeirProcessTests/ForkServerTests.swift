import Foundation
import Synchronization
import Testing
import WeirProcess
import WeirTestSupport

private let guest = Package.path(".build/guests/weir-php")

/// With the real guest, where it has been built.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: guest)))
struct ForkServerTests {
    /// What was heard, in order.
    private final class Heard: Sendable {
        private let events = Mutex<[ForkServer.Event]>([])

        func add(_ event: ForkServer.Event) { events.withLock { $0.append(event) } }

        func contains(_ isIt: (ForkServer.Event) -> Bool) -> Bool { events.withLock { $0.contains(where: isIt) } }

        var count: Int { events.withLock { $0.count } }
    }

    @Test func theGuestTellsItsLimitsAndWhatOpcacheSays() throws {
        let heard = Heard()
        let program = ChildProcess(path: guest, arguments: ["-d", "memory_limit=96M"], environment: [:])
        let server = try ForkServer(program, output: STDERR_FILENO, error: STDERR_FILENO) { heard.add($0) }
        eventually("the limits") { heard.contains { $0 == .limits(memory: 96 << 20) } }

        try server.askForOpcache()
        eventually("OPcache's report") {
            heard.contains { event in
                guard case .opcache(let report?) = event else { return false }
                return report.isEnabled && !report.isFull && report.freeBytes > 0 && report.scripts == 0
            }
        }
        // Of a worker that is not there nothing is told.
        try server.askForStack(worker: 1, token: 1)
        server.close()
        eventually("the end") { heard.contains { $0 == .closed } }
        // Ready, limits, opcache, closed.
        #expect(heard.count == 4)
    }
}
