import Testing

@testable import WeirWire

@Suite struct AnswerCorpusTests {
    @Test("the corpus of answers is there")
    func present() {
        #expect(CorpusCase.all(in: "answers/valid").count >= 40)
        #expect(CorpusCase.all(in: "answers/invalid").count >= 55)
    }

    @Test("a valid answer means what it says", arguments: CorpusCase.all(in: "answers/valid"))
    func valid(_ file: CorpusCase) {
        let replay = AnswerReplay([file.bytes], method: file.method)
        #expect(replay.refusal == nil && !replay.isCut)
        let blocks = file.expectation.split(separator: "\n\n").map(String.init)
        #expect(replay.answers.count == blocks.count)
        for (answer, block) in zip(replay.answers, blocks) { check(answer, rest: replay.rest, against: block) }
    }

    @Test("an invalid answer is refused for its reason", arguments: CorpusCase.all(in: "answers/invalid"))
    func invalid(_ file: CorpusCase) {
        let replay = AnswerReplay([file.bytes], method: file.method)
        let lines = file.expectation.split(separator: "\n").filter { !$0.hasPrefix("method ") }
        let said = replay.refusal?.reason.description ?? (replay.isCut ? "cut" : "accepted")
        #expect(lines == [said[...]])
    }

    @Test(
        "how the bytes of an answer arrive changes nothing",
        arguments: CorpusCase.all(in: "answers/valid") + CorpusCase.all(in: "answers/invalid"))
    func arrival(_ file: CorpusCase) {
        let whole = AnswerReplay([file.bytes], method: file.method)
        for (index, pieces) in arrivals(of: file.bytes, seed: UInt64(file.bytes.count)).enumerated() {
            #expect(AnswerReplay(pieces, method: file.method) == whole, "arrival \(index)")
        }
    }

    @Test("a head may be as large as its limits, and no byte larger")
    func limits() {
        let head = "HTTP/1.1 200 OK\r\nA: 1\r\nB: 22\r\n\r\n"
        func refusal(_ limits: HeadLimits) -> String? {
            let reasons = Set(
                arrivals(of: Array(head.utf8), seed: 7).map {
                    AnswerReplay($0, limits: limits).refusal?.reason.description ?? "none"
                })
            return reasons.count == 1 ? reasons.first : nil
        }
        #expect(refusal(HeadLimits(requestLine: 15, headerBytes: 15, headerCount: 2)) == "none")
        #expect(
            refusal(HeadLimits(requestLine: 14, headerBytes: 15, headerCount: 2)) == "the status line is too long")
        #expect(
            refusal(HeadLimits(requestLine: 15, headerBytes: 14, headerCount: 2)) == "the header block is too large")
        #expect(refusal(HeadLimits(requestLine: 15, headerBytes: 15, headerCount: 1)) == "too many header fields")
    }

    private func check(_ answer: ReplayedAnswer, rest: [UInt8], against block: String) {
        var lines = block.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("method ") }
        #expect("\(answer.status)\(answer.reason.map { " " + $0 } ?? "")" == lines.removeFirst())
        var (version, close, upgrade, left) = ("1.1", false, false, 0)
        var (seconds, length): (UInt32?, UInt64?)
        var framing = "none"
        var body = ""
        var (forwarded, dropped, trailers): ([String], [String], [String]) = ([], [], [])
        for line in lines {
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let value = parts.count == 2 ? parts[1] : ""
            switch parts[0] {
            case "version": version = value
            case "close": close = true
            case "upgrade": upgrade = true
            case "seconds": seconds = UInt32(value)
            case "length": length = UInt64(value)
            case "framing": framing = value
            case "body": body = value.replacing("\\r", with: "\r").replacing("\\n", with: "\n")
            case "forwarded": forwarded.append(value)
            case "dropped": dropped.append(value)
            case "trailer": trailers.append(value)
            case "rest": left = Int(value) ?? -1
            default: Issue.record("unknown expectation: \(line)")
            }
        }
        #expect(answer.isHTTP11 == (version == "1.1"))
        #expect(answer.keepAlive == !close)
        #expect(answer.isUpgrade == upgrade)
        #expect(answer.keepAliveSeconds == seconds)
        #expect(answer.contentLength == length)
        #expect(answer.framing.word == framing)
        #expect(String(decoding: answer.body, as: UTF8.self) == body)
        #expect(answer.forwarded == forwarded)
        #expect(answer.dropped == dropped)
        #expect(answer.trailers == trailers)
        #expect(answer.status < 200 || rest.count == left)
    }
}

extension CorpusCase {
    /// Of the request that is answered: what a line `method HEAD` says, else GET.
    fileprivate var method: Method { expectation.contains("method HEAD\n") ? .head : .get }
}

extension ResponseHead.Framing {
    fileprivate var word: String {
        switch self {
        case .none: "none"
        case .length: "length"
        case .chunked: "chunked"
        case .untilClose: "until-close"
        }
    }
}
