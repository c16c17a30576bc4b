/// The path of an operator's page. `*` stands for one whole segment that is not empty. Compares bytes in place: every
/// request of the main listeners is compared with the paths of health and readiness.
struct OperatorPath: Sendable {
    private static let slash = UInt8(ascii: "/")
    private static let star = UInt8(ascii: "*")

    private let pattern: [UInt8]
    private let hasStar: Bool

    init(_ text: String) {
        pattern = Array(text.utf8)
        hasStar = pattern.contains(Self.star)
    }

    func matches(_ path: [UInt8]) -> Bool {
        guard hasStar else { return pattern == path }
        var index = 0
        for byte in pattern {
            guard byte == Self.star else {
                guard index < path.count, path[index] == byte else { return false }
                index += 1
                continue
            }
            let start = index
            while index < path.count && path[index] != Self.slash { index += 1 }
            guard index > start else { return false }
        }
        return index == path.count
    }
}
