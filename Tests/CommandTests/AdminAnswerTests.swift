import Testing

@testable import weir

@Suite struct AdminAnswerTests {
    private static func read(_ text: String, cut: Int) throws -> AdminAnswer {
        var reader = AdminAnswerReader()
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty && !reader.isComplete {
            try reader.take(Array(rest.prefix(cut)))
            rest = rest.dropFirst(cut)
        }
        if !reader.isComplete { try reader.end() }
        return reader.answer
    }

    @Test(arguments: [1, 2, 3, 7, 1_000]) func everyFramingIsReadHoweverItIsCut(cut: Int) throws {
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello",
        ] {
            let answer = try Self.read(text, cut: cut)
            #expect(answer.status == 200 && answer.text == "hello")
        }
        #expect(try Self.read("HTTP/1.1 204 No Content\r\n\r\n", cut: cut).status == 204)
        #expect(try Self.read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", cut: cut).text == "")
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 nix\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
    ])
    func anythingElseIsRefused(text: String) {
        #expect(throws: (any Error).self) { try Self.read(text, cut: 5) }
    }

    @Test func aHeadWithoutEndIsGivenUp() {
        #expect(throws: AdminFailure.self) {
            try Self.read("HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: 10_000), cut: 4_096)
        }
    }

    @Test func aProblemIsSaidInTheServersWords() {
        #expect(AdminAnswer(status: 404, body: Array(#"{"error": "no such app"}"#.utf8)).problem == "no such app")
        #expect(
            AdminAnswer(status: 413, body: Array("413 Too Large\nthe body".utf8)).problem == "413 Too Large: the body")
        #expect(AdminAnswer(status: 500, body: []).problem == "the server answered 500")
    }
}
