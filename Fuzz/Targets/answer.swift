/// Answers of HTTP servers: heads, interim ones before them, and bodies in every framing. Every eighth length of
/// input answers HEAD.
struct AnswerOutcome: Equatable {
    var reason = ""
    var heads: [HeadOutcome] = []
    var body: [UInt8] = []
    var trailers: [Field] = []
    var taken = 0
    var hasEnded = false
    var mayEndWithConnection = false

    struct HeadOutcome: Equatable {
        var status: UInt16
        var reason: ByteRange?
        var fields: [Field]
        var forwarded: [Bool]
        var framing: ResponseHead.Framing
        var keepAlive: Bool
        var seconds: UInt32?
    }
}

private let limits = HeadLimits(requestLine: 200, headerBytes: 800, headerCount: 24)

private func outcome(_ bytes: UnsafeRawBufferPointer, _ ends: [Int], _ method: Method) -> AnswerOutcome {
    var parser = ResponseHeadParser()
    var head = ResponseHead()
    var decoder = ResponseBodyDecoder()
    var outcome = AnswerOutcome()
    var isInBody = false
    for end in ends where outcome.reason.isEmpty && !outcome.hasEnded {
        var hasMore = true
        while hasMore, outcome.reason.isEmpty {
            hasMore = false
            withExactCopy(UnsafeRawBufferPointer(rebasing: bytes[outcome.taken..<end])) { part in
                do throws(ResponseError) {
                    if isInBody { return try read(part, &decoder, &outcome) }
                    guard try parser.parse(part, limits: limits, method: method, into: &head) else { return }
                    outcome.heads.append(look(head, part))
                    outcome.taken += head.byteCount
                    hasMore = true
                    guard !head.isInterim else { return }
                    isInBody = true
                    decoder.begin(head.framing)
                } catch {
                    outcome.reason = error.reason.description
                }
            }
        }
    }
    outcome.mayEndWithConnection = isInBody && decoder.mayEndWithConnection
    return outcome
}

private func look(_ head: ResponseHead, _ part: UnsafeRawBufferPointer) -> AnswerOutcome.HeadOutcome {
    for field in head.fields {
        for byte in field.value.in(part) { require(!byte.isControl, "no control character in a value") }
        for byte in field.name.in(part) { require(byte.isToken, "a name is a token") }
        if field.id == .connection || field.id == .transferEncoding {
            require(!head.isForwarded(field, in: part), "what is for the next hop stays here")
        }
    }
    require((100...999).contains(head.status), "a status has three digits")
    require(head.byteCount <= part.count, "a head takes what has arrived")
    require(!head.keepAlive || head.framing != .untilClose, "a connection that says the end cannot go on")
    return AnswerOutcome.HeadOutcome(
        status: head.status, reason: head.reason, fields: Array(head.fields),
        forwarded: head.fields.map { head.isForwarded($0, in: part) }, framing: head.framing,
        keepAlive: head.keepAlive, seconds: head.keepAliveSeconds)
}

private func read(
    _ part: UnsafeRawBufferPointer, _ decoder: inout ResponseBodyDecoder, _ outcome: inout AnswerOutcome
) throws(ResponseError) {
    var offset = 0
    defer { outcome.taken += offset }
    while true {
        switch try decoder.next(part, at: &offset) {
        case .data(let range):
            require(!range.isEmpty, "data is never empty")
            outcome.body += part[range]
        case .needMore:
            require(offset == part.count, "everything given has been taken")
            return
        case .end:
            outcome.hasEnded = true
            let trailers = decoder.trailers
            outcome.trailers = trailers.fields
            trailers.bytes.withUnsafeBytes { bytes in
                for field in trailers.fields {
                    for byte in field.value.in(bytes) { require(!byte.isControl, "no control character in a value") }
                }
            }
            return
        }
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let arrivals = Arrivals(start, count)
    let method = count % 8 == 0 ? Method.head : .get
    let whole = outcome(arrivals.bytes, [count], method)
    require(whole == outcome(arrivals.bytes, arrivals.cuts(), method), "cuts change nothing")
    return 0
}
