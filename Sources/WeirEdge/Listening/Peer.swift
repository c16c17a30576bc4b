import NIOCore

/// The other end of a connection, and this one, as text: made once a connection, and handed around as one reference.
package final class Peer: Sendable {
    package let address: [UInt8]
    package let port: [UInt8]
    package let localAddress: [UInt8]
    package let localPort: [UInt8]
    /// For the count of connections by address; empty for the client of a unix socket.
    let admissionKey: String
    /// Of a unix socket: it has no address.
    package var isLocal: Bool { admissionKey.isEmpty }

    /// Of a connection that is not open.
    static let none = Peer()

    private init() {
        (address, port, localAddress, localPort, admissionKey) = ([], [], [], [], "")
    }

    init(channel: any Channel) {
        if let remote = channel.remoteAddress, let ip = remote.ipAddress {
            admissionKey = ip
            address = Array(ip.utf8)
            port = Array(String(remote.port ?? 0).utf8)
        } else {
            admissionKey = ""
            address = Array("unix".utf8)
            port = []
        }
        if let local = channel.localAddress, let ip = local.ipAddress {
            localAddress = Array(ip.utf8)
            localPort = Array(String(local.port ?? 0).utf8)
        } else {
            localAddress = []
            localPort = []
        }
    }
}

/// What a listener's connections may reach.
package enum ListenerEndpoints: Hashable, Sendable {
    /// The routes, and the operator's pages where the settings put them.
    case routes
    /// The operator's pages only.
    case admin
}
