/// Chunked bodies; a body that was accepted, written in chunks again, reads the same.
struct ChunkedOutcome: Equatable {
    var status: UInt16?
    var reason = ""
    var body: [UInt8] = []
    var taken = 0
    var hasEnded = false
}

private func outcome(_ bytes: UnsafeRawBufferPointer, _ ends: [Int]) -> ChunkedOutcome {
    var decoder = ChunkedDecoder()
    var outcome = ChunkedOutcome()
    var start = 0
    for end in ends where outcome.status == nil && !outcome.hasEnded {
        withExactCopy(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) { part in
            var offset = 0
            do throws(RequestError) {
                reading: while true {
                    switch try decoder.next(part, at: &offset) {
                    case .data(let range):
                        require(!range.isEmpty, "data is never empty")
                        outcome.body += part[range]
                    case .needMore:
                        require(offset == part.count, "everything given has been taken")
                        break reading
                    case .end:
                        outcome.hasEnded = true
                        break reading
                    }
                }
            } catch {
                outcome.status = error.status
                outcome.reason = error.reason.description
            }
            outcome.taken += offset
        }
        start = end
    }
    return outcome
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let arrivals = Arrivals(start, count)
    let whole = outcome(arrivals.bytes, [count])
    require(whole == outcome(arrivals.bytes, arrivals.cuts()), "cuts change nothing")
    if whole.hasEnded, !whole.body.isEmpty {
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: whole.body.count + ChunkedEncoding.overhead + 5, alignment: 1)
        defer { memory.deallocate() }
        var writer = ByteWriter(memory)
        ChunkedEncoding.writeSizeLine(whole.body.count, to: &writer)
        writer.write(whole.body)
        writer.write("\r\n")
        writer.write(ChunkedEncoding.end)
        let again = outcome(UnsafeRawBufferPointer(rebasing: memory[..<writer.count]), [writer.count])
        require(again.hasEnded && again.body == whole.body, "what is written reads the same")
    }
    return 0
}
