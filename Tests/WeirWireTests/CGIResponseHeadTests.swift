import Testing

@testable import WeirWire

@Suite struct CGIResponseHeadTests {
    private struct Seen: Equatable {
        var status: UInt16
        var reason: String?
        var fields: [String]
        var contentLength: UInt64?
        var byteCount: Int
    }

    private func parse(_ pieces: [[UInt8]], _ limits: HeadLimits = HeadLimits()) throws(CGIResponseError) -> Seen? {
        var parser = CGIResponseHeadParser()
        var head = CGIResponseHead()
        var buffer: [UInt8] = []
        for piece in pieces {
            buffer += piece
            let view = exact(buffer)
            defer { view.deallocate() }
            if try parser.parse(view, limits: limits, into: &head) {
                return Seen(
                    status: head.status, reason: head.reason?.string(in: view),
                    fields: head.fields.map { "\($0.name.string(in: view))=\($0.value.string(in: view))" },
                    contentLength: head.contentLength, byteCount: head.byteCount)
            }
        }
        return nil
    }

    private func parse(_ text: String) throws(CGIResponseError) -> Seen? { try parse([Array(text.utf8)]) }

    @Test func whatPHPPrintsIsRead() throws {
        let text =
            "Status: 404 Not Found\r\nX-Powered-By: PHP/8.2\r\nSet-Cookie: a=1\r\n"
            + "Set-Cookie: b=2\r\nContent-type: text/html; charset=UTF-8\r\nContent-Length: 5\r\n\r\nhello"
        let expected = Seen(
            status: 404, reason: "Not Found",
            fields: [
                "Status=404 Not Found", "X-Powered-By=PHP/8.2", "Set-Cookie=a=1", "Set-Cookie=b=2",
                "Content-type=text/html; charset=UTF-8", "Content-Length=5",
            ], contentLength: 5, byteCount: text.utf8.count - 5)
        for pieces in arrivals(of: Array(text.utf8), seed: 1) { #expect(try parse(pieces) == expected) }
    }

    @Test func lineEndsMayBeMixed() throws {
        let text = "Content-Type: a/b\nX: y\r\n\nbody"
        for pieces in arrivals(of: Array(text.utf8), seed: 2) {
            let seen = try #require(try parse(pieces))
            #expect(seen.fields == ["Content-Type=a/b", "X=y"] && seen.byteCount == text.utf8.count - 4)
        }
    }

    @Test func theStatusIsFoundOrInferred() throws {
        #expect(try parse("Content-Type: a\n\n")?.status == 200)
        #expect(try parse("Location: /x\n\n")?.status == 302)
        #expect(try parse("Location: /x\nStatus: 201\n\n")?.status == 201)
        #expect(try parse("Status: 200\n\n")?.reason == nil)
        #expect(try parse("Status: 999 Any  Thing \n\n")?.reason == "Any  Thing")
        #expect(try parse("\n")?.status == 200)
    }

    @Test(arguments: [
        ("Status: 99\n\n", CGIResponseError.malformedStatus), ("Status: 1000\n\n", .malformedStatus),
        ("Status: 099 x\n\n", .malformedStatus), ("Status: OK\n\n", .malformedStatus),
        ("Status:\n\n", .malformedStatus),
        ("Status: 200\nStatus: 200\n\n", .malformedStatus), ("Status: 200x\n\n", .malformedStatus),
        ("X: a\rSet-Cookie: b\n\n", .controlCharacter), ("X: a\0b\n\n", .controlCharacter),
        ("X: a\r\r\n\n", .controlCharacter), ("X: \u{1B}[0m\n\n", .controlCharacter),
        ("no colon\n\n", .malformedField), ("X : y\n\n", .malformedField), (": y\n\n", .malformedField),
        ("X: y\n folded\n\n", .malformedField), ("<html>\n", .malformedField),
        ("Content-Length: -1\n\n", .malformedContentLength), ("Content-Length: 1, 1\n\n", .malformedContentLength),
        ("Content-Length: 1\nContent-Length: 1\n\n", .malformedContentLength),
    ])
    func anAnswerThatCouldBeSplitOrMisreadIsRefused(text: String, error: CGIResponseError) {
        for pieces in arrivals(of: Array(text.utf8), seed: 3) { #expect(throws: error) { try parse(pieces) } }
    }

    @Test func theHeaderBlockIsBounded() throws {
        let text = "A: b\r\nC: d\r\n\r\n"
        for size in 0...text.utf8.count {
            for pieces in arrivals(of: Array(text.utf8), seed: UInt64(size)) {
                if size < text.utf8.count {
                    #expect(throws: CGIResponseError.headerBlockTooLarge) {
                        try parse(pieces, HeadLimits(headerBytes: size))
                    }
                } else {
                    #expect(try parse(pieces, HeadLimits(headerBytes: size)) != nil)
                }
                #expect(throws: CGIResponseError.tooManyFields) { try parse(pieces, HeadLimits(headerCount: 1)) }
            }
        }
    }

    @Test func whatTheEdgeKeepsToItselfIsKnown() {
        for id in [FieldID.status, .connection, .transferEncoding, .xAccelRedirect] {
            #expect(CGIResponseHead.notForwarded.contains(id))
        }
        for id in [FieldID.other, .contentType, .setCookie, .location, .contentLength] {
            #expect(!CGIResponseHead.notForwarded.contains(id))
        }
    }
}
