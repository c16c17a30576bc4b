extension ListenAddress {
    /// `8080`, `:8080`, `0.0.0.0:8080`, `[::1]:8080`, `localhost:8080`, `unix:/run/weir.sock`. A bare port is on `host`.
    package init(configured text: String, bareHost host: String = "0.0.0.0") throws(Refusal) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty, !path.hasControls else { throw Refusal() }
            self = .unix(path: path)
            return
        }
        if text.hasPrefix("/") { throw Refusal("\(text.quoted) is a path", suggestion: "unix:\(text)") }
        var name = ""
        var port = Substring(text)
        if let colon = text.lastIndex(of: ":") {
            name = String(text[..<colon])
            port = text[text.index(after: colon)...]
        }
        guard !port.isEmpty, port.utf8.allSatisfy(isDigit) else {
            if AddressRange(address: text) != nil {
                throw Refusal("\(text.quoted) has no port", suggestion: "\(text):8080")
            }
            throw Refusal()
        }
        guard let number = Int(port), number <= 65535 else { throw Refusal("port \(port) is beyond 65535") }
        if name.isEmpty { name = host }
        if name == "*" { name = "0.0.0.0" }
        if name.hasPrefix("["), name.hasSuffix("]") {
            name = String(name.dropFirst().dropLast())
            guard AddressRange(address: name)?.bytes.count == 16 else { throw Refusal() }
        } else if name.contains(":") {
            throw Refusal("an IPv6 address must be in brackets, as in [::1]:8080")
        } else if name.utf8.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") }) {
            guard AddressRange(address: name) != nil else { throw Refusal() }
        } else if !name.isHostName {
            throw Refusal()
        }
        self = .tcp(host: name.lowercased(), port: number)
    }

    package var configured: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

extension AddressRange {
    /// `10.0.0.0/8`, `fd00::/8`, or a single address.
    package init?(configured text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let single = AddressRange(address: String(parts[0])) else { return nil }
        self = single
        guard parts.count == 2 else { return }
        guard !parts[1].isEmpty, parts[1].utf8.allSatisfy(isDigit), let prefix = Int(parts[1]),
            prefix <= bytes.count * 8
        else { return nil }
        self.prefix = prefix
    }

    /// One IPv4 or IPv6 address.
    init?(address text: String) {
        guard let bytes = text.contains(":") ? Self.parseIPv6(text) : Self.parseIPv4(text) else { return nil }
        self.init(bytes: bytes, prefix: bytes.count * 8)
    }

    private static func parseIPv4(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            // No leading zero: some readers take `010` for eight.
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy(isDigit), part == "0" || part.first != "0",
                let byte = UInt8(part)
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func parseIPv6(_ text: String) -> [UInt8]? {
        guard let gap = text.firstRange(of: "::") else {
            guard let bytes = parseGroups(Substring(text)), bytes.count == 16 else { return nil }
            return bytes
        }
        guard let head = parseGroups(text[..<gap.lowerBound]), let tail = parseGroups(text[gap.upperBound...]),
            head.count + tail.count <= 14
        else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    private static func parseGroups(_ text: Substring) -> [UInt8]? {
        if text.isEmpty { return [] }
        var bytes: [UInt8] = []
        let groups = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, group) in groups.enumerated() {
            if index == groups.count - 1, group.contains(".") {
                guard let tail = parseIPv4(String(group)) else { return nil }
                return bytes + tail
            }
            guard (1...4).contains(group.utf8.count), group.utf8.first != UInt8(ascii: "+"),
                let value = UInt16(group, radix: 16)
            else { return nil }
            bytes += [UInt8(value >> 8), UInt8(value & 0xFF)]
        }
        return bytes
    }

    /// The block with the bits beyond its prefix cleared.
    package var masked: AddressRange {
        var range = self
        for index in bytes.indices {
            let kept = min(8, max(0, prefix - index * 8))
            range.bytes[index] &= kept == 0 ? 0 : ~UInt8(0) << UInt8(8 - kept)
        }
        return range
    }

    package var configured: String {
        let address: String
        if bytes.count == 4 {
            address = bytes.map { String($0) }.joined(separator: ".")
        } else {
            let groups = stride(from: 0, to: bytes.count, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
            address = Self.format(groups)
        }
        return prefix == bytes.count * 8 ? address : "\(address)/\(prefix)"
    }

    /// The longest run of zeros as `::`, as RFC 5952 wants it.
    private static func format(_ groups: [UInt16]) -> String {
        var best = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > max(1, best.count) { best = start..<index }
            start = index + 1
        }
        let text = { (part: ArraySlice<UInt16>) in part.map { String($0, radix: 16) }.joined(separator: ":") }
        return best.isEmpty
            ? text(groups[...]) : text(groups[..<best.lowerBound]) + "::" + text(groups[best.upperBound...])
    }
}

extension String {
    var isHostName: Bool {
        !isEmpty && utf8.count <= 253 && first != "-" && first != "."
            && utf8.allSatisfy {
                isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") || $0.isASCIILetter
                    || $0 == UInt8(ascii: "_")
            }
    }
}

extension UInt8 {
    var isASCIILetter: Bool { (0x61...0x7A).contains(self | 0x20) }
}

extension Scalar where Value == ListenAddress {
    static func address(bareHost: String) -> Scalar {
        Scalar(
            label: "address",
            expected: "an address such as 8080, 127.0.0.1:8080, [::1]:8080 or unix:/run/weir.sock",
            schema: [
                "anyOf": [
                    ["type": "integer", "minimum": 0, "maximum": 65535],
                    ["type": "string", "pattern": "^(unix:.+|(\\[[0-9a-fA-F:.]+\\]:|[^:/\\[\\]]*:)?[0-9]{1,5})$"],
                ]
            ],
            parse: { text throws(Refusal) in try ListenAddress(configured: text, bareHost: bareHost) },
            print: { $0.configured }
        )
    }
}

extension Scalar where Value == AddressRange {
    static var addressRange: Scalar {
        Scalar(
            label: "address block",
            expected: "an address or a block such as 10.0.0.0/8 or fd00::/8",
            schema: ["type": "string", "pattern": "^[0-9a-fA-F.:]+(/[0-9]{1,3})?$"],
            parse: { text throws(Refusal) in
                guard let range = AddressRange(configured: text) else { throw Refusal() }
                guard range.masked == range else {
                    throw Refusal("\(text.quoted) has bits beyond its prefix", suggestion: range.masked.configured)
                }
                return range
            },
            print: { $0.configured }
        )
    }
}
