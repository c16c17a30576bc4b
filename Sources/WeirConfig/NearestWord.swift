/// The known word closest to what was written, when it is close enough to be what was meant.
enum NearestWord {
    static func to(_ word: String, among known: some Sequence<String>) -> String? {
        // Words beyond this length are no typing mistake of a key, and the distance costs the product of the lengths.
        guard word.utf8.count <= 64 else { return nil }
        let lowered = word.lowercased()
        // Cut short: `warn` for `warning`.
        if word.utf8.count > 2, let longer = known.first(where: { $0.lowercased().hasPrefix(lowered) }) {
            return longer
        }
        var best: (word: String, distance: Int)?
        for candidate in known {
            let distance = distance(Array(lowered.utf8), Array(candidate.lowercased().utf8))
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        // One slip in a short word, a third of a longer one.
        guard let best, best.distance <= max(1, word.utf8.count / 3) else { return nil }
        return best.word
    }

    /// Edit distance where swapping two neighbours counts as one slip (optimal string alignment).
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i] + [Int](repeating: 0, count: b.count)
            for j in 1...b.count {
                let cost = a[i - 1] == b[j - 1] ? 0 : 1
                row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    row[j] = min(row[j], beforeLast[j - 2] + 1)
                }
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
