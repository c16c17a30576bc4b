import NIOCore
import WeirCore
import WeirWire

/// What a request asks for, and what it is refused for.
extension HTTPConnection {
    /// A head is complete: decides where the request goes, and collects its body before it goes there.
    func begin(_ exchange: Exchange, hasMore: Bool) {
        requestCount += 1
        if requestCount == 2 { expectMore() }
        keepsAlive =
            exchange.head.keepAlive && requestCount < loop.shared.limits.requestsPerConnection && !loop.isDraining
            && !isOutOfRotation
        clientIsDone = !exchange.head.keepAlive && exchange.head.framing == .none && !hasMore
        identify(exchange)
        guard exchange.head.method != .connect else {
            return refuse(exchange, status: 405, reason: "CONNECT is not served")
        }
        if exchange.head.form == .asterisk {
            exchange.path = [UInt8(ascii: "*")]
        } else if !normalisePath(of: exchange) {
            return refuse(exchange, status: 400, reason: "the path is malformed")
        }

        switch exchange.head.framing {
        case .none, .length(0): finishRequest(exchange)
        case .length(let length):
            bodyReader = loop.shared.routing.bodyReader(of: exchange, at: endpoints)
            guard length <= UInt64(bodyLimit) else {
                return refuseLargeBody(of: exchange)
            }
            bodyRemaining = length
            expectBody(exchange, hasMore: hasMore)
        case .chunked:
            bodyReader = loop.shared.routing.bodyReader(of: exchange, at: endpoints)
            chunks.reset()
            expectBody(exchange, hasMore: hasMore)
        }
    }

    /// Where a connection goes on, what costs once and saves a little every time pays. Small requests would make NIO read
    /// less and less at once, and the next large one take many reads.
    private func expectMore() {
        guard let context else { return }
        socket.open(context)
        try? context.channel.syncOptions?.setOption(
            .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 2_048, maximum: 65_536))
    }

    /// Load balancers are to find another server; operators stay with this one.
    private var isOutOfRotation: Bool {
        if case .admin = endpoints { false } else { loop.shared.rotation.isOut }
    }

    private func expectBody(_ exchange: Exchange, hasMore: Bool) {
        phase = .body
        bodyStarted = exchange.arrival
        bodyDeadline = exchange.arrival + loop.shared.timeouts.body
        if bodyReader == .stream { return stream(exchange, hasMore: hasMore) }
        guard exchange.head.expectsContinue && !hasMore else { return }
        guard bodyReader != .nobody else {
            // The answer is final, and so is the connection: whether the body still follows cannot be known.
            keepsAlive = false
            return finishRequest(exchange)
        }
        write(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
        flushIfNeeded()
    }

    private func identify(_ exchange: Exchange) {
        exchange.headBytes.withUnsafeBytes { bytes in
            if let field = exchange.field(.xRequestID), RequestID.isAcceptable(field.value.in(bytes)) {
                exchange.requestID.append(contentsOf: field.value.in(bytes))
            } else {
                loop.name(exchange)
            }
        }
        TrustedProxies.apply(loop.shared.trustedProxies, peer: peer, to: exchange)
    }

    private func normalisePath(of exchange: Exchange) -> Bool {
        exchange.headBytes.withUnsafeBytes { bytes in
            let raw = exchange.head.path.in(bytes)
            guard !raw.isEmpty else {
                exchange.path.append(UInt8(ascii: "/"))
                return true
            }
            do throws(RequestError) {
                try TargetPath.normalise(raw, into: &exchange.path)
                return true
            } catch {
                return false
            }
        }
    }

    /// The request is complete: routes it.
    func finishRequest(_ exchange: Exchange) {
        phase = .answering
        dispatch(exchange)
    }

    /// Gives the request to whoever answers it.
    func dispatch(_ exchange: Exchange) {
        if exchange.head.form == .asterisk { return answerServerOptions(exchange) }
        switch loop.shared.routing.target(of: exchange, at: endpoints) {
        case .app(let app, let lane, let streams): serve(exchange, by: app, lane: lane, streams: streams)
        case .files(let root): serveFiles(exchange, from: root)
        case .redirect(let redirect): answer(exchange, redirect: redirect)
        case .fixed(let fixed): answer(exchange, fixed: fixed)
        case .page(let page): answer(exchange, by: page)
        case .nothing: refuse(exchange, status: 404, reason: "no route matches", closes: false)
        }
    }

    private func serve(_ exchange: Exchange, by app: AppEndpoint, lane: Int, streams: Bool) {
        if app.rotation.isOut { keepsAlive = false }
        if app.kind == .program {
            if let file = file(for: exchange, beside: app) { return serve(file, to: exchange) }
            // Without a body, too: its answer is not spooled.
            if streams && exchange.stream == nil { exchange.stream = StreamedBody(isComplete: true) }
            return submit(exchange, to: app, lane: lane)
        }
        switch ScriptResolver.resolve(exchange.path, app: app, in: loop) {
        case .script(let match):
            exchange.script = match
            submit(exchange, to: app, lane: lane)
        case .file(let file): serve(file, to: exchange)
        case .addSlash: redirectToDirectory(exchange)
        case .refused(let status): refuse(exchange, status: status, reason: "no such file", closes: false)
        }
    }

    private func submit(_ exchange: Exchange, to app: AppEndpoint, lane: Int) {
        exchange.app = app
        exchange.lane = lane
        app.gateway.submit(exchange)
    }

    /// A file that answers in the program's place. What is none is the program's, whatever it is called.
    private func file(for exchange: Exchange, beside app: AppEndpoint) -> StaticFile? {
        guard let files = app.files, exchange.head.method == .get || exchange.head.method == .head else { return nil }
        let resolution = exchange.path.withUnsafeBytes {
            loop.files.resolve($0, in: loop.root(files), now: EdgeLoop.now)
        }
        return if case .file(let file) = resolution { file } else { nil }
    }

    /// `OPTIONS *` asks about the server, not about anything it serves.
    private func answerServerOptions(_ exchange: Exchange) {
        guard exchange.head.method == .options else {
            return refuse(exchange, status: 400, reason: "only OPTIONS may ask for *")
        }
        exchange.startAnswer(status: 204)
        exchange.answer.out.writeStaticString("Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n")
        exchange.end()
    }

    /// To the path as it was understood, with a slash behind it: as it was sent it might begin with two slashes, or a
    /// slash and a backslash, which browsers take for the name of another host.
    func redirectToDirectory(_ exchange: Exchange) {
        var location: [UInt8] = []
        exchange.path.withUnsafeBytes { PercentEncoding.append(path: $0, to: &location) }
        exchange.startAnswer(status: 301)
        exchange.headBytes.withUnsafeBytes { bytes in
            exchange.answer.out.writeStaticString("Location: ")
            exchange.answer.out.writeBytes(location)
            exchange.answer.out.writeStaticString("/")
            if let query = exchange.head.query {
                exchange.answer.out.writeStaticString("?")
                exchange.answer.out.writeBytes(query.in(bytes))
            }
            exchange.answer.out.writeStaticString("\r\n")
        }
        exchange.end()
    }

    private func answer(_ exchange: Exchange, redirect: Routing.Redirect) {
        exchange.startAnswer(status: redirect.status)
        exchange.answer.out.writeStaticString("Location: ")
        redirect.writeLocation(for: exchange, to: &exchange.answer.out)
        exchange.answer.out.writeStaticString("\r\n")
        exchange.end()
    }

    private func answer(_ exchange: Exchange, fixed: Routing.Fixed) {
        exchange.startAnswer(status: fixed.status)
        exchange.answer.out.writeBytes(fixed.fields)
        exchange.append(fixed.body)
        exchange.end()
    }

    /// Answers with an error page. `closes`: what follows on the connection cannot be trusted, or is not wanted.
    func refuse(_ exchange: Exchange, status: UInt16, reason: StaticString, closes: Bool = true) {
        if closes { keepsAlive = false }
        if exchange.requestID.isEmpty { loop.name(exchange) }
        // A body that is not wanted any more may still be on its way.
        if closes || phase != .body { phase = .answering }
        exchange.answerError(status: Int(status), detail: reason.description)
    }

    /// Too many connections: says so without reading a request.
    func refuse() {
        guard let context else { return }
        let answer = ByteBuffer(
            staticString: """
                HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n
                """
        )
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(answer)), promise: nil)
        context.close(promise: nil)
    }
}
