import Foundation

/// A blocking socket that sends exactly the bytes it is given, and never waits beyond a deadline.
package final class RawClient {
    /// How long any one call may take.
    package var patience: Double
    /// What lives as long as the connection: the server that it leads to.
    package var owner: AnyObject?
    private var descriptor: Int32
    /// Received and not consumed yet.
    package private(set) var buffered: [UInt8] = []
    package private(set) var hasEnded = false

    package struct TimedOut: Error, CustomStringConvertible {
        package let description: String
    }

    /// The server ended the connection where more was expected.
    package struct Ended: Error, CustomStringConvertible {
        package let received: [UInt8]
        package var description: String { "the connection ended after: \(String(decoding: received, as: UTF8.self))" }
    }

    package struct BrokenConnection: Error {
        package let errno: Int32
    }

    /// Connects over TCP. `receiveBuffer`: the kernel's, for readers that take little.
    package init(port: Int, from source: String? = nil, receiveBuffer: Int32? = nil, patience: Double = 15) throws {
        self.patience = patience
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TestFailure("socket: \(lastError())") }
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        if let source {
            var local = Self.address(source, port: 0)
            _ = withSocketAddress(&local) { bind(descriptor, $0, $1) }
        }
        var remote = Self.address("127.0.0.1", port: port)
        try connect { withSocketAddress(&remote, $0) }
    }

    package init(unix path: String, patience: Double = 15) throws {
        self.patience = patience
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TestFailure("socket: \(lastError())") }
        var remote = sockaddr_un()
        remote.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &remote.sun_path) { $0.copyBytes(from: path.utf8) }
        try connect { withSocketAddress(&remote, $0) }
    }

    /// The other end of a connection that was accepted.
    init(accepted descriptor: Int32, patience: Double) {
        self.patience = patience
        self.descriptor = descriptor
    }

    deinit { close() }

    private func connect(_ withAddress: ((UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32) throws {
        let failure = withAddress { Glibc.connect(descriptor, $0, $1) } == 0 ? 0 : errno
        guard failure == 0 else {
            close()
            throw BrokenConnection(errno: failure)
        }
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func address(_ host: String, port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        return address
    }

    // MARK: Sending

    package func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Sends all of it, or throws when the server takes no more in time.
    package func send(_ bytes: [UInt8]) throws {
        var sent = 0
        let deadline = Clock.now + patience
        while sent < bytes.count {
            let count = try sendSome(bytes[sent...])
            sent += count
            if count == 0, !wait(for: Int16(POLLOUT), until: deadline) {
                throw TimedOut(description: "the server took \(sent) of \(bytes.count) bytes")
            }
        }
    }

    /// One write: how much of it the kernel took; 0 when its buffers are full.
    package func sendSome(_ bytes: ArraySlice<UInt8>) throws -> Int {
        while true {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 { return count }
            if errno == EAGAIN { return 0 }
            if errno != EINTR { throw BrokenConnection(errno: errno) }
        }
    }

    /// Sends up to `count` bytes until nothing has been taken for half a second; how many were.
    package func sendUntilHeld(_ count: Int, _ piece: [UInt8]) throws -> Int {
        var sent = 0
        var taken = 1
        while sent < count, taken > 0 {
            taken = 0
            _ = try holds(within: 0.5) {
                taken = try sendSome(piece.prefix(count - sent))
                return taken > 0
            }
            sent += taken
        }
        return sent
    }

    /// Sends in pieces, each a segment of its own.
    package func send(pieces: [[UInt8]]) throws {
        for piece in pieces { try send(piece) }
    }

    /// Says that no more will come.
    package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    package func close() {
        guard descriptor >= 0 else { return }
        Glibc.close(descriptor)
        descriptor = -1
    }

    /// Closes so that the server sees a reset.
    package func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        close()
    }

    // MARK: Receiving

    /// Reads what has come; false at the connection's end.
    private func receive(until deadline: Double) throws -> Bool {
        guard !hasEnded else { return false }
        guard wait(for: Int16(POLLIN), until: deadline) else {
            let text = String(decoding: buffered.prefix(300), as: UTF8.self)
            throw TimedOut(description: "nothing came in time; so far \(buffered.count) bytes: \(text)")
        }
        let piece = try receiveSome(limit: 262_144)
        buffered += piece
        return !hasEnded
    }

    /// One read; empty at the end, or when there is nothing yet.
    package func receiveSome(limit: Int) throws -> [UInt8] {
        var failure: Int32 = 0
        let piece = [UInt8](unsafeUninitializedCapacity: limit) { memory, count in
            let received = recv(descriptor, memory.baseAddress, limit, 0)
            failure = received < 0 ? errno : 0
            if received == 0 { hasEnded = true }
            count = max(0, received)
        }
        if failure != 0 && failure != EAGAIN && failure != EINTR { throw BrokenConnection(errno: failure) }
        return piece
    }

    private func wait(for events: Int16, until deadline: Double) -> Bool {
        while true {
            var poll = pollfd(fd: descriptor, events: events, revents: 0)
            let milliseconds = Int32(max(0, min(deadline - Clock.now, 3_600) * 1_000))
            let ready = Glibc.poll(&poll, 1, milliseconds)
            if ready > 0 { return true }
            if ready == 0 && Clock.now >= deadline { return false }
        }
    }

    private func fill(to count: Int, until deadline: Double) throws {
        while buffered.count < count {
            guard try receive(until: deadline) else { throw Ended(received: buffered) }
        }
    }

    private func take(_ count: Int) -> [UInt8] {
        let taken = Array(buffered.prefix(count))
        buffered.removeFirst(count)
        return taken
    }

    /// Reads `count` bytes.
    package func read(_ count: Int) throws -> [UInt8] {
        try fill(to: count, until: Clock.now + patience)
        return take(count)
    }

    /// Everything up to `mark`, which is the last of it.
    package func read(through mark: String) throws -> String {
        let deadline = Clock.now + patience
        let mark = Array(mark.utf8)
        while true {
            if let found = buffered.firstRange(of: mark) {
                return String(decoding: take(found.upperBound), as: UTF8.self)
            }
            guard try receive(until: deadline) else { throw Ended(received: buffered) }
        }
    }

    /// Everything up to the connection's end. A reset counts as an end when `allowsReset`.
    package func readToEnd(allowsReset: Bool = false) throws -> [UInt8] {
        let deadline = Clock.now + patience
        do {
            while try receive(until: deadline) {}
        } catch let broken as BrokenConnection where allowsReset && broken.errno == ECONNRESET {
            hasEnded = true
        }
        return take(buffered.count)
    }

    /// Whether the server ends the connection within this time, after nothing but what is already read.
    package func isEnded(within seconds: Double) -> Bool {
        let deadline = Clock.now + seconds
        do {
            while try receive(until: deadline) {}
            return true
        } catch { return error is BrokenConnection }
    }

    /// Whether anything, or the end, comes within this time.
    package func hasInput(within seconds: Double) -> Bool {
        !buffered.isEmpty || hasEnded || wait(for: Int16(POLLIN), until: Clock.now + seconds)
    }

    private func readLine(until deadline: Double) throws -> String {
        var searched = 0
        while true {
            if let end = buffered[searched...].firstIndex(of: 10) {
                let line = take(end + 1).dropLast()
                guard line.last == 13 else { throw TestFailure("a line without CR: \(line)") }
                return String(decoding: line.dropLast(), as: UTF8.self)
            }
            searched = buffered.count
            guard try receive(until: deadline) else { throw Ended(received: buffered) }
        }
    }

    /// Everything up to the empty line that ends a head, with it.
    package func readHead() throws -> String {
        let deadline = Clock.now + patience
        var head = ""
        while case let line = try readLine(until: deadline), !line.isEmpty { head += line + "\n" }
        return head
    }

    // MARK: Answers

    /// Reads one answer, interim ones (100) included. `toHead`: the request was HEAD, so that no body follows.
    package func readAnswer(toHead: Bool = false) throws -> RawAnswer {
        let deadline = Clock.now + patience
        var answer = try RawAnswer(statusLine: readLine(until: deadline))
        while case let line = try readLine(until: deadline), !line.isEmpty { try answer.addField(line) }
        guard !toHead, answer.status >= 200, answer.status != 204, answer.status != 304 else { return answer }
        if answer["Transfer-Encoding"]?.lowercased() == "chunked" {
            guard answer["Content-Length"] == nil else { throw TestFailure("two framings: \(answer.fields)") }
            try readChunks(into: &answer, until: deadline)
        } else if let length = answer["Content-Length"] {
            guard let count = Int(length) else { throw TestFailure("Content-Length: \(length)") }
            try fill(to: count, until: deadline)
            answer.body = take(count)
        } else {
            answer.body = try readToEnd()
        }
        return answer
    }

    private func readChunks(into answer: inout RawAnswer, until deadline: Double) throws {
        while true {
            let line = try readLine(until: deadline)
            guard let size = Int(line, radix: 16) else { throw TestFailure("no chunk size: \(line)") }
            guard size > 0 else { break }
            try fill(to: size + 2, until: deadline)
            answer.body += take(size)
            guard take(2) == [13, 10] else { throw TestFailure("a chunk of \(size) has no end") }
        }
        while case let line = try readLine(until: deadline), !line.isEmpty { answer.trailers.append(line) }
    }

    /// Sends a request and reads its answer.
    package func exchange(_ request: String) throws -> RawAnswer {
        try send(request)
        return try readAnswer(toHead: request.hasPrefix("HEAD "))
    }

    /// A GET that keeps the connection.
    package func get(_ path: String, _ fields: String...) throws -> RawAnswer {
        try exchange(RawRequest.get(path, fields))
    }
}

package enum RawRequest {
    package static func get(_ path: String, _ fields: [String] = []) -> String {
        "GET \(path) HTTP/1.1\r\nHost: test\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
    }

    package static func post(_ path: String, _ body: String, _ fields: [String] = []) -> String {
        "POST \(path) HTTP/1.1\r\nHost: test\r\nContent-Length: \(body.utf8.count)\r\n"
            + fields.map { $0 + "\r\n" }.joined() + "\r\n" + body
    }
}

/// One answer as it came.
package struct RawAnswer {
    package let version: String
    package let status: Int
    package let reason: String
    package private(set) var fields: [(name: String, value: String)] = []
    package var body: [UInt8] = []
    package var trailers: [String] = []

    package var text: String { String(decoding: body, as: UTF8.self) }

    package init(statusLine line: String) throws {
        let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].hasPrefix("HTTP/1."), let status = Int(parts[1]) else {
            throw TestFailure("no status line: \(line)")
        }
        version = String(parts[0])
        self.status = status
        reason = String(parts[2])
    }

    package mutating func addField(_ line: String) throws {
        guard let colon = line.firstIndex(of: ":") else { throw TestFailure("no field: \(line)") }
        let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        fields.append((String(line[..<colon]), value))
    }

    package func all(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The field's value; several are joined by commas.
    package subscript(_ name: String) -> String? {
        let values = all(name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }
}

func withSocketAddress<Address>(
    _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
    let size = socklen_t(MemoryLayout<Address>.size)
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) }
    }
}
