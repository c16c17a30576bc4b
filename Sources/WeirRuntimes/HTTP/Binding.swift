import Glibc
import WeirConfig
import WeirProcess

/// Where each process of a program is to listen, and how it is told.
struct Binding: Sendable {
    enum Kind: Sendable {
        /// The guest in Node.js listens on the socket that `WEIR_SOCKET` names.
        case node
        /// `{socket}` in the command.
        case socket
        /// `PORT`, and `{port}` in the command.
        case port
    }

    let kind: Kind

    init(_ app: AppSettings) {
        kind =
            app.runtime == .node ? .node : app.command.contains { $0.contains("{socket}") } ? .socket : .port
    }

    /// Chooses an address for one process, and tells the program. `serial` has not been used in `directory` before.
    func bind(_ program: inout ChildProcess, in directory: SocketDirectory, serial: Int) throws(SystemError)
        -> ListenAddress
    {
        let socket = directory.socket(serial)
        switch kind {
        case .node:
            program.environment["WEIR_SOCKET"] = socket
            return .unix(path: socket)
        case .socket:
            program.replace("{socket}", by: socket)
            return .unix(path: socket)
        case .port:
            let port = try Self.freePort()
            program.environment["PORT"] = "\(port)"
            program.replace("{port}", by: "\(port)")
            return .tcp(host: "127.0.0.1", port: port)
        }
    }

    /// What the program was told of this address.
    func told(_ address: ListenAddress) -> String {
        switch (kind, address) {
        case (.node, _): "listen() on any port, once"
        case (.socket, .unix(let path)): "{socket}, which is \(path)"
        case (_, .tcp(_, let port)): "PORT, which is \(port)"
        case (_, .unix(let path)): path
        }
    }

    /// One that is free now. Nothing keeps it until the program takes it; one that lost it ends, and its successor gets
    /// another.
    private static func freePort() throws(SystemError) -> Int {
        let made = try ListeningSocket.tcp(host: "127.0.0.1", port: 0, backlog: 1)
        defer { made.closeDescriptor() }
        guard let port = made.port else { throw SystemError("finding a free port") }
        return port
    }
}

extension ChildProcess {
    fileprivate mutating func replace(_ placeholder: String, by value: String) {
        arguments = arguments.map { $0.replacing(placeholder, with: value) }
    }
}
