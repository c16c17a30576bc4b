import Glibc
import WeirTestSupport

@testable import WeirProcess

/// A server that answers each path with its text and closes, on a thread of its own.
final class AnsweringServer: Sendable {
    let address: String
    private let socket: Int32

    /// `isSilent`: connections are taken and left waiting.
    init(_ answers: [String: String], isSilent: Bool = false) throws {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, size) == 0 && listen(socket, 16) == 0 && getsockname(socket, $0, &size) == 0
            }
        }
        guard bound else { throw SystemError("listening") }
        self.socket = socket
        self.address = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        Thread.detach(name: "answers") {
            var waiting: [Int32] = []
            while true {
                let connection = accept(socket, nil, nil)
                guard connection >= 0 else { break }
                if isSilent {
                    waiting.append(connection)
                } else {
                    Self.answer(connection, answers)
                    close(connection)
                }
            }
            for descriptor in waiting + [socket] { close(descriptor) }
        }
    }

    /// Its thread, woken by this, closes the socket: nobody else may get the number while it is used.
    func stop() { shutdown(socket, Int32(SHUT_RDWR)) }

    private static func answer(_ connection: Int32, _ answers: [String: String]) {
        var request: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while !request.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            request += buffer[..<count]
        }
        let path = String(decoding: request, as: UTF8.self).split(separator: " ")[1]
        let body = answers[String(path)]
        let answer = Array(
            ("HTTP/1.0 \(body == nil ? "404 Not Found" : "200 OK")\r\nContent-Type: application/json\r\n\r\n"
                + (body ?? "")).utf8)
        var sent = 0
        while sent < answer.count {
            let count = answer[sent...].withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }
}
