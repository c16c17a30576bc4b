import Foundation
import WeirAudit
import WeirWire

/// What the server answered.
struct AdminAnswer: Equatable, Sendable {
    var status = 0
    var fields: [PageAnswer.Field] = []
    var body: [UInt8] = []

    var text: String { String(decoding: body, as: UTF8.self) }

    /// Its own words about why not.
    var problem: String {
        let object = try? JSONDecoder().decode([String: String].self, from: Data(body))
        let words = object?["error"] ?? text.split(separator: "\n").prefix(2).joined(separator: ": ")
        return words.isEmpty ? "the server answered \(status)" : words
    }

    func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(type, from: Data(body))
        } catch {
            throw AdminFailure.failed("the server's answer is not understood; is it another version of Weir?")
        }
    }
}

/// Puts an HTTP/1.1 answer together from pieces. Bounded: what listens there may be anything.
struct AdminAnswerReader {
    private static let headLimit = 32_768
    private static let bodyLimit = 16 << 20

    private enum Stage {
        case head
        case length(Int)
        case chunks
        case untilEnd
        case complete
    }

    private(set) var answer = AdminAnswer()
    private var stage = Stage.head
    private var head: [UInt8] = []
    private var chunks = ChunkedDecoder()

    var isComplete: Bool { if case .complete = stage { true } else { false } }

    private static let notHTTP = AdminFailure.failed("what answers there is not Weir's admin listener")

    mutating func take(_ piece: [UInt8]) throws {
        switch stage {
        case .head:
            head += piece
            guard let end = head.firstRange(of: Array("\r\n\r\n".utf8)) else {
                guard head.count <= Self.headLimit else { throw Self.notHTTP }
                return
            }
            let rest = Array(head[end.upperBound...])
            try readHead(String(decoding: head[..<end.lowerBound], as: UTF8.self))
            if !rest.isEmpty { try take(rest) }
        case .length(let owed):
            answer.body += piece.prefix(owed)
            stage = owed <= piece.count ? .complete : .length(owed - piece.count)
        case .chunks: try takeChunks(piece)
        case .untilEnd: answer.body += piece
        case .complete: break
        }
        guard answer.body.count <= Self.bodyLimit else { throw AdminFailure.failed("the answer is too long") }
    }

    /// The connection has ended.
    mutating func end() throws {
        guard case .untilEnd = stage else { throw AdminFailure.failed("the connection broke off") }
        stage = .complete
    }

    private mutating func readHead(_ text: String) throws {
        let lines = text.components(separatedBy: "\r\n")
        let first = lines[0].split(separator: " ")
        guard first.count >= 2, first[0].hasPrefix("HTTP/1."), let status = Int(first[1]), status >= 200 else {
            throw Self.notHTTP
        }
        answer.status = status
        stage = status == 204 || status == 304 ? .complete : .untilEnd
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { throw Self.notHTTP }
            let value = parts[1].trimmingCharacters(in: .whitespaces)
            answer.fields.append(PageAnswer.Field(String(parts[0]), value))
            switch parts[0].lowercased() {
            case "content-length":
                guard let count = Int(value), (0...Self.bodyLimit).contains(count) else { throw Self.notHTTP }
                stage = count == 0 ? .complete : .length(count)
            case "transfer-encoding": stage = .chunks
            default: break
            }
        }
    }

    private mutating func takeChunks(_ piece: [UInt8]) throws {
        var offset = 0
        try piece.withUnsafeBytes { bytes in
            while true {
                switch try chunks.next(bytes, at: &offset) {
                case .data(let range): answer.body += bytes[range]
                case .needMore: return
                case .end:
                    stage = .complete
                    return
                }
            }
        }
    }
}
