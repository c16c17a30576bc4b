/// Header blocks of CGI programs.
struct CGIOutcome: Equatable {
    var error: CGIResponseError?
    var isComplete = false
    var status: UInt16 = 0
    var reason: ByteRange?
    var fields: [Field] = []
    var contentLength: UInt64?
    var byteCount = 0
}

private let limits = HeadLimits(headerBytes: 800, headerCount: 24)

private func outcome(_ bytes: UnsafeRawBufferPointer, _ ends: [Int]) -> CGIOutcome {
    var parser = CGIResponseHeadParser()
    var head = CGIResponseHead()
    var outcome = CGIOutcome()
    for end in ends where outcome.error == nil && !outcome.isComplete {
        withExactCopy(UnsafeRawBufferPointer(rebasing: bytes[..<end])) { part in
            do throws(CGIResponseError) {
                outcome.isComplete = try parser.parse(part, limits: limits, into: &head)
                guard outcome.isComplete else { return }
                for field in head.fields {
                    for byte in field.value.in(part) { require(!byte.isControl, "no control character in a value") }
                    for byte in field.name.in(part) { require(byte.isToken, "a name is a token") }
                }
                _ = head.reason?.in(part)
            } catch {
                outcome.error = error
            }
        }
    }
    guard outcome.isComplete else { return outcome }
    require(head.status >= 100 && head.status <= 999, "a status has three digits")
    (outcome.status, outcome.reason, outcome.byteCount) = (head.status, head.reason, head.byteCount)
    (outcome.fields, outcome.contentLength) = (Array(head.fields), head.contentLength)
    return outcome
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let arrivals = Arrivals(start, count)
    require(outcome(arrivals.bytes, [count]) == outcome(arrivals.bytes, arrivals.cuts()), "cuts change nothing")
    return 0
}
