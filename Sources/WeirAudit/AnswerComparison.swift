/// Whether an answer of a worker that has served many requests differs from those of fresh workers: in more than these
/// differ from each other, as pages show times and numbers made anew.
///
/// Answers are cut into pieces (lines, tags, values). With F₁ and F₂ the pieces of two fresh workers' answers, O the old
/// one's, all of them multisets:
///
///     missing = (F₁ ∩ F₂) ∖ O          what every fresh worker says and the old one does not
///     surplus = O ∖ (F₁ ∪ F₂)          what no fresh worker says, beyond as many as |F₁ ∖ F₂| and |F₂ ∖ F₁|
///
/// Worked row: fresh "Hello guest|12:00:01" and "Hello guest|12:00:02", old "Hello alice|12:00:09": missing "Hello guest",
/// surplus "Hello alice" and "12:00:09", as two are more than the one piece (the time) that differs anyway.
package struct AnswerComparison: Equatable, Sendable {
    package var missing: [String]
    package var surplus: [String]

    package var isEmpty: Bool { missing.isEmpty && surplus.isEmpty }

    package init(fresh first: PageAnswer, _ second: PageAnswer, old: PageAnswer) {
        let (a, b, o) = (Self.counted(first), Self.counted(second), Self.counted(old))
        let common = a.filter { b[$0.key] != nil }.merging(b) { min($0, $1) }.filter { a[$0.key] != nil }
        let either = a.merging(b) { max($0, $1) }
        missing = Self.difference(Self.pieces(first), common, without: o).map(Tokens.masked)
        let extra = Self.difference(Self.pieces(old), o, without: either)
        let varying = max(Self.count(a, without: b), Self.count(b, without: a))
        surplus = (!missing.isEmpty || extra.count > varying ? extra : []).map(Tokens.masked)
    }

    private static let separators = Set("\n\r<>,;{}[]|")
    /// They differ from answer to answer without meaning anything.
    private static let ignoredFields: Set<String> = [
        "date", "etag", "last-modified", "expires", "age", "content-length", "connection", "keep-alive", "x-request-id",
        "transfer-encoding", "server", "x-debug-token", "x-debug-token-link",
    ]

    static func pieces(_ answer: PageAnswer) -> [String] {
        var pieces = ["status \(answer.status)"]
        for field in answer.fields where !ignoredFields.contains(field.name.lowercased()) {
            // What a cookie holds is somebody's own.
            let isCookie = field.name.lowercased() == "set-cookie"
            let value = isCookie ? String(field.value.prefix { $0 != "=" }) : field.value
            pieces.append("\(field.name.lowercased()): \(value)")
        }
        for piece in answer.body.split(whereSeparator: separators.contains) {
            let words = piece.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if !words.isEmpty { pieces.append(words) }
        }
        return pieces
    }

    private static func counted(_ answer: PageAnswer) -> [String: Int] {
        pieces(answer).reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    /// In the order of `pieces`, each as often as it is too many.
    private static func difference(_ pieces: [String], _ some: [String: Int], without others: [String: Int]) -> [String]
    {
        var left = some
        for (piece, count) in others { left[piece]? -= count }
        return pieces.filter { piece in
            guard let count = left[piece], count > 0 else { return false }
            left[piece] = count - 1
            return true
        }
    }

    private static func count(_ some: [String: Int], without others: [String: Int]) -> Int {
        some.reduce(0) { $0 + max(0, $1.value - (others[$1.key] ?? 0)) }
    }
}
