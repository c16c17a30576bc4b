import Glibc
import WeirCore

/// One GET of a small document from a numeric address near by, HTTP/1.0 so that the end of the connection is the end of
/// the answer. Blocks for `patience` at most.
struct PlainHTTPRequest {
    struct Failure: Error {
        let reason: String
    }

    static let largestAnswer = 1 << 20

    private let host: String
    private let port: UInt16
    private let path: String
    private let deadline: UInt64

    init(_ address: String, patience: Nanoseconds) throws(Failure) {
        let scheme = "http://"
        guard address.hasPrefix(scheme), !address.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
            throw Failure(reason: "the address does not begin with http://, or is not one")
        }
        let rest = address.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard let name = parts.first, parts.count <= 2, let number = parts.count == 2 ? UInt16(parts[1]) : 80 else {
            throw Failure(reason: "'\(authority)' is not an IPv4 address and a port")
        }
        host = String(name)
        port = number
        path = rest.count > authority.count ? String(rest.dropFirst(authority.count)) : "/"
        deadline = Self.now() + UInt64(max(0, patience.count))
    }

    /// The body of an answer with status 200.
    func send() throws(Failure) -> [UInt8] {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw failure("making a socket") }
        defer { close(socket) }
        try limitTime(socket)
        try connect(socket)
        let request = Array("GET \(path) HTTP/1.0\r\nHost: \(host)\r\nAccept: application/json\r\n\r\n".utf8)
        guard Glibc.send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw failure("sending the request")
        }
        return try body(of: receive(socket))
    }

    private func connect(_ socket: Int32) throws(Failure) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            throw Failure(reason: "'\(host)' is not an IPv4 address")
        }
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(socket, $0, size) }
        }
        guard result == 0 else { throw failure("connecting") }
    }

    private func receive(_ socket: Int32) throws(Failure) -> [UInt8] {
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            try limitTime(socket)
            let count = recv(socket, &buffer, buffer.count, 0)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("reading the answer") }
            guard count > 0 else { return answer }
            answer += buffer[..<count]
            guard answer.count <= Self.largestAnswer else {
                throw Failure(reason: "the answer is larger than \(Self.largestAnswer) bytes")
            }
        }
    }

    private func body(of answer: [UInt8]) throws(Failure) -> [UInt8] {
        let status = answer.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard status.count == 3, status[0].starts(with: "HTTP/1.".utf8) else {
            throw Failure(reason: "the answer is not HTTP")
        }
        guard status[1].elementsEqual("200".utf8) else {
            throw Failure(reason: "status \(String(decoding: status[1].prefix(3), as: UTF8.self))")
        }
        let blankLine: [UInt8] = [13, 10, 13, 10]
        guard let head = answer.indices.first(where: { answer[$0...].starts(with: blankLine) }) else {
            throw Failure(reason: "the answer ends within its head")
        }
        return Array(answer[(head + blankLine.count)...])
    }

    /// What is left of the patience holds for whatever the socket does next; connecting included.
    private func limitTime(_ socket: Int32) throws(Failure) {
        let now = Self.now()
        guard now < deadline else { throw Failure(reason: "no complete answer in time") }
        let left = Int(deadline - now)
        var limit = timeval(tv_sec: left / 1_000_000_000, tv_usec: max(1, left % 1_000_000_000 / 1_000))
        let size = socklen_t(MemoryLayout<timeval>.size)
        guard setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, size) == 0,
            setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, size) == 0
        else { throw failure("limiting the time of a socket") }
    }

    private func failure(_ attempt: String) -> Failure {
        let isLate = errno == EAGAIN || errno == EINPROGRESS
        return Failure(reason: isLate ? "no complete answer in time" : SystemError(attempt).description)
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
