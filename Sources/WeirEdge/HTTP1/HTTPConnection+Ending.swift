import NIOCore
import WeirCore

/// The ends a connection can come to: its last answer, a client that leaves, a deadline, the server's own stop.
extension HTTPConnection {
    /// How long a client may take to notice that the connection is over.
    private static let lingerTime = Nanoseconds.seconds(2)

    /// Closes once the last answer is out. What the client may still be sending is read and thrown away for a while:
    /// closing on unread bytes would reset the connection and destroy the answer on its way. A client that has said that
    /// it sends nothing more is spared that: under overload most answers end like this.
    func endConnection() {
        guard let context, phase != .closed else { return }
        phase = .lingering
        if clientIsDone && input == nil && bufferedBytes == 0 { return context.close(promise: nil) }
        input = nil
        deadline = EdgeLoop.now + loop.shared.timeouts.write
        let written = context.eventLoop.makePromise(of: Void.self)
        let loopBound = NIOLoopBound(self, eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in loopBound.value.shutDownOutput() }
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: written)
    }

    private func shutDownOutput() {
        guard let context, phase == .lingering else { return }
        deadline = EdgeLoop.now + Self.lingerTime
        context.close(mode: .output, promise: nil)
        releaseHeldRead()
    }

    /// The answer cannot be completed: the connection breaks, and the client knows.
    func abortAnswer(_ exchange: Exchange) {
        if exchange.tunnel == nil { loop.record(exchange, peer: peer, at: endpoints) }
        clientLeft(isLogged: true)
        abort()
    }

    func abort() { context?.close(promise: nil) }

    /// Lets go of the exchange: at once, or when its worker is through with it.
    func clientLeft(isLogged: Bool = false) {
        guard let exchange else { return }
        self.exchange = nil
        let isWithGateway = exchange.app != nil && !exchange.answer.isComplete
        if exchange.tunnel != nil {
            leaveTunnel(exchange)
        } else if phase == .answering || exchange.answer.hasHead || isWithGateway, !isLogged {
            if !exchange.answer.isSent { exchange.answer.status = 499 }
            loop.record(exchange, peer: peer, at: endpoints)
        }
        letGo(of: exchange)
    }

    /// The server stops: an idle connection ends, any other does after its answer.
    func drain() {
        keepsAlive = false
        guard isIdle else { return }
        // Idle for us only: the last answer's tail may still wait for its reader. And a request that is here but not
        // read yet is answered: the next sweep ends what is idle then.
        if bufferedBytes > 0 { endConnection() } else { deadline = .zero }
    }

    // MARK: Deadlines

    func sweep(now: Instant) {
        guard fileOnItsWay == nil || fileIsThere() else { return abort() }
        switch phase {
        case .head: sweepHead(now)
        case .body: sweepBody(now)
        case .answering: sweepAnswer(now)
        case .tunnel: sweepTunnel(now)
        case .lingering: if now > deadline && !readerGoesOn(now) { abort() }
        case .closed: break
        }
    }

    /// False when the file on its way has been cut short: `sendfile` has nothing to send then, and the channel would try
    /// for ever. Only a broken connection tells the client that the rest does not come.
    private func fileIsThere() -> Bool {
        guard bufferedBytes > 0, let file = fileOnItsWay else {
            fileOnItsWay = nil
            return true
        }
        return file.reaches(fileEnd)
    }

    private func sweepHead(_ now: Instant) {
        guard now > deadline && !readerGoesOn(now) else { return }
        if let exchange, input != nil {
            // What is known of the head points into bytes that are not kept.
            exchange.head.reset()
            refuse(exchange, status: 408, reason: "the request's head took too long")
        } else {
            abort()
        }
    }

    private func sweepBody(_ now: Instant) {
        guard let exchange else { return }
        if exchange.isStreaming { sweepAnswer(now) }
        guard self.exchange === exchange, exchange.stream?.blameless == nil else { return }
        let timeouts = loop.shared.timeouts
        let elapsed = now - bodyStarted
        let owed = Int(elapsed.seconds * Double(timeouts.bodyMinimumRate.count))
        if now > bodyDeadline || (elapsed > timeouts.body && exchange.body.count < owed) {
            refuseBody(of: exchange, status: 408, reason: "the request's body came too slowly")
        }
    }

    /// A reader that takes nothing for too long is let go. While bytes wait in the channel, any change of their number
    /// is progress; a worker's silence is the app's request timeout to judge, not this one.
    private func sweepAnswer(_ now: Instant) {
        let buffered = bufferedBytes
        if buffered == 0 || buffered != lastBuffered {
            deadline = now + loop.shared.timeouts.write
        } else if now > deadline {
            abort()
        }
        lastBuffered = buffered
    }

    /// Whether an answer's tail, which is with the channel already, has moved on since it was last looked at.
    private func readerGoesOn(_ now: Instant) -> Bool {
        let (before, buffered) = (lastBuffered, bufferedBytes)
        lastBuffered = buffered
        guard buffered > 0 && buffered != before else { return false }
        deadline = now + loop.shared.timeouts.write
        return true
    }

    var bufferedBytes: Int { context.map(SocketWriter.heldBytes) ?? 0 }
}
