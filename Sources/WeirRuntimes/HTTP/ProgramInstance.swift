import WeirConfig
import WeirCore
import WeirProcess
import WeirWire

/// One process of a program.
final class ProgramInstance: @unchecked Sendable {
    enum State: Equatable {
        case starting
        case serving
        /// Finishes what it has.
        case leaving(since: Instant)
        /// Told to end.
        case ending
    }

    let id: WorkerID
    let serial: Int
    let address: ListenAddress
    let started: Instant
    let words = LastWords()
    var process: SpawnedProcess?
    var pid: Int32 { process?.pid ?? 0 }
    var state = State.starting
    var http: HTTPProcess?
    var isProbing = false
    /// It says that it listens.
    var hasReported = false
    /// Why it is not ready yet.
    var complaint: String?
    var exception: String?
    var loop: NodeReport.Loop?
    var isBlocked = false
    /// When it said so last.
    var blockedAt = Instant.zero
    /// What its health checks find wrong; nil: nothing.
    var illness: String?
    var illSince: Instant?
    var goroutines: Int?
    var climb = GoroutineClimb()
    var nextVariables = Instant.zero

    var status: ProgramStatus {
        ProgramStatus(
            worker: id.index, pid: pid, address: address.configured,
            isWell: state == .serving && !isBlocked && illness == nil,
            complaint: isBlocked ? "its event loop is blocked" : illness ?? (state == .starting ? complaint : nil),
            tunnels: http?.tunnels ?? 0, loop: loop, goroutines: goroutines)
    }

    init(id: WorkerID, serial: Int, address: ListenAddress, started: Instant) {
        self.id = id
        self.serial = serial
        self.address = address
        self.started = started
    }
}
