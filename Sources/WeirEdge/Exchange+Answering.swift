import NIOCore
import WeirCore
import WeirWire

/// How an answer is given, whoever gives it: `startAnswer`, fields into `answer.out`, `append` the body, `flush` when
/// there is nothing more for now, and `end`.
extension Exchange {
    /// Why a worker gave no answer.
    package enum Failure: Sendable, Equatable {
        /// The worker died or broke the connection.
        case workerLost
        /// It sent something that is no answer.
        case malformed
        /// It took longer than the app's request timeout.
        case timedOut
    }

    /// Writes the status line and the fields that every answer has.
    func startAnswer(status: Int, reason: UnsafeRawBufferPointer? = nil) {
        answer.status = status
        answer.hasHead = true
        answer.out.clear()
        answer.out.writeStaticString("HTTP/1.1 ")
        answer.out.write(decimal: status)
        answer.out.writeStaticString(" ")
        if let reason {
            answer.out.writeBytes(reason)
        } else {
            answer.out.writeStaticString(StatusText.reason(for: UInt16(clamping: status)))
        }
        answer.out.writeStaticString("\r\nServer: Weir\r\nDate: ")
        answer.out.writeImmutableBuffer(loop.date)
        answer.out.writeStaticString("\r\nX-Request-Id: ")
        answer.out.writeBytes(requestID)
        answer.out.writeStaticString("\r\n")
    }

    /// Takes over the head that an application printed; `bytes` is what its ranges point into.
    package func startAnswer(from cgi: CGIResponseHead, in bytes: UnsafeRawBufferPointer) {
        guard !isAbandoned else { return }
        startAnswer(status: Int(cgi.status), reason: cgi.reason.map { $0.in(bytes) })
        answer.declaredLength = cgi.contentLength.map { Int(clamping: $0) }
        for field in cgi.fields where !Self.ownFields.contains(field.id) {
            answer.out.write(field, of: bytes)
        }
        if cgi.status == 426 { writeRequiredUpgrade(of: cgi.fields, in: bytes) }
    }

    /// Takes over the head of a server's final answer; `bytes` is what its ranges point into.
    package func startAnswer(from head: ResponseHead, in bytes: UnsafeRawBufferPointer) {
        guard !isAbandoned else { return }
        loop.relayedCount += 1
        startAnswer(status: Int(head.status), reason: head.reason.map { $0.in(bytes) })
        answer.declaredLength = head.contentLength.map { Int(clamping: $0) }
        let acceptsTrailers = head.fields.contains(.trailer) && acceptsTrailers
        for field in head.fields where !Self.ownFields.contains(field.id) && head.isForwarded(field, in: bytes) {
            answer.out.write(field, of: bytes)
        }
        if head.status == 426 { writeRequiredUpgrade(of: head.fields, in: bytes) }
        guard acceptsTrailers else { return }
        for field in head.fields where field.id == .trailer && head.isForwarded(field, in: bytes) {
            answer.announcesTrailers = true
            answer.out.write(field, of: bytes)
        }
    }

    /// A 426 has to name what the client is to change to (RFC 9110, 15.5.22), on every hop. In any other answer the field
    /// is about the connection between the application and Weir.
    private func writeRequiredUpgrade(of fields: Fields, in bytes: UnsafeRawBufferPointer) {
        guard fields.contains(.upgrade) else { return }
        answer.out.writeStaticString("Connection: upgrade\r\n")
        for field in fields where field.id == .upgrade { answer.out.write(field, of: bytes) }
    }

    /// What the edge says itself, or keeps to itself.
    static let ownFields: FieldIDSet = {
        var fields = CGIResponseHead.notForwarded
        for id in [FieldID.contentLength, .date, .server, .xRequestID] { fields.insert(id) }
        return fields
    }()

    package func append(_ body: ByteBuffer) {
        guard !isAbandoned, body.readableBytes > 0 else { return }
        answer.pending.append(body)
        answer.pendingCount += body.readableBytes
    }

    /// Sends what there is. True when the source should wait: the reader is slow and the spool is full.
    @discardableResult
    package func flush() -> Bool {
        guard let connection, answer.hasHead else { return false }
        connection.sendAnswer(self)
        return answer.isSourcePaused
    }

    /// The answer is complete. The exchange belongs to its loop again: the caller forgets it.
    package func end() {
        answer.isComplete = true
        source = nil
        bodySink = nil
        guard let connection else { return loop.recycle(self) }
        connection.sendAnswer(self)
    }

    /// There will be no (more) answer. Also an end: the caller forgets the exchange.
    package func fail(_ failure: Failure) {
        source = nil
        bodySink = nil
        guard let connection else {
            answer.isComplete = true
            return loop.recycle(self)
        }
        guard !answer.isHeadWritten else {
            // Half an answer is out. Only a broken connection tells the client that it is not whole; the log says why.
            if tunnel == nil { answer.status = failure == .timedOut ? 504 : 502 }
            answer.isComplete = true
            return connection.abortAnswer(self)
        }
        answer.pending.removeAll(keepingCapacity: true)
        answer.pendingCount = 0
        answer.declaredLength = nil
        switch failure {
        case .workerLost: answerError(status: 502, detail: "the worker that had this request ended")
        case .malformed: answerError(status: 502, detail: "the application's answer was malformed")
        case .timedOut: answerError(status: 504, detail: "the application took too long")
        }
    }

    /// The queue does not take the request, or not any longer: 503, and when to come back.
    package func shed(_ shed: Shed) {
        guard !isAbandoned else {
            answer.isComplete = true
            return loop.recycle(self)
        }
        loop.shedCount += 1
        answerError(status: 503, detail: "the server is busy", retryAfter: shed.retryAfterSeconds)
    }

    /// The operator's page for the status, or a short one of plain text that names the request, so that its log lines can
    /// be found.
    func answerError(status: Int, detail: String, retryAfter: Int? = nil) {
        let own = loop.shared.errorPages[status]
        startAnswer(status: status)
        answer.out.writeStaticString("Content-Type: ")
        answer.out.writeString(own?.contentType ?? "text/plain; charset=utf-8")
        answer.out.writeStaticString("\r\nCache-Control: no-store\r\n")
        if let retryAfter {
            answer.out.writeStaticString("Retry-After: ")
            answer.out.write(decimal: retryAfter)
            answer.out.writeStaticString("\r\n")
        }
        append(own?.body ?? errorText(status: status, detail: detail))
        end()
    }

    private func errorText(status: Int, detail: String) -> ByteBuffer {
        var page = ByteBuffer()
        page.write(decimal: status)
        page.writeStaticString(" ")
        page.writeStaticString(StatusText.reason(for: UInt16(clamping: status)))
        page.writeStaticString("\n")
        page.writeString(detail)
        page.writeStaticString("\nrequest ")
        page.writeBytes(requestID)
        page.writeStaticString("\n")
        return page
    }
}

extension ByteBuffer {
    mutating func write(decimal value: Int) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: 20) { room in
            var writer = ByteWriter(room)
            writer.write(decimal: UInt64(max(0, value)))
            return writer.count
        }
    }

    /// The line before a chunk.
    mutating func write(chunkOf byteCount: Int) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: ChunkedEncoding.overhead) { room in
            var writer = ByteWriter(room)
            ChunkedEncoding.writeSizeLine(byteCount, to: &writer)
            return writer.count
        }
    }
}
