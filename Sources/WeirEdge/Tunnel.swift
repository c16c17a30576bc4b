import NIOCore
import WeirConfig
import WeirCore

/// The application's side of a tunnel. Called on the exchange's loop; never again once the exchange has ended.
package protocol TunnelEnd: AnyObject {
    /// Bytes of the client. Whoever cannot take so much so fast calls ``Tunnel/pause()``.
    func tunnelReceived(_ piece: ByteBuffer)

    /// The client sends nothing more. When it has left for good, ``Gateway/abandon(_:)`` follows.
    func tunnelEnded()

    /// The client takes nothing at present: stop ``Tunnel/send(_:)``.
    func tunnelPause()
    func tunnelResume()
}

/// The client's side of a tunnel: what was a connection of HTTP, and carries another protocol now. Touched from its
/// exchange's loop only.
package final class Tunnel {
    private unowned let connection: HTTPConnection
    let end: any TunnelEnd
    private let timeouts: AppTimeouts
    /// The client sends nothing more.
    var isInputEnded = false
    /// The application sends nothing more.
    var isOutputEnded = false
    /// The application takes nothing at present.
    var isPaused = false
    /// The application was told to send nothing.
    var isEndPaused = false

    init(_ connection: HTTPConnection, to end: any TunnelEnd, timeouts: AppTimeouts) {
        self.connection = connection
        self.end = end
        self.timeouts = timeouts
    }

    /// Without a byte either way for so long, it is closed. Whoever has ended one side may be gone as a whole, which looks
    /// the same until something is sent there: then silence counts as it does within an answer.
    var idle: Nanoseconds {
        isInputEnded || isOutputEnded ? min(timeouts.idle, timeouts.upgradeIdle) : timeouts.upgradeIdle
    }

    /// To the client.
    package func send(_ piece: ByteBuffer) { connection.send(piece, through: self) }

    /// The application sends nothing more. The client still may.
    package func finish() { connection.finishOutput(of: self) }

    /// The client is not read until ``resume()``.
    package func pause() { isPaused = true }

    package func resume() {
        guard isPaused else { return }
        isPaused = false
        connection.releaseHeldRead()
    }
}
