import Foundation
import WeirEdge

extension OperatorReply {
    /// Names in snake case, in alphabetical order.
    static func json(status: Int = 200, _ value: some Encodable) -> OperatorReply {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        return OperatorReply(status: status, contentType: "application/json", body: text + "\n")
    }

    private struct Problem: Encodable {
        let error: String
    }

    static func problem(
        _ status: Int, _ error: String, fields: [(name: String, value: String)] = []
    ) -> OperatorReply {
        var reply = json(status: status, Problem(error: error))
        reply.fields = fields
        return reply
    }
}
