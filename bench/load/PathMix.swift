import WeirCore

/// Which path the next request is for: drawn by weight, the same ones for the same seed.
struct PathMix {
    let paths: [String]
    private let bounds: [Double]
    private var generator: SeededGenerator

    init(_ weighted: [(weight: Double, path: String)], seed: UInt64) {
        paths = weighted.map(\.path)
        var sum = 0.0
        bounds = weighted.map {
            sum += $0.weight
            return sum
        }
        // Not the same numbers as those that the arrivals are drawn from.
        generator = SeededGenerator(seed: seed ^ 0x9a7b_3c5d_1e2f_4a68)
    }

    mutating func draw() -> Int {
        guard let total = bounds.last, paths.count > 1 else { return 0 }
        let drawn = generator.fraction() * total
        return bounds.firstIndex { drawn < $0 } ?? 0
    }

    /// `/index.php`, or `98:/index.php`.
    static func parse(_ text: String) throws -> (weight: Double, path: String) {
        let weight = text.prefix { $0 != ":" && $0 != "/" }
        let path = text.dropFirst(weight.isEmpty ? 0 : weight.count + 1)
        let isWritable = path.utf8.allSatisfy { (0x21...0x7e).contains($0) }
        guard let number = weight.isEmpty ? 1 : Double(weight), number > 0, path.first == "/", isWritable else {
            throw PlanError("'\(text)' is no path: it begins with '/', or with a weight as in 98:/index.php")
        }
        return (number, String(path))
    }
}
