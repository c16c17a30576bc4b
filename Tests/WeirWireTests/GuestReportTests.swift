import Testing

@testable import WeirWire

@Suite struct GuestReportTests {
    // MARK: What they say

    private func report(_ kind: GuestReport.Kind, _ text: String) -> GuestReport? {
        let view = exact(Array(text.utf8))
        defer { view.deallocate() }
        return GuestReport(kind, view)
    }

    @Test func aLineHasALevelAMessageAndFields() {
        guard case .log(let line)? = report(.log, "warning\0No stock\0sku\042\0left\0\0") else {
            Issue.record("no line")
            return
        }
        #expect(line.level == "warning" && line.message == "No stock")
        #expect(line.context == [TextPair("sku", "42"), TextPair("left", "")])
    }

    @Test func aNumberHasAKindANameAndLabels() {
        #expect(
            report(.metric, "counter\0orders\02.5\0shop\0north\0")
                == .metric(
                    MetricReport(kind: .counter, name: "orders", value: 2.5, labels: [TextPair("shop", "north")])))
        #expect(
            report(.metric, "gauge\0depth\0-3\0") == .metric(MetricReport(kind: .gauge, name: "depth", value: -3)))
    }

    @Test func aFindingHasEightParts() {
        #expect(
            report(.audit, "static\0App\\Events::$listeners\01 element\02 elements\0/srv/e.php:7\04\0growth\0/cart\0")
                == .audit(
                    AuditReport(
                        kind: "static", subject: "App\\Events::$listeners", before: "1 element", after: "2 elements",
                        place: "/srv/e.php:7", requests: 4, severity: "growth", path: "/cart")))
    }

    @Test func whoIsReadyOrLeavesSaysNoMore() {
        #expect(report(.ready, "") == .ready)
        #expect(report(.leaving, "") == .leaving)
    }

    // MARK: What they had better not

    @Test(arguments: [
        "", "warning", "warning\0", "warning\0text", "warning\0text\0half",
    ])
    func whatIsCutOffIsNoLine(text: String) { #expect(report(.log, text) == nil) }

    @Test(arguments: [
        "", "counter\0x\0", "timer\0x\01\0", "counter\0x\0one\0", "counter\0x\0nan\0", "gauge\0x\0inf\0",
        "gauge\0x\0-inf\0", "counter\0x\0\0", "counter\0x\01\0label\0value",
    ])
    func whatIsNoNumberIsNotCounted(text: String) { #expect(report(.metric, text) == nil) }

    @Test(arguments: [
        "", "static\0x\0a\0b\0", "static\0x\0a\0b\0c\01\0change\0", "\0x\0a\0b\0c\01\0change\0/\0",
        "static\0\0a\0b\0c\01\0change\0/\0", "static\0x\0a\0b\0c\0none\0change\0/\0",
    ])
    func whatIsIncompleteIsNoFinding(text: String) { #expect(report(.audit, text) == nil) }

    @Test func everythingHasALimit() {
        let long = String(repeating: "é", count: 5_000)
        guard case .log(let line)? = report(.log, "info\0\(long)\0") else {
            Issue.record("no line")
            return
        }
        #expect(line.message.utf8.count == TextFields.byteCountMax && line.message.allSatisfy { $0 == "é" })
        let fields = (0..<60).map { "k\($0)\0v\0" }.joined()
        guard case .log(let many)? = report(.log, "info\0m\0" + fields) else {
            Issue.record("no line with many fields")
            return
        }
        #expect(many.context.count == LogReport.contextMax)
        #expect(report(.log, "info\0m\0" + (0..<300).map { "k\($0)\0v\0" }.joined()) == nil)
        #expect(report(.metric, "counter\0x\01\0" + (0..<11).map { "k\($0)\0v\0" }.joined()) == nil)
        #expect(report(.log, "info\0" + String(repeating: "x", count: GuestReport.byteCountMax) + "\0") == nil)
    }

    @Test func whatIsNoTextIsReplaced() {
        let bytes: [UInt8] = Array("info\0".utf8) + [0xFF, 0xC3, 0x28, 0]
        guard case .log(let line)? = bytes.withUnsafeBytes({ GuestReport(.log, $0) }) else {
            Issue.record("no line")
            return
        }
        #expect(line.message.contains("\u{FFFD}") && line.message.hasSuffix("("))
    }

    @Test func randomBytesAreNoHarm() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<60, using: &generator)).map { _ in
                generator.next() % 3 == 0 ? 0 : UInt8(truncatingIfNeeded: generator.next())
            }
            for kind in [GuestReport.Kind.ready, .log, .metric, .audit, .leaving] {
                _ = bytes.withUnsafeBytes { GuestReport(kind, $0) }
            }
        }
    }

    // MARK: Among the answers

    private struct Heard: Equatable {
        var stdout: [UInt8] = []
        var stderr: [UInt8] = []
        var ends = 0
        var growthKiB: [Int] = []
        var reports: [Told] = []
    }

    private struct Told: Equatable {
        var report: GuestReport?
        var isOfRequest: Bool
    }

    private func record(_ type: UInt8, _ content: [UInt8], id: UInt8, padding: Int = 0) -> [UInt8] {
        [1, type, 0, id, UInt8(content.count >> 8), UInt8(content.count & 0xFF), UInt8(padding), 0] + content
            + [UInt8](repeating: 0xEE, count: padding)
    }

    /// `requests`: what follows when it is ready.
    private func hear(_ pieces: [[UInt8]], requests: [UInt16] = []) throws(FastCGIError) -> Heard {
        var decoder = FastCGIResponseDecoder(ofGuest: ())
        var (heard, report, requests) = (Heard(), [UInt8](), requests)
        for piece in pieces {
            let view = exact(piece)
            defer { view.deallocate() }
            var offset = 0
            reading: while true {
                switch try decoder.next(view, at: &offset) {
                case .stdout(let range): heard.stdout += view[range]
                case .stderr(let range): heard.stderr += view[range]
                case .stdoutEnd: break
                case .end:
                    heard.ends += 1
                    heard.growthKiB.append(decoder.growthKiB)
                case .report(let range): report += view[range]
                case .reportEnd(let kind, let isOfRequest):
                    let read = report.withUnsafeBytes { GuestReport(kind, $0) }
                    heard.reports.append(Told(report: read, isOfRequest: isOfRequest))
                    report = []
                    // The first request goes out then.
                    if read == .ready, !requests.isEmpty { decoder.begin(requestID: requests.removeFirst()) }
                case .needMore: break reading
                }
            }
        }
        return heard
    }

    private let metric = Array("counter\0n\01\0".utf8)
    private let end: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 9]

    @Test func reportsComeBeforeWithinAndBetweenRequestsHoweverTheyAreCut() throws {
        let counted = GuestReport.metric(MetricReport(kind: .counter, name: "n", value: 1))
        let bytes =
            record(7, Array("hello".utf8), id: 0) + record(66, metric, id: 0, padding: 3) + record(64, [], id: 0)
            + record(66, metric, id: 5) + record(6, Array("a".utf8), id: 5, padding: 1) + record(66, metric, id: 0)
            + record(6, [], id: 5) + record(66, metric, id: 5, padding: 7) + record(3, end, id: 5, padding: 2)
            + record(66, metric, id: 0) + record(7, Array("!".utf8), id: 0)
        let expected = Heard(
            stdout: [97], stderr: Array("hello!".utf8), ends: 1, growthKiB: [9],
            reports: [
                Told(report: counted, isOfRequest: false), Told(report: .ready, isOfRequest: false),
                Told(report: counted, isOfRequest: true), Told(report: counted, isOfRequest: false),
                Told(report: counted, isOfRequest: true), Told(report: counted, isOfRequest: false),
            ])
        for pieces in arrivals(of: bytes, seed: 23) { #expect(try hear(pieces, requests: [5]) == expected) }
    }

    /// A request may go out while a report between requests is on its way.
    @Test func aReportUnderWayGoesOnWhenARequestBegins() throws {
        let bytes = record(66, metric, id: 0)
        for cut in 0...bytes.count {
            var decoder = FastCGIResponseDecoder(ofGuest: ())
            var report: [UInt8] = []
            var isTold = false
            for (index, piece) in [bytes[..<cut], bytes[cut...]].enumerated() {
                let view = exact(Array(piece))
                defer { view.deallocate() }
                if index == 1 { decoder.begin(requestID: 9) }
                var offset = 0
                reading: while true {
                    switch try decoder.next(view, at: &offset) {
                    case .report(let range): report += view[range]
                    case .reportEnd: isTold = true
                    case .needMore: break reading
                    default: Issue.record("something else")
                    }
                }
            }
            #expect(isTold && report == metric)
        }
    }

    @Test func whatAGuestMayNotSayEndsTheConnection() {
        let ready = record(64, [], id: 0)
        let cases: [([UInt8], FastCGIError)] = [
            (record(6, [65], id: 0), .bytesAfterEnd), (record(3, end, id: 0), .bytesAfterEnd),
            (record(66, metric, id: 4), .wrongRequestID(4)), (record(69, [], id: 0), .unexpectedRecord(type: 69)),
            (record(63, [], id: 0), .unexpectedRecord(type: 63)),
            (ready + record(66, metric, id: 6), .wrongRequestID(6)),
            (ready + record(3, end, id: 5) + record(6, [65], id: 5), .bytesAfterEnd),
            (ready + record(3, end, id: 5) + record(66, metric, id: 5), .wrongRequestID(5)),
            (ready + record(3, end, id: 5) + record(3, end, id: 5), .bytesAfterEnd),
        ]
        for (bytes, error) in cases {
            for pieces in arrivals(of: bytes, seed: 29) {
                #expect(throws: error) { try hear(pieces, requests: [5]) }
            }
        }
    }
}
