import NIOCore
import WeirCore
import WeirWire

/// Static files: small ones from memory in one write, large ones by `sendfile`, piece by piece as the reader takes them.
extension HTTPConnection {
    func serveFiles(_ exchange: Exchange, from root: FileRoot) {
        let resolution = exchange.path.withUnsafeBytes {
            loop.files.resolve($0, in: loop.root(root), now: EdgeLoop.now)
        }
        switch resolution {
        case .file(let file): serve(file, to: exchange)
        case .redirectToSlash: redirectToDirectory(exchange)
        case .script, .directory, .missing: refuse(exchange, status: 404, reason: "not found", closes: false)
        case .forbidden: refuse(exchange, status: 403, reason: "forbidden", closes: false)
        case .unavailable: refuse(exchange, status: 503, reason: "the file could not be read", closes: false)
        }
    }

    func serve(_ file: StaticFile, to exchange: Exchange) {
        let plan = exchange.headBytes.withUnsafeBytes { bytes in
            file.plan(StaticRequest(exchange, in: bytes, now: loop.wallSeconds))
        }
        exchange.startAnswer(status: plan.status.rawValue)
        file.writeFields(plan, into: &exchange.answer.out)
        exchange.answer.ownsFraming = true
        switch file.body(plan) {
        case .none: exchange.end()
        case .bytes(let bytes):
            exchange.append(bytes)
            exchange.end()
        case let body:
            exchange.answer.files = StaticBodyCursor(body)
            exchange.end()
        }
    }

    /// Writes as much of the file as the reader takes now.
    func pumpFiles() {
        guard let context, let exchange, exchange.answer.files != nil, !isPumping else { return }
        // A write that the socket takes whole reports the channel writable again before it returns.
        isPumping = true
        defer { isPumping = false }
        while isWritable {
            switch exchange.answer.files?.next() {
            case .bytes(let bytes):
                exchange.answer.bodyBytes += bytes.readableBytes
                write(bytes)
                flushIfNeeded()
            case .file(let file, let range):
                exchange.answer.bodyBytes += range.count
                loop.metrics.sent(range.count)
                fileOnItsWay = file
                fileEnd = range.upperBound
                socket.isBehind = true
                context.writeAndFlush(
                    wrapOutboundOut(.fileRegion(file.region(range))), promise: file.held(on: context.eventLoop)
                )
                // A reader that takes all of it at once would keep the loop from everyone else.
                guard isWritable else { return }
                let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
                return context.eventLoop.execute { connection.value.pumpFiles() }
            case .truncated: return abortAnswer(exchange)
            case .end, nil:
                exchange.answer.files = nil
                isPumping = false
                return finishAnswer(exchange)
            }
        }
    }
}

extension StaticRequest {
    /// `bytes` is what the head's ranges point into.
    init(_ exchange: Exchange, in bytes: UnsafeRawBufferPointer, now: Int) {
        let method: Method =
            switch exchange.head.method {
            case .get: .get
            case .head: .head
            default: .other
            }
        self.init(method: method, now: now)
        acceptEncoding = exchange.listField(.acceptEncoding, in: bytes)
        guard Self.conditional.contains(where: { exchange.head.fields.contains($0) }) else { return }
        func date(_ id: FieldID) -> Int? {
            exchange.listField(id, in: bytes).flatMap { HTTPDate.parse($0, now: now) }
        }
        ifMatch = exchange.listField(.ifMatch, in: bytes)
        ifNoneMatch = exchange.listField(.ifNoneMatch, in: bytes)
        ifModifiedSince = date(.ifModifiedSince)
        ifUnmodifiedSince = date(.ifUnmodifiedSince)
        range = exchange.listField(.range, in: bytes)
        ifRange = exchange.listField(.ifRange, in: bytes)
        ifRangeDate = date(.ifRange)
    }

    private static let conditional: [FieldID] = [
        .ifMatch, .ifNoneMatch, .ifModifiedSince, .ifUnmodifiedSince, .range, .ifRange,
    ]
}

extension Exchange {
    /// A field's value, unless it came in several lines: the first alone could give a wrong answer, and without it the
    /// whole file is one that always does.
    fileprivate func listField(_ id: FieldID, in bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        head.fields.repeated.contains(id) ? nil : head.fields.first(id)?.value.in(bytes)
    }
}
