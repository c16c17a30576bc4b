/// Values as people read them in a terminal.
enum Shown {
    /// What was unknown, or is not told.
    static let nothing = "–"

    /// Harmless text: a path or an error of an application may hold what makes a terminal do things.
    static func text(_ text: String, keepsLines: Bool = false) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control where scalar == "\n" && keepsLines: shown.append(scalar)
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                shown.append("\u{FFFD}")
            default: shown.append(scalar)
            }
        }
        return String(shown)
    }

    /// `812 ms`, `4.2 s`, `3m12s`, `5h04m`, `12d03h`.
    static func time(_ seconds: Double?) -> String {
        guard let seconds, seconds.isFinite, seconds >= 0 else { return nothing }
        switch seconds {
        case ..<0.00005: return "0 ms"
        case ..<0.01: return "\(fixed(seconds * 1_000, 1)) ms"
        case ..<0.9995: return "\(fixed(seconds * 1_000, 0)) ms"
        case ..<99.95: return "\(fixed(seconds, 1)) s"
        default: break
        }
        guard seconds < 1e9 else { return nothing }
        let whole = Int(seconds)
        if whole < 3_600 { return "\(whole / 60)m\(two(whole % 60))s" }
        if whole < 86_400 { return "\(whole / 3_600)h\(two(whole / 60 % 60))m" }
        return "\(whole / 86_400)d\(two(whole / 3_600 % 24))h"
    }

    /// `512 B`, `20.4 MiB`, `1.5 GiB`.
    static func bytes(_ count: Int?) -> String {
        guard let count, count >= 0 else { return nothing }
        if count < 1_024 { return "\(count) B" }
        var value = Double(count)
        for unit in ["KiB", "MiB", "GiB"] {
            value /= 1_024
            if value < 1_023.95 || unit == "GiB" { return "\(fixed(value, value < 99.95 ? 1 : 0)) \(unit)" }
        }
        return nothing
    }

    static func count(_ number: Int?) -> String { number.map(String.init) ?? nothing }

    /// A rate a second: `0`, `3.4`, `812`.
    static func rate(_ perSecond: Double?) -> String {
        guard let perSecond, perSecond.isFinite, perSecond >= 0 else { return nothing }
        return perSecond == 0 ? "0" : fixed(perSecond, perSecond < 99.95 ? 1 : 0)
    }

    static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return nothing }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int((value * scale).rounded())
        guard digits > 0 else { return "\(scaled)" }
        let fraction = String(abs(scaled) % Int(scale))
        let zeros = String(repeating: "0", count: digits - fraction.count)
        return "\(scaled < 0 ? "-" : "")\(abs(scaled) / Int(scale)).\(zeros)\(fraction)"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
