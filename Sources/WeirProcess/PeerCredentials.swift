import Glibc

/// Who was at the other end of a unix socket when it was connected, as the kernel knows it (`struct ucred`).
package struct PeerCredentials: Sendable {
    package let pid: pid_t
    package let uid: uid_t
    package let gid: gid_t

    /// nil: not a unix socket.
    package init?(of socket: Int32) {
        var raw: (pid_t, uid_t, gid_t) = (0, 0, 0)
        var size = socklen_t(MemoryLayout.size(ofValue: raw))
        guard getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &raw, &size) == 0 else { return nil }
        (pid, uid, gid) = raw
    }
}
