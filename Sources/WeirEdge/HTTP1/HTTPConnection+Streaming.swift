import NIOCore
import WeirCore

/// Bodies that go through as they arrive, on routes with `stream: true`.
extension HTTPConnection {
    /// Most bytes of a body that are read and thrown away after its answer, so that the connection can be kept.
    private static let drainLimit = 65_536

    /// Hands the request over, though its body is still to come.
    func stream(_ exchange: Exchange, hasMore: Bool) {
        exchange.stream = StreamedBody()
        // Sent when somebody takes the request: a client that is turned away then need not send its body.
        exchange.stream?.awaitsContinue = exchange.head.expectsContinue && !hasMore
        dispatch(exchange)
        if self.exchange === exchange { bodyChanged(exchange) }
    }

    /// A piece of the body, which goes to the sink, or waits for it. False: the request is over with that.
    func pass(_ piece: ByteBuffer, of exchange: Exchange) -> Bool {
        if exchange.answer.isComplete || exchange.app == nil { return throwAway(piece.readableBytes, of: exchange) }
        exchange.stream?.awaitsContinue = false
        if let sink = exchange.bodySink, let stream = exchange.stream, !stream.isPaused, !stream.hasWaiting {
            exchange.stream?.isTouched = true
            sink.bodyArrived(piece)
        } else {
            exchange.stream?.waiting.writeImmutableBuffer(piece)
        }
        guard isReadingBody(of: exchange) else { return false }
        bodyChanged(exchange)
        return isReadingBody(of: exchange)
    }

    /// The sink may have ended the exchange meanwhile.
    private func isReadingBody(of exchange: Exchange) -> Bool { phase == .body && self.exchange === exchange }

    /// Nobody reads it any more: the answer is complete, or is a file's.
    private func throwAway(_ count: Int, of exchange: Exchange) -> Bool {
        exchange.stream?.drained += count
        guard exchange.answer.isSent, exchange.stream?.drained ?? 0 > Self.drainLimit else { return true }
        leaveBody(of: exchange)
        return false
    }

    /// The body is whole.
    func finishStream(of exchange: Exchange) {
        phase = .answering
        // What counts from here on is whether the answer is taken.
        deadline = EdgeLoop.now + loop.shared.timeouts.write
        if exchange.answer.isSent { return finishAnswer(exchange) }
        exchange.stream?.isComplete = true
        exchange.stream?.awaitsContinue = false
        deliverBody(of: exchange)
    }

    /// There is a sink now, or it pauses or goes on: gives it what waits, and reads on or does not.
    func bodyChanged(_ exchange: Exchange) {
        guard self.exchange === exchange, exchange.isStreaming else { return }
        sayContinue(exchange)
        deliverBody(of: exchange)
        guard self.exchange === exchange, phase == .body else { return }
        settleBlame(exchange)
        if !holdsBody { releaseHeldRead() }
    }

    private func sayContinue(_ exchange: Exchange) {
        guard exchange.stream?.awaitsContinue == true, exchange.bodySink != nil, !exchange.answer.hasHead else {
            return
        }
        exchange.stream?.awaitsContinue = false
        write(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
        flushIfNeeded()
    }

    private func deliverBody(of exchange: Exchange) {
        if let sink = exchange.bodySink, let stream = exchange.stream, stream.hasWaiting, !stream.isPaused {
            exchange.stream?.waiting = ByteBuffer()
            exchange.stream?.isTouched = true
            sink.bodyArrived(stream.waiting)
        }
        guard let sink = exchange.bodySink, let stream = exchange.stream, stream.isComplete, !stream.isEndTold,
            !stream.hasWaiting
        else { return }
        exchange.stream?.isEndTold = true
        sink.bodyEnded()
    }

    /// Whether reading waits: for the sink, or for room in front of it.
    var holdsBody: Bool {
        guard phase == .body, let exchange, let stream = exchange.stream, !exchange.answer.isComplete else {
            return false
        }
        guard exchange.bodySink != nil else {
            return stream.waiting.readableBytes >= loop.shared.limits.bodyMemory.count
        }
        return stream.isPaused
    }

    /// The time in which the client could not send, or was right not to, is not counted against it.
    private func settleBlame(_ exchange: Exchange) {
        let isBlameless = holdsBody || exchange.stream?.awaitsContinue == true
        if isBlameless, exchange.stream?.blameless == nil {
            exchange.stream?.blameless = EdgeLoop.now
        } else if !isBlameless, let since = exchange.stream?.blameless {
            exchange.stream?.blameless = nil
            let now = EdgeLoop.now
            bodyStarted = bodyStarted + (now - since)
            bodyDeadline = now + loop.shared.timeouts.body
        }
    }

    // MARK: Answered before the body's end

    /// Whether what is missing of the body is worth being read for the connection's sake.
    func mayDrainBody(of exchange: Exchange) -> Bool {
        guard let stream = exchange.stream, !stream.awaitsContinue else { return false }
        if case .length = exchange.head.framing { return bodyRemaining <= UInt64(Self.drainLimit) }
        return true
    }

    /// All of the answer is with the channel, and the body is not here.
    func finishEarly(_ exchange: Exchange) {
        guard keepsAlive, mayDrainBody(of: exchange) else { return leaveBody(of: exchange) }
        exchange.answer.isSent = true
        exchange.stream?.waiting = ByteBuffer()
        settleBlame(exchange)
        bodyDeadline = EdgeLoop.now + loop.shared.timeouts.body
        releaseHeldRead()
    }

    /// Ends the connection with the rest of the body unread.
    func leaveBody(of exchange: Exchange) {
        keepsAlive = false
        phase = .answering
        finishAnswer(exchange)
    }

    // MARK: Bodies that fail

    /// The body does not come as it should. Whoever has the request is told; the client, too, unless its answer has begun.
    func refuseBody(of exchange: Exchange, status: UInt16, reason: StaticString) {
        guard exchange.isStreaming else { return refuse(exchange, status: status, reason: reason) }
        if exchange.answer.isSent { return leaveBody(of: exchange) }
        guard !exchange.answer.isHeadWritten else {
            exchange.answer.status = Int(status)
            return abortAnswer(exchange)
        }
        // The exchange is the gateway's until it ends there: the client is answered with another.
        let own = loop.takeExchange(for: self)
        own.takeRequest(of: exchange)
        self.exchange = own
        letGo(of: exchange)
        refuse(own, status: status, reason: reason)
    }

    /// The client of the exchange is gone. Its end still follows.
    func letGo(of exchange: Exchange) {
        exchange.connection = nil
        guard let app = exchange.app, !exchange.answer.isComplete else { return loop.recycle(exchange) }
        let sink = exchange.stream.map { $0.isEndTold } == false ? exchange.bodySink : nil
        let end = exchange.tunnel.flatMap { $0.isInputEnded ? nil : $0.end }
        exchange.bodySink = nil
        exchange.tunnel = nil
        sink?.bodyFailed()
        end?.tunnelEnded()
        // What they were told may have made them end it.
        if exchange.app === app { app.gateway.abandon(exchange) }
    }
}

extension StreamedBody {
    fileprivate var hasWaiting: Bool { waiting.readableBytes > 0 }
}

extension Exchange {
    /// What an answer and the log need of the request.
    fileprivate func takeRequest(of other: Exchange) {
        head = other.head
        headBytes = other.headBytes
        path = other.path
        requestID = other.requestID
        forwardedAddress = other.forwardedAddress
        isSecure = other.isSecure
        isFromTrustedProxy = other.isFromTrustedProxy
        app = other.app
        lane = other.lane
        arrival = other.arrival
        dispatched = other.dispatched
        queueWait = other.queueWait
        workerPID = other.workerPID
    }
}
