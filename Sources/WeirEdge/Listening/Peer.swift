import NIOCore

/// The other end of a connection, and this one, as text: made once a connection.
package struct Peer: Sendable {
    package var address: [UInt8] = []
    package var port: [UInt8] = []
    package var localAddress: [UInt8] = []
    package var localPort: [UInt8] = []
    /// For the count of connections by address.
    var admissionKey = ""

    init() {}

    init(channel: any Channel) {
        if let remote = channel.remoteAddress, let ip = remote.ipAddress {
            admissionKey = ip
            address = Array(ip.utf8)
            port = Array(String(remote.port ?? 0).utf8)
        } else {
            address = Array("unix".utf8)
        }
        if let local = channel.localAddress, let ip = local.ipAddress {
            localAddress = Array(ip.utf8)
            localPort = Array(String(local.port ?? 0).utf8)
        }
    }
}

/// What a listener's connections may reach.
package enum ListenerEndpoints: Sendable {
    /// The routes, and the operator's pages where the settings put them.
    case routes
    /// The operator's pages only.
    case admin
}
