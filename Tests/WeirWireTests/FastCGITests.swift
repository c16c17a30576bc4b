import Testing

@testable import WeirWire

/// A record, taken apart without the code under test.
private struct Record: Equatable {
    var type: UInt8
    var id: Int
    var content: [UInt8]

    static func all(in bytes: [UInt8]) -> [Record] {
        var records: [Record] = []
        var index = 0
        while index + 8 <= bytes.count {
            #expect(bytes[index] == 1)
            let count = Int(bytes[index + 4]) << 8 | Int(bytes[index + 5])
            let content = Array(bytes[(index + 8)..<(index + 8 + count)])
            records.append(
                Record(type: bytes[index + 1], id: Int(bytes[index + 2]) << 8 | Int(bytes[index + 3]), content: content)
            )
            index += 8 + count + Int(bytes[index + 6])
        }
        #expect(index == bytes.count)
        return records
    }

    static func pairs(_ bytes: [UInt8]) -> [String: String]? {
        var pairs: [String: String] = [:]
        var index = 0
        func length() -> Int? {
            guard index < bytes.count else { return nil }
            if bytes[index] < 128 {
                index += 1
                return Int(bytes[index - 1])
            }
            guard index + 4 <= bytes.count else { return nil }
            index += 4
            return bytes[(index - 4)..<index].reduce(0) { $0 << 8 | Int($1) } & 0x7FFF_FFFF
        }
        while index < bytes.count {
            guard let name = length(), let value = length(), index + name + value <= bytes.count else { return nil }
            let middle = index + name
            let key = String(decoding: bytes[index..<middle], as: UTF8.self)
            #expect(pairs[key] == nil, "\(key) twice")
            pairs[key] = String(decoding: bytes[middle..<(middle + value)], as: UTF8.self)
            index = middle + value
        }
        return pairs
    }
}

@Suite struct FastCGIRequestTests {
    private func write(
        _ text: String, body: [UInt8] = [], omitting omitted: FieldIDSet = [], extraBytes: Int = 0, extraCount: Int = 0,
        extra: (inout FastCGIRequestWriter) -> Void = { _ in }
    ) throws -> [Record] {
        var parser = RequestHeadParser()
        var head = RequestHead()
        return try withBytes(text) { bytes in
            let limits = HeadLimits(headerBytes: 1 << 20, headerCount: 10_000)
            let isComplete = try parser.parse(bytes, limits: limits, into: &head)
            #expect(isComplete)
            let bound = FastCGIRequestWriter.upperBound(
                for: head, paramByteCount: extraBytes, paramCount: extraCount, stdinByteCount: body.count)
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bound, alignment: 1)
            defer { memory.deallocate() }
            var writer = FastCGIRequestWriter(memory)
            extra(&writer)
            writer.params(fieldsOf: head, in: bytes, omitting: omitted)
            writer.finishParams()
            body.withUnsafeBytes { writer.stdin($0) }
            return Record.all(in: Array(memory.prefix(writer.byteCount)))
        }
    }

    private func variables(_ fields: String, omitting omitted: FieldIDSet = []) throws -> [String: String] {
        let records = try write("GET / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n", omitting: omitted)
        return try #require(Record.pairs(records.filter { $0.type == 4 }.flatMap(\.content)))
    }

    @Test func aRequestIsTheRecordsOfTheSpecification() throws {
        var block = FastCGIParamBlock()
        block.append("SERVER_SOFTWARE", "weir")
        block.append("LONG", String(repeating: "v", count: 300))
        let records = try write(
            "GET / HTTP/1.1\r\nHost: h\r\n\r\n", body: Array("hello".utf8), extraBytes: block.bytes.count + 80,
            extraCount: 5
        ) { writer in
            writer.params(block)
            writer.param("REQUEST_METHOD", "POST")
            writer.param("CONTENT_LENGTH", decimal: 1_234_567_890)
            withBytes("/srv/www") { root in withBytes("/index.php") { writer.param("SCRIPT_FILENAME", root, $0) } }
        }
        #expect(records.map(\.type) == [1, 4, 4, 5, 5])
        #expect(records.allSatisfy { $0.id == 1 })
        #expect(records[0].content == [0, 1, 1, 0, 0, 0, 0, 0])
        #expect(records[2].content.isEmpty && records[3].content == Array("hello".utf8) && records[4].content.isEmpty)
        #expect(
            Record.pairs(records[1].content) == [
                "SERVER_SOFTWARE": "weir", "LONG": String(repeating: "v", count: 300), "REQUEST_METHOD": "POST",
                "CONTENT_LENGTH": "1234567890", "SCRIPT_FILENAME": "/srv/www/index.php", "HTTP_HOST": "h",
            ])
    }

    @Test func fieldsBecomeVariables() throws {
        let fields = "X-Request-Id: 7\r\naccept: */*\r\nConnection: close\r\nContent-Type: a/b\r\nX9-: \r\n"
        #expect(
            try variables(fields) == [
                "HTTP_HOST": "h", "HTTP_X_REQUEST_ID": "7", "HTTP_ACCEPT": "*/*", "HTTP_CONNECTION": "close",
                "CONTENT_TYPE": "a/b", "HTTP_X9_": "",
            ])
    }

    @Test func noFieldCanForgeAVariable() throws {
        let fields =
            "Proxy: http://evil\r\nX_Real_IP: 1.2.3.4\r\nX-Real.IP: 1\r\nContent-Length: 0\r\nX-Real-IP: 9.9.9.9\r\n"
        #expect(try variables(fields) == ["HTTP_HOST": "h", "HTTP_X_REAL_IP": "9.9.9.9"])
        #expect(try variables(fields, omitting: [.xRealIP]) == ["HTTP_HOST": "h"])
        #expect(try variables("Transfer-Encoding: chunked\r\n") == ["HTTP_HOST": "h"])
    }

    @Test func repeatedFieldsAreJoined() throws {
        let fields =
            "Cookie: a=1\r\nX-Forwarded-For: 1.1.1.1\r\nFoo: 1\r\ncookie: b=2\r\nBar: x\r\n"
            + "foo: 2\r\nx-forwarded-for: 2.2.2.2\r\nFOO: \r\nB_r: y\r\n"
        #expect(
            try variables(fields) == [
                "HTTP_HOST": "h", "HTTP_COOKIE": "a=1; b=2", "HTTP_X_FORWARDED_FOR": "1.1.1.1, 2.2.2.2",
                "HTTP_FOO": "1, 2, ", "HTTP_BAR": "x",
            ])
    }

    /// PHP reads each PARAMS record on its own, so a variable must not be cut where it need not be.
    @Test func everyRecordHoldsWholeVariables() throws {
        var expected = ["HTTP_HOST": "h"]
        var text = "GET / HTTP/1.1\r\nHost: h\r\n"
        for index in 0..<300 {
            let value = String(repeating: "x", count: index * 37 % 5_000)
            text += "F\(index): \(value)\r\n"
            expected["HTTP_F\(index)"] = value
        }
        let params = try write(text + "\r\n").filter { $0.type == 4 }
        #expect(params.count > 5 && params.last?.content == [])
        var merged: [String: String] = [:]
        for record in params { merged.merge(try #require(Record.pairs(record.content))) { first, _ in first } }
        #expect(merged == expected)
    }

    @Test func aVariableLargerThanARecordIsCut() throws {
        for size in [65_520, 65_535, 65_536, 131_070, 131_080, 200_000] {
            let value = String(repeating: "x", count: size - 1) + "y"
            let records = try write("GET / HTTP/1.1\r\nHost: h\r\nBig: \(value)\r\nEnd: z\r\n\r\n").filter {
                $0.type == 4
            }
            #expect(Record.pairs(records.flatMap(\.content)) == ["HTTP_HOST": "h", "HTTP_BIG": value, "HTTP_END": "z"])
            #expect(records.dropLast().allSatisfy { !$0.content.isEmpty })
        }
    }

    @Test func aLargeBodyIsCutIntoRecords() throws {
        let body = (0..<140_000).map { UInt8(truncatingIfNeeded: $0) }
        let stdin = try write("GET / HTTP/1.1\r\nHost: h\r\n\r\n", body: body).filter { $0.type == 5 }
        #expect(stdin.map(\.content.count) == [65_535, 65_535, 8_930, 0])
        #expect(stdin.flatMap(\.content) == body)
        #expect(FastCGI.stdinRecordCount(140_000) == 4 && FastCGI.stdinRecordCount(0) == 1)
    }
}

@Suite struct FastCGIResponseTests {
    private struct Answer: Equatable {
        var stdout: [UInt8] = []
        var stderr: [UInt8] = []
        var closes = 0
        var end: FastCGIEvent?
        var growthKiB = 0
    }

    private func record(_ type: UInt8, _ content: [UInt8], padding: Int = 0, id: UInt8 = 1, version: UInt8 = 1)
        -> [UInt8]
    {
        [version, type, 0, id, UInt8(content.count >> 8), UInt8(content.count & 0xFF), UInt8(padding), 0]
            + content + [UInt8](repeating: 0xEE, count: padding)
    }

    private func decode(_ pieces: [[UInt8]]) throws(FastCGIError) -> Answer {
        var decoder = FastCGIResponseDecoder()
        var answer = Answer()
        for piece in pieces {
            let view = exact(piece)
            defer { view.deallocate() }
            var offset = 0
            reading: while true {
                let event = try decoder.next(view, at: &offset)
                switch event {
                case .stdout(let range): answer.stdout += view[range]
                case .stderr(let range): answer.stderr += view[range]
                case .stdoutEnd: answer.closes += 1
                case .end: answer.end = event
                case .report, .reportEnd: Issue.record("a report, and no guest")
                case .needMore:
                    #expect(offset == piece.count)
                    break reading
                }
            }
        }
        #expect(decoder.hasEnded == (answer.end != nil))
        answer.growthKiB = decoder.growthKiB
        return answer
    }

    private let end: [UInt8] = [0, 0, 1, 2, 0, 0, 0, 0]

    @Test func anAnswerIsTheSameHoweverItIsCut() throws {
        let bytes =
            record(6, Array("Status: 200\r\n".utf8), padding: 3) + record(7, Array("warning".utf8), padding: 1)
            + record(10, [1, 2, 3], id: 0) + record(6, Array("\r\nbody".utf8)) + record(7, [])
            + record(6, [], padding: 8)
            + record(3, end, padding: 4)
        let expected = Answer(
            stdout: Array("Status: 200\r\n\r\nbody".utf8), stderr: Array("warning".utf8), closes: 1,
            end: .end(appStatus: 258, protocolStatus: 0))
        for pieces in arrivals(of: bytes, seed: 3) { #expect(try decode(pieces) == expected) }
    }

    @Test func theEndComesAfterThePaddingSoTheConnectionIsClean() throws {
        let bytes = record(3, end, padding: 2)
        #expect(try decode([Array(bytes.dropLast())]).end == nil)
        #expect(try decode([bytes]).end == .end(appStatus: 258, protocolStatus: 0))
    }

    @Test func theEndTellsByHowMuchTheWorkerHasGrown() throws {
        for (reserved, growth): ([UInt8], Int) in [
            ([0, 0, 0], 0), ([0, 0x14, 0], 5_120), ([1, 2, 3], 0x010203), ([255, 255, 255], 16_777_215),
        ] {
            let bytes = record(6, [], padding: 1) + record(3, [0, 0, 1, 2, 7] + reserved, padding: 5)
            for pieces in arrivals(of: bytes, seed: 5) {
                let answer = try decode(pieces)
                #expect(answer.growthKiB == growth)
                #expect(answer.end == .end(appStatus: 258, protocolStatus: 7))
            }
            // Not before the end is there.
            #expect(try decode([Array(bytes.dropLast())]).growthKiB == 0)
        }
    }

    @Test func anAnswerWithoutTheEmptyOutputRecordIsComplete() throws {
        #expect(try decode([record(6, [65]) + record(3, end)]).end != nil)
    }

    @Test func whatCannotBeTrustedIsAnError() {
        let cases: [([UInt8], FastCGIError)] = [
            (record(6, [65], version: 2), .unsupportedVersion(2)),
            (record(6, [65], id: 2), .wrongRequestID(2)),
            (record(3, end, id: 9), .wrongRequestID(9)),
            (record(4, []), .unexpectedRecord(type: 4)),
            (record(11, end, id: 0), .unexpectedRecord(type: 11)),
            (record(77, []), .unexpectedRecord(type: 77)),
            (record(64, [], id: 0), .unexpectedRecord(type: 64)),
            (record(7, [65], id: 0), .wrongRequestID(0)),
            (record(3, [0, 0, 0, 0]), .malformedEndRequest(contentByteCount: 4)),
            (record(6, []) + record(6, [65]), .outputAfterEnd),
            (record(3, end) + [1], .bytesAfterEnd),
        ]
        for (bytes, error) in cases {
            for pieces in arrivals(of: bytes, seed: 11) { #expect(throws: error) { try decode(pieces) } }
        }
    }

    @Test func abortingIsOneEmptyRecord() {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 8, alignment: 1)
        defer { memory.deallocate() }
        var writer = ByteWriter(memory)
        FastCGI.writeAbortRequest(to: &writer)
        #expect(Array(memory) == [1, 2, 0, 1, 0, 0, 0, 0])
    }
}
