/// Request heads; and what is written for a head that was accepted fits the memory asked for.
struct HeadOutcome: Equatable {
    var status: UInt16?
    var reason = ""
    var isComplete = false
    var byteCount = 0
    var fields: [Field] = []
    var target = ByteRange.empty
    var path = ByteRange.empty
    var authority = ByteRange.empty
    var framing = BodyFraming.none
    var flags: [Bool] = []
}

private let limits = HeadLimits(requestLine: 200, headerBytes: 800, headerCount: 24)

private func outcome(_ bytes: UnsafeRawBufferPointer, _ ends: [Int]) -> HeadOutcome {
    var parser = RequestHeadParser()
    var head = RequestHead()
    var outcome = HeadOutcome()
    for end in ends where outcome.status == nil && !outcome.isComplete {
        withExactCopy(UnsafeRawBufferPointer(rebasing: bytes[..<end])) { part in
            do throws(RequestError) {
                outcome.isComplete = try parser.parse(part, limits: limits, into: &head)
                if outcome.isComplete { use(head, part) }
            } catch {
                outcome.status = error.status
                outcome.reason = error.reason.description
            }
        }
    }
    guard outcome.isComplete else { return outcome }
    outcome.byteCount = head.byteCount
    outcome.fields = Array(head.fields)
    (outcome.target, outcome.path, outcome.authority) = (head.target, head.path, head.authority)
    outcome.framing = head.framing
    outcome.flags = [head.keepAlive, head.expectsContinue, head.requestsUpgrade, head.isHTTP11, head.query == nil]
    return outcome
}

private func use(_ head: RequestHead, _ bytes: UnsafeRawBufferPointer) {
    for field in head.fields {
        for byte in field.value.in(bytes) { require(!byte.isControl, "no control character in a value") }
        for byte in field.name.in(bytes) { require(byte.isToken, "a name is a token") }
    }
    for byte in head.target.in(bytes) { require(byte > 0x20 && byte < 0x7F, "a target is visible ASCII") }
    require(head.byteCount <= bytes.count, "a head takes what has arrived")
    require(!head.isHTTP11 || Authority.isValid(head.authority.in(bytes)), "HTTP/1.1 names a host")

    let size = FastCGIRequestWriter.upperBound(for: head, paramByteCount: 0, paramCount: 0)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
    defer { memory.deallocate() }
    var writer = FastCGIRequestWriter(memory)
    writer.params(fieldsOf: head, in: bytes)
    writer.finishParams()
    writer.stdin(UnsafeRawBufferPointer(start: nil, count: 0))

    var path: [UInt8] = []
    if (try? TargetPath.normalise(head.path.in(bytes), into: &path)) != nil, head.form != .asterisk {
        require(path.first == UInt8(ascii: "/"), "a path starts at the root")
        let segments = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: true)
        require(
            !segments.contains { $0.elementsEqual("..".utf8) || $0.elementsEqual(".".utf8) }, "no dot segment is left")
        require(!path.contains(0), "no NUL in a path")
    }
    for isTrusted in [true, false] {
        _ = ForwardedFields.client(xForwardedForOf: head.fields, in: bytes) { _ in isTrusted }?.range.in(bytes)
        _ = ForwardedFields.client(forwardedOf: head.fields, in: bytes) { _ in isTrusted }?.range.in(bytes)
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let arrivals = Arrivals(start, count)
    require(outcome(arrivals.bytes, [count]) == outcome(arrivals.bytes, arrivals.cuts()), "cuts change nothing")
    return 0
}
