import CWeirSystem
import Glibc
import Synchronization

/// The server's view of a guest's fork server: a process that started its runtime once and forks workers on command.
/// Messages are lines of text, one a packet, on a SOCK_SEQPACKET socket; a worker's descriptors travel with `fork`.
package final class ForkServer: Sendable {
    package let pid: pid_t
    private let control: Mutex<Int32>

    /// Starts `program` and calls `onEvent`, on a thread of its own, for all that it reports.
    package init(
        _ program: ChildProcess, output: Int32, error: Int32, onEvent: @escaping @Sendable (Event) -> Void
    ) throws(SystemError) {
        var pair: [Int32] = [-1, -1]
        guard weir_socket_pair(1, &pair) == 0 else { throw SystemError("making a control socket") }
        defer { Glibc.close(pair[1]) }
        do {
            pid = try program.spawn(control: pair[1], output: output, error: error)
        } catch {
            Glibc.close(pair[0])
            throw error
        }
        control = Mutex(pair[0])
        let listening = dup(pair[0])
        Thread.detach(name: "weir-forks") { Self.listen(on: listening, onEvent) }
    }

    /// Forks a worker that owns the two descriptors; the caller closes its copies.
    package func fork(worker: Int, connection: Int32, standardError: Int32) throws(SystemError) {
        try send("fork \(worker)", [connection, standardError])
    }

    /// Sends a signal to a worker; the fork server knows whether that pid is still the worker's.
    package func kill(worker: Int, signal: Int32) throws(SystemError) {
        try send("kill \(worker) \(signal)", [])
    }

    /// Asks for the PHP stack of a worker, if it still serves the request with this FastCGI id; answered within about a second
    /// by ``Event/stack(worker:token:frames:)`` or ``Event/stackFailed(worker:token:reason:)``, or, when the request is over,
    /// by nothing.
    package func askForStack(worker: Int, token: UInt16) throws(SystemError) {
        try send("stack \(worker) \(token)", [])
    }

    /// Answered by ``Event/opcache(_:)`` or ``Event/opcacheFailed(reason:)``; questions asked meanwhile share the next answer.
    package func askForOpcache() throws(SystemError) { try send("opcache", []) }

    /// Ends the fork server and whatever workers are left.
    package func close() {
        control.withLock { socket in
            guard socket >= 0 else { return }
            shutdown(socket, Int32(SHUT_RDWR))
            Glibc.close(socket)
            socket = -1
        }
    }

    private func send(_ message: String, _ descriptors: [Int32]) throws(SystemError) {
        let failure: Int32 = control.withLock { socket in
            guard socket >= 0 else { return EPIPE }
            let bytes = Array(message.utf8)
            return weir_send_with_descriptors(socket, bytes, bytes.count, descriptors, Int32(descriptors.count)) == 0
                ? 0 : errno
        }
        guard failure == 0 else { throw SystemError("telling the fork server '\(message)'", errno: failure) }
    }

    private static func listen(on socket: Int32, _ onEvent: (Event) -> Void) {
        // The longest message is a stack: 50 lines of up to 512 bytes.
        var packet = [UInt8](repeating: 0, count: 32 << 10)
        while true {
            let count = recv(socket, &packet, packet.count, 0)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            if let event = Event(String(decoding: packet[..<count], as: UTF8.self)) { onEvent(event) }
        }
        Glibc.close(socket)
        onEvent(.closed)
    }
}
