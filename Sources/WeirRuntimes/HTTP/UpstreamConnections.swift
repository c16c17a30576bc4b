import NIOCore
import NIOPosix
import WeirConfig
import WeirCore
import WeirEdge

/// The connections of one event loop to one process: those that carry a request or a tunnel, and those that wait for the
/// next. Touched from that loop only.
final class UpstreamConnections: @unchecked Sendable {
    /// Small answers arrive in one read; a buffer of full size for each of thousands of connections is memory that the
    /// allocator does not give back.
    private static let reads = AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 4_096, maximum: 65_536)

    let loop: EdgeLoop
    /// What waits here; more are closed after their answers.
    private let settings: UpstreamSettings
    private var open: [UpstreamConnection] = []
    /// The one used last is taken first: those that are too many grow old.
    private var idle: [UpstreamConnection] = []

    init(loop: EdgeLoop, _ settings: UpstreamSettings) {
        self.loop = loop
        self.settings = settings
    }

    // MARK: Requests

    /// `isGone`: the process has been told to end.
    func start(_ exchange: Exchange, of process: HTTPProcess, at place: WorkerID, waited: Nanoseconds, isGone: Bool) {
        let now = EdgeLoop.now
        exchange.ticket = nil
        exchange.workerPID = process.pid
        exchange.dispatched = now
        exchange.queueWait = waited
        guard !exchange.isAbandoned, !isGone else {
            if isGone { process.events.lost(process, exchange, .unsent, .zero) } else { exchange.end() }
            process.events.finished(process, place, isGone ? .notConnected : .abandoned)
            return process.isDone()
        }
        while let connection = idle.popLast() {
            guard connection.mayBeUsed(now: now) else {
                connection.close()
                continue
            }
            return connection.begin(exchange, at: place, now: now)
        }
        let connection = UpstreamConnection(process, self)
        add(connection)
        connection.begin(exchange, at: place, now: now)
        connect(connection, to: process)
    }

    /// The handler is added to the connection that was made: a name with several addresses has several tried.
    private func connect(_ connection: UpstreamConnection, to process: HTTPProcess) {
        ClientBootstrap(group: loop.eventLoop)
            .channelOption(.recvAllocator, value: Self.reads)
            .connectTimeout(.nanoseconds(Int64(process.timeouts.connect.count))).connect(to: process.address)
            .flatMapThrowing { try $0.pipeline.syncOperations.addHandler(connection) }
            .whenFailure { connection.notConnected($0) }
    }

    // MARK: Connections

    private func add(_ connection: UpstreamConnection) {
        if open.isEmpty { loop.add(self) }
        connection.index = open.count
        open.append(connection)
        connection.process.opened()
    }

    func remove(_ connection: UpstreamConnection) {
        // One that was closed as soon as it was made may be told of twice.
        guard connection.index < open.count, open[connection.index] === connection else { return }
        forgetIdle(connection)
        let last = open.removeLast()
        if last !== connection {
            open[connection.index] = last
            last.index = connection.index
        }
        if open.isEmpty { loop.remove(self) }
        connection.process.closed()
    }

    /// It has nothing to do: it waits for the next request, if there is room.
    func keep(_ connection: UpstreamConnection, now: Instant, serverKeeps: Nanoseconds?) {
        // A second less than the server: it must not close while a request is on its way.
        let time = min(settings.idleTimeout, serverKeeps.map { $0 - .seconds(1) } ?? settings.idleTimeout)
        guard time > .zero, idle.count < settings.idleConnections, !connection.process.isRetired else {
            return connection.close()
        }
        connection.deadline = now + time
        idle.append(connection)
    }

    func forgetIdle(_ connection: UpstreamConnection) {
        if let place = idle.firstIndex(where: { $0 === connection }) { idle.remove(at: place) }
    }

    func closeIdle() {
        for connection in idle { connection.close() }
        idle.removeAll()
    }

    func giveUp() {
        closeIdle()
        forEach { $0.giveUp() }
    }

    func closeTunnels() {
        forEach { if $0.phase == .tunnel { $0.close() } }
    }

    /// Backwards: one that is removed meanwhile leaves its place to the last.
    private func forEach(_ body: (UpstreamConnection) -> Void) {
        for index in open.indices.reversed() where index < open.count { body(open[index]) }
    }
}

extension UpstreamConnections: Swept {
    func sweep(now: Instant) {
        forEach { $0.sweep(now: now) }
    }
}
