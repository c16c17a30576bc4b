import Foundation
import Testing
import WeirTestSupport

/// The requests that the codec's tests replay, sent to the server over a socket.
@Suite("Requests of the corpus, over the network")
struct CorpusTests {
    @Test func validRequestsAreAnsweredInOrderHoweverTheyArrive() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let cases = CorpusRequest.all(in: "valid")
        #expect(cases.count >= 80)
        for file in cases {
            for (way, pieces) in file.arrivals.enumerated() {
                do {
                    try check(file, sent: pieces, to: server)
                } catch { Issue.record("\(file.name), arrival \(way): \(error)") }
            }
        }
        #expect(server.isRunning)
    }

    private func check(_ file: CorpusRequest, sent pieces: [[UInt8]], to server: WeirProcess) throws {
        let client = try server.connect(patience: 5)
        try client.send(pieces: pieces)
        var closes = false
        for block in file.expectation.components(separatedBy: "\n\n").filter({ !$0.isEmpty }) {
            let lines = block.split(separator: "\n")
            let isHead = lines[0].hasPrefix("HEAD ")
            var answer = try client.readAnswer(toHead: isHead)
            if answer.status == 100 { answer = try client.readAnswer(toHead: isHead) }
            let isFine = (200...299).contains(answer.status) || [301, 404, 405].contains(answer.status)
            #expect(isFine, "\(file.name): \(answer.status) to \(lines[0])")
            closes = lines.contains("close")
            #expect((answer["Connection"] == "close") == closes || answer.status == 405, "\(file.name) to \(lines[0])")
            if answer["Connection"] == "close" { closes = true }
            // The corpus goes on where a connection does not.
            if closes { break }
        }
        if closes {
            #expect(client.isEnded(within: 5), "\(file.name) keeps the connection")
        } else {
            #expect(try client.get("/after").status == 200, "\(file.name) leaves the connection unusable")
        }
    }

    @Test func invalidRequestsAreRefusedAndTheirConnectionClosed() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let cases = CorpusRequest.all(in: "invalid")
        #expect(cases.count >= 160)
        for file in cases {
            for (way, pieces) in file.arrivals.enumerated() {
                do {
                    try checkRefusal(file, sent: pieces, by: server)
                } catch { Issue.record("\(file.name), arrival \(way): \(error)") }
            }
        }
        #expect(server.isRunning)
    }

    private func checkRefusal(_ file: CorpusRequest, sent pieces: [[UInt8]], by server: WeirProcess) throws {
        let client = try server.connect(patience: 5)
        do {
            try client.send(pieces: pieces)
        } catch is RawClient.BrokenConnection {
            // Refused before all of it was sent.
        }
        for line in file.expectation.split(separator: "\n") {
            var answer = try client.readAnswer()
            if answer.status == 100 { answer = try client.readAnswer() }
            guard line != "ok" else {
                #expect(answer.status == 200, "\(file.name)")
                continue
            }
            #expect("\(answer.status)" == line.prefix(3), "\(file.name)")
            #expect(answer["Connection"] == "close", "\(file.name)")
            #expect(answer["Content-Type"] == "text/plain; charset=utf-8", "\(file.name)")
        }
        #expect(client.isEnded(within: 5), "\(file.name) is not closed")
        #expect(client.buffered.isEmpty, "\(file.name): more follows the refusal")
    }
}

private struct CorpusRequest {
    let name: String
    let bytes: [UInt8]
    let expectation: String

    static func all(in folder: String) -> [CorpusRequest] {
        let tests = (0..<2).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let corpus = tests.appendingPathComponent("WeirWireTests/Corpus/\(folder)").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: corpus)) ?? []
        return names.filter { $0.hasSuffix(".http") }.sorted().compactMap { name in
            guard let bytes = FileManager.default.contents(atPath: "\(corpus)/\(name)"),
                let text = try? String(contentsOfFile: "\(corpus)/\(name.dropLast(5)).txt", encoding: .utf8)
            else { return nil }
            return CorpusRequest(name: "\(folder)/\(name)", bytes: Array(bytes), expectation: text)
        }
    }

    /// Whole, byte by byte unless it is large, and cut in three.
    var arrivals: [[[UInt8]]] {
        var ways = [[bytes]]
        if bytes.count <= 2_048 { ways.append(bytes.map { [$0] }) }
        let third = max(1, bytes.count / 3)
        ways.append([Array(bytes[..<third]), Array(bytes[third..<(2 * third)]), Array(bytes[(2 * third)...])])
        return ways
    }
}
