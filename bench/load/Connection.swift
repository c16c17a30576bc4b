import CEpoll
import Glibc

/// One connection of one client: at most one request is under way on it.
final class Connection {
    enum Event {
        /// Nothing that matters to the request.
        case nothing
        case answered(status: Int, keepsConnection: Bool)
        case failed(Outcome)
    }

    let descriptor: Int32
    var request: Request?
    /// Whether a request was answered on it before.
    private(set) var isReused = false
    /// Its place in the list of idle ones.
    var idlePosition = 0

    private var isConnected = false
    private var unsent = 0
    private var bytes: [UInt8] = []
    private var reader = AnswerReader()
    private let events: Int32
    private var wantsWriting = false

    /// Begins to connect. Returns nothing with `errno` when that fails at once.
    init?(to address: inout sockaddr_in, events: Int32) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_NONBLOCK | O_CLOEXEC, 0)
        self.events = events
        guard descriptor >= 0 else { return nil }
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 || errno == EINPROGRESS else {
            let trouble = errno
            close(descriptor)
            errno = trouble
            return nil
        }
        isConnected = connected == 0
        watch(EPOLL_CTL_ADD, writing: false)
    }

    func send(_ request: Request, _ bytes: [UInt8]) -> Event {
        self.request = request
        self.bytes = bytes
        unsent = bytes.count
        reader.reset()
        return write()
    }

    func ready(_ flags: UInt32, into buffer: UnsafeMutableBufferPointer<UInt8>) -> Event {
        if unsent > 0 {
            let event = write()
            if case .failed = event { return event }
        }
        return flags & (EPOLLIN.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 ? read(into: buffer) : .nothing
    }

    func disconnect() { close(descriptor) }

    func isAnswered() {
        request = nil
        isReused = true
    }

    private func write() -> Event {
        let written = bytes.withUnsafeBytes { raw in
            Glibc.send(descriptor, raw.baseAddress.map { $0 + (raw.count - unsent) }, unsent, Int32(MSG_NOSIGNAL))
        }
        if written >= 0 {
            isConnected = true
            unsent -= written
        } else if errno != EAGAIN && errno != ENOTCONN {
            return .failed(trouble(errno))
        }
        if (unsent > 0) != wantsWriting { watch(EPOLL_CTL_MOD, writing: unsent > 0) }
        return .nothing
    }

    private func read(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Event {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count < 0 {
                return errno == EAGAIN ? .nothing : .failed(trouble(errno))
            }
            guard request != nil else {
                // An idle connection: closed by the server, or a server that speaks unasked.
                return .failed(count == 0 ? .reset : .malformed)
            }
            let progress =
                count == 0 ? reader.end() : reader.read(UnsafeBufferPointer(rebasing: buffer[..<count]))
            switch progress {
            case .complete(let status, let keeps):
                return .answered(status: status, keepsConnection: keeps && unsent == 0)
            case .malformed:
                return .failed(.malformed)
            case .incomplete:
                if count == 0 { return .failed(reader.hasBegun ? .cut : .reset) }
                if count < buffer.count { return .nothing }
            }
        }
    }

    private func trouble(_ code: Int32) -> Outcome {
        if code == ECONNREFUSED { return .refused }
        guard isConnected else { return .notConnected }
        return reader.hasBegun ? .cut : .reset
    }

    private func watch(_ operation: Int32, writing: Bool) {
        wantsWriting = writing
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | (writing ? EPOLLOUT.rawValue : 0)
        event.data.fd = descriptor
        epoll_ctl(events, operation, descriptor, &event)
    }
}
