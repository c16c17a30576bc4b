import Glibc
import WeirAudit
import WeirConfig

/// Asks a running server, one connection a question. Blocking, with a deadline for all of it: a terminal is waiting, and
/// nobody else.
struct AdminClient: Sendable {
    enum Method: String, Sendable { case get = "GET", post = "POST" }

    let address: ListenAddress
    let token: String?

    static let patience = 10.0
    /// A reload waits for new workers to be ready.
    static let reloadPatience = 600.0

    func ask(
        _ method: Method, _ target: String, fields: [PageAnswer.Field] = [], patience: Double = patience
    ) throws -> AdminAnswer {
        let socket = try AdminConnection(address, deadline: .now.advanced(by: .seconds(patience)))
        var head = "\(method.rawValue) \(target) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n"
        for field in fields { head += "\(field.name): \(field.value)\r\n" }
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        if method == .post { head += "Content-Length: 0\r\n" }
        try socket.send(Array((head + "\r\n").utf8))
        var reader = AdminAnswerReader()
        while !reader.isComplete {
            let piece = try socket.receive()
            if piece.isEmpty { try reader.end() } else { try reader.take(piece) }
        }
        return reader.answer
    }

    private var host: String {
        switch address {
        case .tcp: address.configured
        case .unix: "localhost"
        }
    }
}

/// Why there is no answer to show.
enum AdminFailure: Error, Equatable, CustomStringConvertible {
    /// Nobody is there. Ends with exit code 3.
    case noServer(String)
    /// It says no, or something else goes wrong. Ends with exit code 1.
    case failed(String)

    var description: String {
        switch self {
        case .noServer(let text), .failed(let text): text
        }
    }
}

/// One connection to the admin listener.
private final class AdminConnection {
    private let descriptor: Int32
    private let address: ListenAddress
    private let deadline: ContinuousClock.Instant

    init(_ address: ListenAddress, deadline: ContinuousClock.Instant) throws {
        self.address = address
        self.deadline = deadline
        var failure: Int32 = ECONNREFUSED
        for target in try SocketTarget.all(of: address) {
            let descriptor = socket(target.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw AdminFailure.failed("no socket: \(Self.reason(errno))") }
            // Bounds `connect`, and each `send` and `recv`.
            var limit = timeval(tv_sec: 5, tv_usec: 0)
            let size = socklen_t(MemoryLayout<timeval>.size)
            setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
            if target.connect(descriptor) == 0 {
                self.descriptor = descriptor
                return
            }
            failure = errno
            close(descriptor)
        }
        throw AdminFailure.noServer("nobody answers at \(address.configured): \(Self.reason(failure))")
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw AdminFailure.failed("\(address.configured): \(Self.reason(errno))") }
            rest = rest.dropFirst(count)
        }
    }

    /// Empty at the end of the connection.
    func receive() throws -> [UInt8] {
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw AdminFailure.failed("\(address.configured) does not answer in time") }
            var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = Glibc.poll(&poll, 1, Int32(min(left / .milliseconds(1), 60_000)) + 1)
            if ready < 0 && errno != EINTR { throw AdminFailure.failed("poll: \(Self.reason(errno))") }
            guard ready > 0 else { continue }
            var failure: Int32 = 0
            let piece = [UInt8](unsafeUninitializedCapacity: 65_536) { memory, count in
                let received = recv(descriptor, memory.baseAddress, memory.count, 0)
                failure = received < 0 ? errno : 0
                count = max(0, received)
            }
            if failure == EINTR { continue }
            guard failure == 0 else { throw AdminFailure.failed("\(address.configured): \(Self.reason(failure))") }
            return piece
        }
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}

/// Where a socket can be connected to.
private struct SocketTarget {
    let family: Int32
    private var storage: sockaddr_storage
    private let size: socklen_t

    func connect(_ descriptor: Int32) -> Int32 {
        withUnsafePointer(to: storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) }
        }
    }

    private init(_ family: Int32, _ bytes: UnsafeRawBufferPointer) {
        self.family = family
        storage = sockaddr_storage()
        size = socklen_t(bytes.count)
        withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: bytes) }
    }

    static func all(of address: ListenAddress) throws -> [SocketTarget] {
        switch address {
        case .unix(let path): [try unix(path)]
        case .tcp(let host, let port): try tcp(host, port)
        }
    }

    private static func unix(_ path: String) throws -> SocketTarget {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw AdminFailure.failed("the path of a socket may have 107 bytes: \(path)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafeBytes(of: address) { SocketTarget(AF_UNIX, $0) }
    }

    private static func tcp(_ host: String, _ port: Int) throws -> [SocketTarget] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, "\(port)", &hints, &list)
        guard code == 0 else { throw AdminFailure.noServer("\(host): \(String(cString: gai_strerror(code)))") }
        defer { freeaddrinfo(list) }
        return sequence(first: list) { $0?.pointee.ai_next }.prefix { $0 != nil }.compactMap { entry in
            guard let info = entry?.pointee, let address = info.ai_addr else { return nil }
            return SocketTarget(
                info.ai_family, UnsafeRawBufferPointer(start: UnsafeRawPointer(address), count: Int(info.ai_addrlen)))
        }
    }
}
