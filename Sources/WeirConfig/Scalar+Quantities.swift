import WeirCore

/// A decimal number times a unit, in exact integers: `1.5` × 1024 = 1536. nil when it is no number, does not come out
/// even, or is too large.
func exactly(_ digits: Substring, times unit: Int) -> Int? {
    let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }),
        let whole = Int(parts[0])
    else { return nil }
    let (product, overflow) = whole.multipliedReportingOverflow(by: unit)
    guard !overflow else { return nil }
    guard parts.count == 2 else { return product }
    guard parts[1].utf8.count <= 9, let fraction = Int(parts[1]) else { return nil }
    let divisor = parts[1].reduce(1) { power, _ in power * 10 }
    let (numerator, tooLarge) = fraction.multipliedReportingOverflow(by: unit)
    guard !tooLarge, numerator % divisor == 0 else { return nil }
    let (sum, beyond) = product.addingReportingOverflow(numerator / divisor)
    return beyond ? nil : sum
}

func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

extension Nanoseconds {
    /// Longest first, as they are written.
    private static let units: [(name: String, count: Int)] = [
        ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
        ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
    ]

    /// `500ms`, `1.5s`, `1h30m`.
    init(configured text: String) throws(Refusal) {
        var rest = Substring(text)
        var total = 0
        if !rest.isEmpty, rest.utf8.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") }) {
            throw Refusal("\(text.quoted) has no unit", suggestion: "\(text)s")
        }
        repeat {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(name.count)
            guard let unit = Self.units.first(where: { $0.name == name }), let part = exactly(digits, times: unit.count)
            else { throw Refusal() }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { throw Refusal() }
            total = sum
        } while !rest.isEmpty
        self.init(total)
    }

    /// In the largest unit that divides it: `90s`, `2m`.
    package var configured: String {
        guard count > 0 else { return "0s" }
        // Nobody thinks in days here: `24h`.
        for unit in Self.units.dropFirst() where count % unit.count == 0 { return "\(count / unit.count)\(unit.name)" }
        return "\(count)ns"
    }
}

extension Bytes {
    private static let units: [(name: String, count: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1), ("", 1),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("kB", 1_000),
    ]

    /// `64KiB` is 64 × 1024, `64KB` is 64 × 1000, `64` is 64 bytes.
    init(configured text: String) throws(Refusal) {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let name = text.dropFirst(digits.count).drop { $0 == " " }
        if let unit = Self.units.first(where: { $0.name == name }), let count = exactly(digits, times: unit.count) {
            self.init(count)
            return
        }
        // PHP's and nginx's `64M`, and `64mb`: which of the two is meant?
        if !digits.isEmpty, !Self.units.contains(where: { $0.name == name }), let letter = name.first?.uppercased(),
            "KMGT".contains(letter),
            ["", "B", "IB"].contains(name.dropFirst().uppercased())
        {
            let binary = "\(digits)\(letter)iB"
            throw Refusal("\(text.quoted): write \(binary) (steps of 1024) or \(digits)\(letter)B (steps of 1000)")
        }
        throw Refusal()
    }

    /// In the largest unit that divides it, the binary ones first: `64KiB`, `10MB`, `1500B`.
    package var configured: String {
        for unit in Self.units where unit.count > 1 && count > 0 && count % unit.count == 0 {
            return "\(count / unit.count)\(unit.name)"
        }
        return "\(count)B"
    }
}

extension Scalar where Value == Nanoseconds {
    static func duration(_ range: ClosedRange<Nanoseconds>) -> Scalar {
        let expected =
            "a duration such as 500ms, 30s or 5m, from \(range.lowerBound.configured) to \(range.upperBound.configured)"
        return Scalar(
            label: "duration",
            expected: expected,
            schema: ["type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h|d))+$"],
            parse: { text throws(Refusal) in
                let value = try Nanoseconds(configured: text)
                guard range.contains(value) else { throw Refusal() }
                return value
            },
            print: { $0.configured }
        )
    }
}

extension Scalar where Value == Bytes {
    static func size(_ range: ClosedRange<Bytes>) -> Scalar {
        let expected =
            "a size such as 64KiB or 10MB, from \(range.lowerBound.configured) to \(range.upperBound.configured)"
        return Scalar(
            label: "size",
            expected: expected,
            schema: [
                "anyOf": [
                    [
                        "type": "integer", "minimum": .int(range.lowerBound.count),
                        "maximum": .int(range.upperBound.count),
                    ],
                    ["type": "string", "pattern": "^[0-9]+(\\.[0-9]+)? *([KMGT]i?B|kB|B)?$"],
                ]
            ],
            parse: { text throws(Refusal) in
                let value = try Bytes(configured: text)
                guard range.contains(value) else { throw Refusal() }
                return value
            },
            print: { $0.configured }
        )
    }
}

extension Scalar where Value == Double {
    /// A share of 0 to 1, written `10%`.
    static var percent: Scalar {
        Scalar(
            label: "percentage",
            expected: "a percentage from 0% to 100%",
            schema: ["type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?%$"],
            // The point is moved in the text, so that what is printed is read back to the bit.
            parse: { text throws(Refusal) in
                guard text.hasSuffix("%"), text.utf8.dropLast().allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") }),
                    let value = Double("\(text.dropLast())e-2"), (0...1).contains(value)
                else { throw Refusal() }
                return value
            },
            print: { share in
                // `1.5e-05` for what is very small.
                let parts = share.description.split(separator: "e")
                let number = parts[0].split(separator: ".")
                let point = number[0].utf8.count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) + 2
                let digits = String(repeating: "0", count: max(0, 1 - point)) + number.joined()
                let missing = String(repeating: "0", count: max(0, point - digits.utf8.count))
                let whole = Int(digits.prefix(max(1, point)) + missing) ?? 0
                let rest = digits.dropFirst(max(1, point))
                return rest.isEmpty ? "\(whole)%" : "\(whole).\(rest)%"
            }
        )
    }
}
