import NIOCore
import WeirCore
import WeirWire

/// From an answer's parts to bytes: framing, one write for what is small, and the spool for slow readers.
extension HTTPConnection {
    /// Bodies up to this size are copied behind their head, so that the answer is one buffer and one write.
    private static let joinLimit = 16_384
    private static let spoolPiece = 131_072

    func write(_ buffer: ByteBuffer) {
        guard let context else { return }
        loop.metrics.sent(buffer.readableBytes)
        context.write(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
        socket.isBehind = true
        needsFlush = true
    }

    /// Sends what the exchange's answer holds, or puts it behind what already waits for the reader.
    func sendAnswer(_ exchange: Exchange) {
        if phase == .tunnel { return exchange.answer.isComplete ? closeTunnel(of: exchange) : () }
        if !exchange.answer.isHeadWritten { finishHead(exchange) }
        if exchange.isStreaming {
            guard isWritable else { return pauseSource(of: exchange) }
            sendPending(exchange)
            if !isWritable && !exchange.answer.isComplete { pauseSource(of: exchange) }
        } else if exchange.answer.spool != nil || !isWritable {
            spool(exchange)
        } else {
            sendPending(exchange)
        }
        guard exchange.answer.isComplete && exchange.answer.spool == nil else { return }
        if exchange.answer.files == nil { finishAnswer(exchange) } else { pumpFiles() }
    }

    // MARK: Head

    /// Decides the framing: an answer that is complete has a length, whoever did not declare one.
    private func finishHead(_ exchange: Exchange) {
        // The answer is never copied as a whole: a second reference to its buffer would cost a copy of the bytes.
        let status = exchange.answer.status
        let pendingCount = exchange.answer.pendingCount
        let declared = exchange.answer.declaredLength
        let needsChunks = exchange.answer.announcesTrailers || exchange.answer.trailers.readableBytes > 0
        let length = declared ?? (exchange.answer.isComplete && !needsChunks ? pendingCount : nil)
        if phase == .body && exchange.answer.isComplete && !mayDrainBody(of: exchange) { keepsAlive = false }
        exchange.answer.isHeadWritten = true
        if exchange.answer.ownsFraming {
            exchange.answer.framing = .untilClose
        } else if status == 204 || status == 304 {
            exchange.answer.framing = .none
        } else if exchange.head.method == .head {
            // A script's empty answer to HEAD says nothing about the length of what GET would give.
            exchange.answer.framing = .none
            let isOwn = exchange.app == nil
            if let known = declared ?? (isOwn || pendingCount > 0 ? length : nil) {
                writeLength(known, to: &exchange.answer.out)
            }
        } else if let length {
            exchange.answer.framing = .length(length)
            writeLength(length, to: &exchange.answer.out)
        } else if exchange.head.isHTTP11 {
            exchange.answer.framing = .chunked
            exchange.answer.out.writeStaticString("Transfer-Encoding: chunked\r\n")
        } else {
            exchange.answer.framing = .untilClose
            keepsAlive = false
        }
        if !keepsAlive {
            exchange.answer.out.writeStaticString("Connection: close\r\n")
        } else if !exchange.head.isHTTP11 {
            exchange.answer.out.writeStaticString("Connection: keep-alive\r\n")
        }
        exchange.answer.out.writeStaticString("\r\n")
    }

    private func writeLength(_ length: Int, to out: inout ByteBuffer) {
        out.writeStaticString("Content-Length: ")
        out.write(decimal: length)
        out.writeStaticString("\r\n")
    }

    // MARK: Body

    private func sendPending(_ exchange: Exchange) {
        let count = exchange.answer.pendingCount
        if count <= Self.joinLimit {
            for index in exchange.answer.pending.indices {
                frame(exchange.answer.pending[index], of: exchange, joined: true)
            }
        } else {
            for index in exchange.answer.pending.indices {
                frame(exchange.answer.pending[index], of: exchange, joined: false)
            }
        }
        exchange.answer.pending.removeAll(keepingCapacity: true)
        exchange.answer.pendingCount = 0
        if exchange.answer.isComplete { writeEnd(of: exchange) }
        writeOut(exchange)
        flushIfNeeded()
    }

    /// Puts a piece of the body into its framing.
    private func frame(_ piece: ByteBuffer, of exchange: Exchange, joined: Bool) {
        var piece = piece
        switch exchange.answer.framing {
        case .none, .undecided: return
        case .untilClose: break
        case .length(let owed):
            // More than was declared would be taken for the next answer.
            if piece.readableBytes > owed { piece.moveWriterIndex(to: piece.readerIndex + owed) }
            exchange.answer.framing = .length(owed - piece.readableBytes)
        case .chunked:
            exchange.answer.out.write(chunkOf: piece.readableBytes)
        }
        exchange.answer.bodyBytes += piece.readableBytes
        if joined {
            exchange.answer.out.writeBuffer(&piece)
        } else {
            write(exchange.answer.out)
            exchange.answer.out.clear()
            write(piece)
        }
        if case .chunked = exchange.answer.framing { exchange.answer.out.writeStaticString("\r\n") }
    }

    private func writeEnd(of exchange: Exchange) {
        switch exchange.answer.framing {
        case .chunked where exchange.answer.trailers.readableBytes == 0:
            exchange.answer.out.writeStaticString(ChunkedEncoding.end)
        case .chunked:
            exchange.answer.out.writeStaticString("0\r\n")
            exchange.answer.out.writeImmutableBuffer(exchange.answer.trailers)
            exchange.answer.out.writeStaticString("\r\n")
        case .length(let owed) where owed > 0:
            // The application declared more than it gave: only the end of the connection says so.
            keepsAlive = false
        default: break
        }
    }

    /// Flushes at once: a buffer that the kernel has taken whole is free to be filled again without an allocation.
    private func writeOut(_ exchange: Exchange) {
        guard let context, exchange.answer.out.readableBytes > 0 else { return }
        let count = exchange.answer.out.readableBytes
        let rest = socket.write(exchange.answer.out, before: context)
        loop.metrics.sent(count - (rest?.readableBytes ?? 0))
        if let rest {
            write(rest)
            flushIfNeeded()
        }
        exchange.answer.out.clear()
    }

    // MARK: Slow readers

    /// A streamed answer does not wait here: what is under way already stays in `pending`, and nothing more is to come.
    private func pauseSource(of exchange: Exchange) {
        guard !exchange.answer.isSourcePaused else { return }
        exchange.answer.isSourcePaused = true
        exchange.source?.pause()
    }

    private func resumeSource(of exchange: Exchange) {
        guard exchange.answer.isSourcePaused else { return }
        exchange.answer.isSourcePaused = false
        exchange.source?.resume()
    }

    private func spool(_ exchange: Exchange) {
        let limits = loop.shared.limits
        var spool = exchange.answer.spool ?? AnswerSpool()
        exchange.answer.spool = nil
        do throws(TemporaryFile.WriteError) {
            for piece in exchange.answer.pending {
                try spool.append(
                    piece, memoryLimit: limits.responseMemory.count, directory: loop.shared.temporaryDirectory
                )
            }
        } catch {
            loop.shared.logger.error(
                "answer.not_spooled",
                metadata: ["directory": "\(loop.shared.temporaryDirectory)", "errno": "\(error.errno)"]
            )
            return abortAnswer(exchange)
        }
        exchange.answer.pending.removeAll(keepingCapacity: true)
        exchange.answer.pendingCount = 0
        if spool.count > limits.responseSpool.count { pauseSource(of: exchange) }
        exchange.answer.spool = spool
        writeOut(exchange)
    }

    /// The reader has taken some: sends on, and wakes the source once most of the spool is gone.
    func pumpSpool() {
        if let exchange, exchange.isStreaming, exchange.answer.isSourcePaused { return pumpStream(exchange) }
        guard let context, let exchange, exchange.answer.spool != nil else { return pumpFiles() }
        while isWritable {
            guard let piece = exchange.answer.spool?.next(limit: Self.spoolPiece, allocator: context.channel.allocator)
            else { break }
            frame(piece, of: exchange, joined: false)
            writeOut(exchange)
            flushIfNeeded()
        }
        guard let waiting = exchange.answer.spool?.count else { return }
        if waiting <= loop.shared.limits.responseSpool.count / 2 { resumeSource(of: exchange) }
        guard waiting == 0 else { return }
        exchange.answer.spool = nil
        guard exchange.answer.isComplete else { return }
        writeEnd(of: exchange)
        writeOut(exchange)
        finishAnswer(exchange)
    }

    private func pumpStream(_ exchange: Exchange) {
        sendAnswer(exchange)
        if self.exchange === exchange, isWritable { resumeSource(of: exchange) }
    }

    // MARK: End

    /// All of the answer is with the channel: on to the next request, or to the end of the connection.
    func finishAnswer(_ exchange: Exchange) {
        if phase == .body { return finishEarly(exchange) }
        let now = EdgeLoop.now
        loop.record(exchange, peer: peer, at: endpoints, now: now)
        self.exchange = nil
        loop.recycle(exchange)
        guard keepsAlive else { return endConnection() }
        phase = .head
        deadline = now + loop.shared.timeouts.keepAlive
        if input != nil { resumeProcessing() }
    }
}
