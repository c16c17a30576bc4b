import CWeirSystem
import Glibc
import Synchronization

/// How a server hands its listening sockets to the process that replaces it. Lines of text, one a packet, over a
/// SOCK_SEQPACKET socket that is the new process's descriptor 3:
///
///     to the new process      listen ADDRESS      with up to 8 sockets; again for more
///                             processes           there are programs that must have ended before new ones start
///                             begin               that was all
///                             accept              no connection is accepted here any more
///                             processes ended T   they have, at this time in seconds since 1970
///     from the new process    prepared            it can serve, and waits for `accept`
///                             ready               it has taken over
///                             failed WHY
///                             successor PID       it was replaced in its turn
///
/// The end of the connection before `ready` means that the new process has failed. Never do both accept from one socket:
/// each connection would wake both, and one of them for nothing. Meanwhile connections wait in the kernel.
package final class Handover: Sendable {
    package enum Report: Equatable, Sendable {
        case prepared
        case ready
        case failed(String)
        case successor(pid_t)
    }

    /// How long the new process waits for the other one to stop accepting.
    private static let turnTimeout: Int32 = 10_000

    /// Set for a process that replaces another.
    package static let variable = "WEIR_HANDOVER"
    static let socketsPerPacket = 8

    private let socket: Mutex<Int32>
    /// The process that goes has programs beside its apps, which have to end before others start.
    package let hasProcesses: Bool

    init(socket: Int32, hasProcesses: Bool = false) {
        self.socket = Mutex(socket)
        self.hasProcesses = hasProcesses
    }

    // MARK: The process that goes

    /// Starts `program` and gives it the sockets.
    package static func start(
        _ program: ChildProcess, output: Int32, error: Int32,
        sockets: [(address: String, sockets: [ListeningSocket])], hasProcesses: Bool = false
    ) throws(SystemError) -> (pid: pid_t, Handover) {
        var pair: [Int32] = [-1, -1]
        guard weir_socket_pair(1, &pair) == 0 else { throw SystemError("making a socket for the handover") }
        defer { close(pair[1]) }
        let handover = Handover(socket: pair[0])
        var program = program
        program.environment[variable] = "3"
        let pid = try program.spawn(control: pair[1], output: output, error: error)
        for (address, sockets) in sockets {
            for start in stride(from: 0, to: sockets.count, by: socketsPerPacket) {
                let part = sockets[start..<min(start + socketsPerPacket, sockets.count)]
                try handover.send("listen \(address)", part.map(\.descriptor))
            }
        }
        if hasProcesses { try handover.send("processes") }
        try handover.send("begin")
        return (pid, handover)
    }

    /// Waits for what the new process has to say next.
    package func report() async -> Report {
        await waiting { descriptor in
            while true {
                guard let (message, sockets) = Self.receive(descriptor) else { return .failed("it ended") }
                for extra in sockets { close(extra) }
                if let report = Report(message) { return report }
            }
        }
    }

    /// The new process may accept: this one does no more.
    package func giveTurn() { try? send("accept") }

    /// None of the programs beside the apps is left.
    package func tellProcessesEnded(at seconds: Int) { try? send("processes ended \(seconds)") }

    /// Gives the connection to whoever comes after this program in this process.
    package var descriptor: Int32 { socket.withLock { $0 } }

    // MARK: The process that comes

    /// What this process inherits; nil when it replaces nobody.
    package static func inherited() throws(SystemError) -> (sockets: [String: [ListeningSocket]], Handover)? {
        guard let value = getenv(variable), let descriptor = Int32(String(cString: value)) else { return nil }
        unsetenv(variable)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var sockets: [String: [ListeningSocket]] = [:]
        var hasProcesses = false
        while let (message, descriptors) = receive(descriptor) {
            if message == "begin" { return (sockets, Handover(socket: descriptor, hasProcesses: hasProcesses)) }
            if message == "processes" { hasProcesses = true }
            guard message.hasPrefix("listen ") else { continue }
            sockets[String(message.dropFirst(7)), default: []] += descriptors.map { ListeningSocket(adopting: $0) }
        }
        throw SystemError("taking over from another process", errno: EPIPE)
    }

    /// Asks the process that goes to accept no more, and waits until it does not; if it says nothing, for a while.
    package func takeTurn() async {
        tell(.prepared)
        await waiting { descriptor in
            var answer = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&answer, 1, Self.turnTimeout) > 0 else { return }
            _ = Self.receive(descriptor)
        }
    }

    /// Waits until the programs of the process that goes have ended. When that was, in seconds since 1970; nil: that process
    /// has ended without a word.
    package func waitForProcesses() async -> Int? {
        await waiting { descriptor in
            while let (message, sockets) = Self.receive(descriptor) {
                for extra in sockets { close(extra) }
                let words = message.split(separator: " ")
                if words.starts(with: ["processes", "ended"]) { return words.last.flatMap { Int($0) } }
            }
            return nil
        }
    }

    /// Whoever listens may be gone by now, which is none of our business.
    package func tell(_ report: Report) { try? send(report.message) }

    private func waiting<Result: Sendable>(_ body: @escaping @Sendable (_ descriptor: Int32) -> Result) async -> Result
    {
        let descriptor = descriptor
        return await withCheckedContinuation { continuation in
            Thread.detach(name: "weir-handover") { continuation.resume(returning: body(descriptor)) }
        }
    }

    private func send(_ message: String, _ descriptors: [Int32] = []) throws(SystemError) {
        let failure: Int32 = socket.withLock { socket in
            let bytes = Array(message.utf8)
            return weir_send_with_descriptors(socket, bytes, bytes.count, descriptors, Int32(descriptors.count)) == 0
                ? 0 : errno
        }
        guard failure == 0 else { throw SystemError("handing over", errno: failure) }
    }

    static func receive(_ descriptor: Int32) -> (String, [Int32])? {
        var packet = [UInt8](repeating: 0, count: 4_096)
        var descriptors = [Int32](repeating: -1, count: socketsPerPacket)
        var count = Int32(descriptors.count)
        let length = weir_receive_with_descriptors(descriptor, &packet, packet.count, &descriptors, &count)
        guard length > 0 else { return nil }
        return (String(decoding: packet[..<length], as: UTF8.self), Array(descriptors[..<Int(count)]))
    }
}

extension Handover.Report {
    var message: String {
        switch self {
        case .prepared: "prepared"
        case .ready: "ready"
        case .failed(let why): "failed " + String(why.prefix(2_000))
        case .successor(let pid): "successor \(pid)"
        }
    }

    init?(_ message: String) {
        if message == "prepared" {
            self = .prepared
        } else if message == "ready" {
            self = .ready
        } else if message.hasPrefix("failed ") {
            self = .failed(String(message.dropFirst(7)))
        } else if message.hasPrefix("successor "), let pid = pid_t(message.dropFirst(10)) {
            self = .successor(pid)
        } else {
            return nil
        }
    }
}
