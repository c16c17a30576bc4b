/// Numbers as an explanation shows them.
enum Figures {
    /// With so many decimals, rounded half up: `12.34`.
    static func decimal(_ value: Double, _ decimals: Int = 2) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "unknown" }
        let unit = (0..<decimals).reduce(1) { power, _ in power * 10 }
        let scaled = Int((abs(value) * Double(unit)).rounded(.toNearestOrAwayFromZero))
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return "\(sign)\(scaled)" }
        let fraction = String(scaled % unit)
        return "\(sign)\(scaled / unit).\(String(repeating: "0", count: decimals - fraction.count))\(fraction)"
    }

    /// A number without decimals it does not need: `2`, `0.5`.
    static func short(_ value: Double) -> String {
        var text = decimal(value)
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }

    static func workers(_ count: Int) -> String { count == 1 ? "1 worker" : "\(count) workers" }
}

extension Bytes {
    /// In mebibytes, as an explanation shows a size: `338.8 MiB`.
    package var inMebibytes: String {
        let text = Figures.decimal(Double(count) / 1_048_576, 1)
        return "\(text.hasSuffix(".0") ? String(text.dropLast(2)) : text) MiB"
    }

    /// A part or a multiple of a size.
    static func * (size: Bytes, factor: Double) -> Bytes { Bytes(Int((Double(size.count) * factor).rounded())) }
    package static func + (a: Bytes, b: Bytes) -> Bytes { Bytes(a.count + b.count) }
    package static func - (a: Bytes, b: Bytes) -> Bytes { Bytes(a.count - b.count) }
}
