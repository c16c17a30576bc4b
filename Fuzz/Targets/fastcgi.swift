/// Answers of FastCGI programs, and what Weir's own guests say beside them.
struct FastCGIOutcome: Equatable {
    var error: FastCGIError?
    var stdout: [UInt8] = []
    var stderr: [UInt8] = []
    var outputEnds = 0
    var end: FastCGIEvent?
    var report: [UInt8] = []
    var reports: [GuestReport?] = []
}

private func outcome(_ bytes: UnsafeRawBufferPointer, _ ends: [Int], ofGuest isGuest: Bool) -> FastCGIOutcome {
    var decoder = isGuest ? FastCGIResponseDecoder(ofGuest: ()) : FastCGIResponseDecoder()
    if isGuest { decoder.begin(requestID: FastCGI.requestID) }
    var outcome = FastCGIOutcome()
    var start = 0
    for end in ends where outcome.error == nil {
        withExactCopy(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) { part in
            var offset = 0
            do throws(FastCGIError) {
                reading: while true {
                    let event = try decoder.next(part, at: &offset)
                    switch event {
                    case .stdout(let range): outcome.stdout += part[range]
                    case .stderr(let range): outcome.stderr += part[range]
                    case .stdoutEnd: outcome.outputEnds += 1
                    case .end:
                        require(outcome.end == nil, "a request ends once")
                        outcome.end = event
                    case .report(let range): outcome.report += part[range]
                    case .reportEnd(let kind, _):
                        outcome.reports.append(outcome.report.withUnsafeBytes { GuestReport(kind, $0) })
                        outcome.report = []
                    case .needMore:
                        require(offset == part.count, "everything given has been taken")
                        break reading
                    }
                }
            } catch {
                outcome.error = error
            }
        }
        start = end
    }
    require(outcome.outputEnds <= 1, "output ends once")
    return outcome
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let arrivals = Arrivals(start, count)
    let cuts = arrivals.cuts()
    for isGuest in [false, true] {
        require(
            outcome(arrivals.bytes, [count], ofGuest: isGuest) == outcome(arrivals.bytes, cuts, ofGuest: isGuest),
            "cuts change nothing")
    }
    return 0
}
