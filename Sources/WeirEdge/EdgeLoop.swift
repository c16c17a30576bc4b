import CWeirSystem
import Logging
import NIOCore
import WeirConfig
import WeirCore
import WeirTelemetry
import WeirWire

/// What the connections of one event loop share: the clock, the pool of exchanges, the file cache, the routing, and
/// one coarse sweep in place of a timer per connection. Touched from its own loop only.
package final class EdgeLoop: @unchecked Sendable {
    package let eventLoop: any EventLoop
    package let index: Int
    package private(set) var shared: EdgeShared
    let metrics: LoopMetrics
    private(set) var files = FileCache()
    /// `Date`'s value, renewed by the sweep.
    private(set) var date = ByteBuffer()
    private(set) var wallSeconds = 0
    private(set) var isDraining = false
    private(set) var connections: [HTTPConnection] = []
    private var others: [any Swept] = []
    private var spareExchanges: [Exchange] = []
    private var nextRequestID: RequestID
    private var roots: [StaticRoot] = []
    private var sweeping: RepeatedTask?
    private var nextSweep = Instant.zero
    /// Requests turned away since the last sweep.
    var shedCount = 0
    /// Answers of programs that speak HTTP since the last sweep.
    var relayedCount = 0
    private var waitsForTurn = false

    /// Between two sweeps, from which on it is overload.
    private static let shedToWait = 16
    /// Between two sweeps, from which on the processor is busy with programs.
    private static let relayedToWait = 100
    /// Exchanges kept for reuse; more than this many at once are let go afterwards.
    private static let spareExchangesLimit = 512
    private static let sweepInterval = Nanoseconds.milliseconds(250)

    /// `index` is the event loop's; `number` tells this apart from others on the same one, in the ids of requests.
    package init(eventLoop: any EventLoop, index: Int, number: Int? = nil, shared: EdgeShared) {
        self.eventLoop = eventLoop
        self.index = index
        self.shared = shared
        // Connections of ours alone are nobody's business.
        metrics = number == nil ? shared.metrics.loops[index] : LoopMetrics()
        nextRequestID = RequestID(loop: number ?? index)
        adopt(shared)
        tellTime()
    }

    /// From here on requests that are complete go by these routes and limits. Those that are with an application already
    /// stay where they are.
    package func adopt(_ shared: EdgeShared) {
        self.shared = shared
        files = FileCache()
        roots = shared.routing.fileRoots.map { files.addRoot($0, scriptExtensions: FileRoot.scriptExtensions) }
    }

    private func tellTime() {
        wallSeconds = WallClock.now.seconds
        var text = ByteBuffer()
        text.writeWithUnsafeMutableBytes(minimumWritableBytes: HTTPDate.byteCount) { memory in
            var writer = ByteWriter(memory)
            HTTPDate.write(unixSeconds: wallSeconds, to: &writer)
            return writer.count
        }
        date = text
    }

    package static var now: Instant { Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds) }

    package func start() {
        let interval = TimeAmount.nanoseconds(Int64(Self.sweepInterval.count))
        nextSweep = Self.now + Self.sweepInterval
        sweeping = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in self.sweep() }
    }

    func root(_ root: FileRoot) -> StaticRoot { roots[root.index] }

    private func sweep() {
        if WallClock.now.seconds != wallSeconds { tellTime() }
        let now = Self.now
        // Backwards: a connection that closes itself takes the last one's place in the list.
        for index in connections.indices.reversed() where index < connections.count {
            connections[index].sweep(now: now)
        }
        for index in others.indices.reversed() where index < others.count { others[index].sweep(now: now) }
        waitForTurnWhileBusy()
        let idle = connections.count { $0.isIdle }
        metrics.swept(idle: idle, active: connections.count - idle, late: now - nextSweep)
        nextSweep = Self.now + Self.sweepInterval
    }

    /// Overload on few cores: woken for each request that is turned away, the loop would interrupt a worker each time, and
    /// most of what turning away costs is that. What waits a few milliseconds is dealt with together. The same goes for
    /// programs that answer hundreds of requests a second on a core: an interruption for each costs them a third of what
    /// they can do (measured: an Express page on two cores, 5,400 to 7,400 requests/s).
    private func waitForTurnWhileBusy() {
        let waits = shedCount >= Self.shedToWait || relayedCount >= Self.relayedToWait
        shedCount = 0
        relayedCount = 0
        guard waits != waitsForTurn else { return }
        waitsForTurn = waits
        weir_wait_for_turn(waits)
    }

    /// Ends idle connections, and every other one after the answer it is waiting for.
    package func drain() {
        isDraining = true
        for index in connections.indices.reversed() where index < connections.count {
            connections[index].drain()
        }
    }

    package func closeAll() {
        sweeping?.cancel()
        for index in connections.indices.reversed() where index < connections.count {
            connections[index].abort()
        }
    }

    /// Open tunnels to that application.
    package func tunnelCount(to gateway: any Gateway) -> Int { connections.count { $0.isTunnel(to: gateway) } }

    package func closeTunnels(to gateway: any Gateway) {
        for index in connections.indices.reversed()
        where index < connections.count && connections[index].isTunnel(to: gateway) { connections[index].abort() }
    }

    // MARK: Connections

    package var connectionCount: Int { connections.count }

    func add(_ connection: HTTPConnection) {
        connection.registryIndex = connections.count
        connections.append(connection)
    }

    func remove(_ connection: HTTPConnection) {
        let last = connections.removeLast()
        guard last !== connection else { return }
        connections[connection.registryIndex] = last
        last.registryIndex = connection.registryIndex
    }

    // MARK: What else has deadlines

    package func add(_ other: any Swept) { others.append(other) }

    package func remove(_ other: any Swept) { others.removeAll { $0 === other } }

    // MARK: Exchanges

    func takeExchange(for connection: HTTPConnection) -> Exchange {
        let exchange = spareExchanges.popLast() ?? Exchange(loop: self)
        exchange.connection = connection
        return exchange
    }

    func recycle(_ exchange: Exchange) {
        exchange.reset()
        if spareExchanges.count < Self.spareExchangesLimit { spareExchanges.append(exchange) }
    }

    /// Gives the exchange a name of our own making.
    func name(_ exchange: Exchange) {
        nextRequestID.advance()
        exchange.requestID.append(contentsOf: nextRequestID.digits)
    }
}

/// Something with deadlines on an event loop.
package protocol Swept: AnyObject {
    /// Four times a second, on the loop. May remove itself.
    func sweep(now: Instant)
}
