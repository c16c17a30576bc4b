import CWeirSystem
import Glibc
import NIOCore
import NIOPosix
import WeirProcess

/// Weir's end of a stream to the guest inside a process, which writes lines of reports. The process notices by it when
/// Weir is gone.
struct GuestChannel: ~Copyable {
    /// The end to hand to the process; closed with this value.
    let descriptor: Int32

    /// As much as a stack of 50 frames takes.
    private static let lineMax = 16_384

    /// Calls `onLine` on `eventLoop`.
    init(on eventLoop: any EventLoop, _ onLine: @escaping @Sendable (String) -> Void) throws(SystemError) {
        var pair: [Int32] = [-1, -1]
        guard weir_socket_pair(0, &pair) == 0 else { throw SystemError("making a socket for a guest's reports") }
        let own = pair[0]
        descriptor = pair[1]
        ClientBootstrap(group: eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LineReader(Self.lineMax, onLine, {}))
                }
            }
            .withConnectedSocket(own)
            .whenFailure { _ in close(own) }
    }

    deinit { close(descriptor) }
}
