import CWeirSystem
import Glibc
import Logging
import NIOCore
import NIOPosix
import WeirProcess

/// Where a guest's process writes what it has to say: a pipe whose lines become lines of Weir's log.
struct GuestLog: ~Copyable {
    /// The end to hand to the process; closed with this value.
    let descriptor: Int32

    private static let lineMax = 8_192

    /// Calls `onLine` on `eventLoop`, and `onEnd` once every process that holds the other end is gone.
    init(
        on eventLoop: any EventLoop, onEnd: @escaping @Sendable () -> Void = {},
        _ onLine: @escaping @Sendable (String) -> Void
    ) throws(SystemError) {
        var pair: [Int32] = [-1, -1]
        guard weir_pipe(&pair) == 0 else { throw SystemError("making a pipe for a guest's log") }
        let reading = pair[0]
        descriptor = pair[1]
        NIOPipeBootstrap(group: eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LineReader(Self.lineMax, onLine, onEnd))
                }
            }
            .takingOwnershipOfDescriptor(input: reading)
            .whenFailure { _ in close(reading) }
    }

    deinit { close(descriptor) }

    /// What is written to standard error is a warning; a program's standard output is its log.
    static func log(_ text: String, to logger: Logger, pid: Int32?, request: String, isError: Bool = true) {
        for line in text.split(separator: "\n") {
            var metadata: Logger.Metadata = ["message": "\(line)"]
            if let pid { metadata["pid"] = "\(pid)" }
            if !request.isEmpty { metadata["request"] = "\(request)" }
            if isError {
                logger.warning("app.stderr", metadata: metadata)
            } else {
                logger.info("app.stdout", metadata: metadata)
            }
        }
    }
}
