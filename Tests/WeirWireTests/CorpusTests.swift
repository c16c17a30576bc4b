import Foundation
import Testing

@testable import WeirWire

/// One file of the corpus; see its README for the format.
struct CorpusCase: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let expectation: String

    var testDescription: String { name }

    static func all(in folder: String) -> [CorpusCase] {
        let corpus = Bundle.module.bundleURL.appendingPathComponent("Corpus/\(folder)")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: corpus.path)) ?? []
        return names.filter { $0.hasSuffix(".http") }.sorted().compactMap { name in
            let file = corpus.appendingPathComponent(name)
            guard let bytes = try? Data(contentsOf: file),
                let text = try? Data(contentsOf: file.deletingPathExtension().appendingPathExtension("txt"))
            else { return nil }
            return CorpusCase(
                name: "\(folder)/\(name)", bytes: Array(bytes), expectation: String(decoding: text, as: UTF8.self))
        }
    }
}

@Suite struct CorpusTests {
    @Test func theCorpusIsThere() {
        #expect(CorpusCase.all(in: "valid").count >= 80)
        #expect(CorpusCase.all(in: "invalid").count >= 160)
    }

    @Test(arguments: CorpusCase.all(in: "valid"))
    func aValidRequestMeansWhatItSays(_ file: CorpusCase) {
        let replay = Replay([file.bytes])
        #expect(replay.refusal == nil)
        #expect(replay.rest.isEmpty && !replay.isInsideRequest)
        let blocks = file.expectation.split(separator: "\n\n").map(String.init)
        #expect(replay.requests.count == blocks.count)
        for (request, block) in zip(replay.requests, blocks) { check(request, against: block) }
    }

    @Test(arguments: CorpusCase.all(in: "invalid"))
    func anInvalidRequestIsRefusedForItsReason(_ file: CorpusCase) throws {
        let replay = Replay([file.bytes])
        let lines = file.expectation.split(separator: "\n")
        #expect(replay.requests.count == lines.count - 1)
        #expect(lines.dropLast().allSatisfy { $0 == "ok" })
        let expected = try #require(lines.last).split(separator: " ", maxSplits: 1)
        let refusal = try #require(replay.refusal, "accepted: \(replay.requests), rest \(replay.rest.count)")
        #expect("\(refusal.status)" == expected[0])
        if expected.count == 2 { #expect(refusal.reason.description == expected[1]) }
    }

    @Test(arguments: CorpusCase.all(in: "valid") + CorpusCase.all(in: "invalid"))
    func howTheBytesArriveChangesNothing(_ file: CorpusCase) {
        let whole = Replay([file.bytes])
        for (index, pieces) in arrivals(of: file.bytes, seed: UInt64(file.bytes.count)).enumerated() {
            let split = Replay(pieces)
            #expect(split.requests == whole.requests, "arrival \(index)")
            #expect(split.refusal == whole.refusal, "arrival \(index)")
        }
    }

    private func check(_ request: ReplayedRequest, against block: String) {
        var lines = block.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
        #expect("\(request.methodText) \(request.target)" == lines.removeFirst())
        var expected = ReplayedRequest()
        var remaining = request.fields[...]
        for line in lines {
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let value = parts.count == 2 ? unescaped(parts[1]) : ""
            switch parts[0] {
            case "path": #expect(request.path == value)
            case "query": #expect(request.query == value)
            case "authority": #expect(request.authority == value)
            case "form": #expect("\(request.form)" == value)
            case "fields": #expect("\(request.fields.count)" == value)
            case "field":
                let place = remaining.firstIndex(of: value)
                #expect(place != nil, "no field \(value) in \(remaining)")
                remaining = remaining[((place ?? remaining.startIndex) + 1)...]
            case "unplain": expected.unplain = Int(value) ?? -1
            case "version": expected.isHTTP11 = value != "1.0"
            case "close": expected.keepAlive = false
            case "continue": expected.expectsContinue = true
            case "upgrade": expected.requestsUpgrade = true
            case "body": expected.body = Array(value.utf8)
            default: Issue.record("unknown expectation: \(line)")
            }
        }
        #expect(request.isHTTP11 == expected.isHTTP11)
        #expect(request.keepAlive == expected.keepAlive)
        #expect(request.expectsContinue == expected.expectsContinue)
        #expect(request.requestsUpgrade == expected.requestsUpgrade)
        #expect(request.unplain == expected.unplain)
        #expect(request.body == expected.body)
    }

    private func unescaped(_ text: String) -> String {
        text.replacingOccurrences(of: "\\r", with: "\r").replacingOccurrences(of: "\\n", with: "\n")
            .replacingOccurrences(of: "\\t", with: "\t")
    }
}
