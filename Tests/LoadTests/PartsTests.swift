import Testing

@testable import weir_load

struct ArrivalsTests {
    @Test func aRampFollowsTheWorkedRow() {
        var arrivals = Arrivals([Phase(from: 0, to: 200, duration: 10 * .second)], kind: .constant, seed: 1)
        let first = arrivals.next()?.time.seconds ?? 0
        #expect((0.3162...0.3163).contains(first))
        var count = 1
        while arrivals.next() != nil { count += 1 }
        // The mean of 100 a second, for 10 s; the last one is due at the very end.
        #expect((999...1000).contains(count))
    }

    @Test func poissonArrivalsScatterAroundTheRateAndRepeatFromTheSeed() {
        func times(seed: UInt64) -> [Arrivals.Arrival] {
            var arrivals = Arrivals([Phase(from: 500, to: 500, duration: 20 * .second)], kind: .poisson, seed: seed)
            return Array(sequence(state: ()) { _ in arrivals.next() })
        }
        let drawn = times(seed: 3)
        // 10,000 with a standard deviation of 100.
        #expect((9_500...10_500).contains(drawn.count))
        #expect(drawn == times(seed: 3))
        #expect(drawn != times(seed: 4))
        #expect(zip(drawn, drawn.dropFirst()).allSatisfy { $0.time <= $1.time })
    }

    @Test func aStepAtRateZeroIsAPause() {
        let phases = [(0.0, 1), (10, 1), (0, 5), (10, 1)].map { Phase(from: $0, to: $0, duration: $1 * .second) }
        var arrivals = Arrivals(phases, kind: .constant, seed: 1)
        let all = Array(sequence(state: ()) { _ in arrivals.next() })
        #expect(all.allSatisfy { $0.phase == 1 || $0.phase == 3 })
        #expect((19...20).contains(all.count))
    }
}

struct LatencyHistogramTests {
    @Test func bucketsFollowTheWorkedRow() {
        #expect(LatencyHistogram.bucket(of: 1000) == 317)
        #expect(LatencyHistogram.lowerBound(of: 317) == 1000)
    }

    @Test func everyValueIsWithinOneSixtyFourth() {
        for value in stride(from: Int64(0), to: 10_000_000, by: 997) {
            let low = LatencyHistogram.lowerBound(of: LatencyHistogram.bucket(of: value))
            #expect(low <= value && value - low <= value / 64)
        }
    }

    @Test func percentilesAreThoseOfTheSortedValues() {
        var whole = LatencyHistogram()
        var other = LatencyHistogram()
        for value in 1...100 { whole.add(Nanoseconds(value) * 1000) }
        for value in 101...120 { other.add(Nanoseconds(value) * 1000) }
        #expect(whole.percentile(0.5) == 50)
        #expect(whole.percentile(0.99) == 99)
        #expect(whole.percentile(1) == 100)
        whole.merge(other)
        #expect(whole.percentile(1) == 120)
        #expect(whole.count == 120)
    }
}

struct AnswerReaderTests {
    private func read(_ text: String, inPiecesOf size: Int) -> [AnswerReader.Progress] {
        var reader = AnswerReader()
        let bytes = Array(text.utf8)
        return stride(from: 0, to: bytes.count, by: size).map { start in
            bytes[start..<min(start + size, bytes.count)].withUnsafeBufferPointer { reader.read($0) }
        }
    }

    private func last(_ text: String) -> AnswerReader.Progress? {
        let whole = read(text, inPiecesOf: text.utf8.count).last
        #expect(read(text, inPiecesOf: 1).last == whole)
        #expect(read(text, inPiecesOf: 1).dropLast().allSatisfy { $0 == .incomplete })
        return whole
    }

    @Test func findsTheEndHoweverTheBytesCome() {
        let kept = AnswerReader.Progress.complete(status: 200, keepsConnection: true)
        #expect(last("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello") == kept)
        #expect(last("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n") == kept)
        #expect(
            last("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n") == kept)
        #expect(last("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") == kept)
        #expect(last("HTTP/1.1 204 No Content\r\n\r\n") == .complete(status: 204, keepsConnection: true))
        #expect(
            last("HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno")
                == .complete(status: 503, keepsConnection: false))
        #expect(last("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n") == .complete(status: 200, keepsConnection: false))
        #expect(last("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell") == .incomplete)
    }

    @Test func anAnswerWithoutALengthEndsWithItsConnection() {
        var reader = AnswerReader()
        #expect(reader.end() == .incomplete)
        let bytes = Array("HTTP/1.1 200 OK\r\n\r\nhello".utf8)
        #expect(bytes.withUnsafeBufferPointer { reader.read($0) } == .incomplete)
        #expect(reader.end() == .complete(status: 200, keepsConnection: false))
    }

    @Test func whatIsNoAnswerIsMalformed() {
        for text in ["hello, I am no server\r\n\r\n", "HTTP/1.1 xyz OK\r\n\r\n"] {
            #expect(read(text, inPiecesOf: 200).last == .malformed)
        }
        let more = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab"
        #expect(read(more, inPiecesOf: 200).last == .malformed)
    }
}

struct PlanTests {
    @Test func pathsHaveWeights() throws {
        #expect(try PathMix.parse("/a:b").path == "/a:b")
        #expect(try PathMix.parse("/a:b").weight == 1)
        #expect(try PathMix.parse("0.02:/x").weight == 0.02)
        #expect(throws: PlanError.self) { try PathMix.parse("-1:/x") }
        #expect(throws: PlanError.self) { try PathMix.parse("/with space") }
    }

    @Test func pathsAreDrawnByWeight() {
        var mix = PathMix([(98, "/"), (2, "/slow")], seed: 5)
        let slow = (0..<10_000).count { _ in mix.draw() == 1 }
        #expect((150...250).contains(slow))
    }

    @Test func stepsHaveAnAmountAndATime() throws {
        #expect(try Phase.parse("300:20s") == Phase(from: 300, to: 300, duration: 20 * .second))
        #expect(try Phase.parse("100-300:1m") == Phase(from: 100, to: 300, duration: 60 * .second))
        for text in ["300", "x:20s", "1-2-3:1s", "5:20", "5:0s", "-5:1s"] {
            #expect(throws: PlanError.self) { try Phase.parse(text) }
        }
    }
}
