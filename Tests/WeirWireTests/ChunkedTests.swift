import Testing

@testable import WeirWire

@Suite struct ChunkedTests {
    /// The body, what follows it, or the refusal.
    private func decode(_ pieces: [[UInt8]]) throws(RequestError) -> (body: [UInt8], rest: Int, ended: Bool) {
        var decoder = ChunkedDecoder()
        var body: [UInt8] = []
        var rest = 0
        for piece in pieces {
            let view = exact(piece)
            defer { view.deallocate() }
            var offset = 0
            while true {
                let event = try decoder.next(view, at: &offset)
                if case .data(let range) = event {
                    body += view[range]
                    continue
                }
                if event == .end { rest += piece.count - offset } else { #expect(offset == piece.count) }
                break
            }
        }
        return (body, rest, decoder.hasEnded)
    }

    @Test func whatIsWrittenInChunksIsReadBack() throws {
        var generator = SeededGenerator(seed: 5)
        for round in 0..<60 {
            let body = (0..<Int.random(in: 0...700, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: body.count * 21 + 5, alignment: 1)
            defer { memory.deallocate() }
            var writer = ByteWriter(memory)
            var index = 0
            while index < body.count {
                let count = min(Int.random(in: 1...300, using: &generator), body.count - index)
                ChunkedEncoding.writeSizeLine(count, to: &writer)
                writer.write(Array(body[index..<(index + count)]))
                writer.write("\r\n")
                index += count
            }
            writer.write(ChunkedEncoding.end)
            let encoded = Array(memory.prefix(writer.count)) + Array("GET".utf8)
            for pieces in arrivals(of: encoded, seed: UInt64(round)) {
                let decoded = try decode(pieces)
                #expect(decoded.body == body && decoded.rest == 3 && decoded.ended)
            }
        }
    }

    @Test(arguments: [
        (1, "1\r\n"), (9, "9\r\n"), (10, "a\r\n"), (15, "f\r\n"), (16, "10\r\n"), (255, "ff\r\n"), (65_535, "ffff\r\n"),
        (Int.max, "7fffffffffffffff\r\n"),
    ])
    func aSizeLineHasNoDigitTooMany(size: Int, line: String) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: ChunkedEncoding.overhead, alignment: 1)
        defer { memory.deallocate() }
        var writer = ByteWriter(memory)
        ChunkedEncoding.writeSizeLine(size, to: &writer)
        #expect(String(decoding: memory.prefix(writer.count), as: UTF8.self) == line)
    }

    @Test func theLargestSizeIsThatOfInt() throws {
        #expect(try decode([Array("7fffffffffffffff\r\nab".utf8)]).body == Array("ab".utf8))
        #expect(throws: RequestError.self) { try decode([Array("8000000000000000\r\nab".utf8)]) }
    }

    @Test func extensionsAreBoundedOverTheWholeBody() {
        let chunk = Array(("1;" + String(repeating: "e", count: 200) + "\r\nx\r\n").utf8)
        #expect(throws: Never.self) { try decode([[[UInt8]](repeating: chunk, count: 80).flatMap { $0 }]) }
        #expect(throws: RequestError.self) { try decode([[[UInt8]](repeating: chunk, count: 90).flatMap { $0 }]) }
    }

    @Test func trailersAreBounded() {
        let start = Array("0\r\n".utf8)
        let many = [[UInt8]](repeating: Array("A: b\r\n".utf8), count: 65).flatMap { $0 }
        #expect(throws: RequestError(status: 431, reason: "too many trailer fields")) { try decode([start + many]) }
        let long = Array(("A: " + String(repeating: "b", count: 9_000)).utf8)
        #expect(throws: RequestError(status: 431, reason: "the trailer section is too large")) {
            try decode([start + long])
        }
    }
}
