import WeirCore

// Values that only a server's operation has: where it is asked, who may, how much of a machine it gets.

extension Scalar where Value == AdminSettings.Listen {
    static var adminListen: Scalar {
        let address = Scalar<ListenAddress>.address(bareHost: "127.0.0.1")
        return Scalar(
            label: "`auto`, `off` or address",
            expected: "auto, off or \(address.expected)",
            schema: ["anyOf": [["enum": ["auto", "off", .bool(false)]], address.schema]],
            parse: { text throws(Refusal) in
                switch text {
                case "auto": .automatic
                case "off", "false": .off
                default: .address(try address.parse(text))
                }
            },
            print: { listen in
                switch listen {
                case .automatic: "auto"
                case .off: "off"
                case .address(let given): address.print(given)
                }
            }
        )
    }
}

extension Scalar where Value == Double {
    /// A number of cores, half ones too.
    static var cores: Scalar {
        Scalar(
            label: "number of cores",
            expected: "a number of cores such as 0.5 or 2, from 0.01 to 1024",
            schema: ["type": "number", "exclusiveMinimum": 0, "maximum": 1024],
            parse: { text throws(Refusal) in
                guard text.utf8.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") }), let value = Double(text),
                    (0.01...1024).contains(value)
                else { throw Refusal() }
                return value
            },
            print: { $0 == $0.rounded() ? String(Int($0)) : String($0) }
        )
    }
}

extension Scalar where Value == Int {
    /// Of a file, octal: `0600`.
    static var permissions: Scalar {
        Scalar(
            label: "permissions",
            expected: "octal permissions such as 0600",
            schema: ["type": ["string", "integer"], "pattern": "^0?[0-7]{3}$"],
            parse: { text throws(Refusal) in
                guard (3...4).contains(text.utf8.count), text.utf8.count == 3 || text.first == "0",
                    let value = Int(text, radix: 8)
                else { throw Refusal() }
                return value
            },
            print: {
                "0" + String(repeating: "0", count: max(0, 3 - String($0, radix: 8).utf8.count)) + String($0, radix: 8)
            }
        )
    }
}

extension Kind where Value == String? {
    /// A text that is never shown.
    static var secret: Kind {
        let text = Scalar<String>.text("text", expected: "a text of 16 characters or more")
        return Kind(
            shape: .scalar(label: "text or `off`", schema: text.or("off").schema),
            read: { written, path, value, reader in
                guard let read = text.or("off").read(written, path, &reader) else { return }
                value = read
                if let read, read.utf8.count < 16 {
                    reader.error(at: path, "a token that short can be guessed; 'openssl rand -hex 32' makes a good one")
                }
            },
            show: { value, path, showing in
                let shown = value.map { showing.revealsSecrets ? $0 : Secrets.mask } ?? "off"
                return showing.line(YAMLWriting.scalar(shown), at: path)
            }
        )
    }
}

extension Kind where Value == [ErrorPage] {
    /// Lines of `status: file`.
    static var errorPages: Kind {
        let texts = Kind<[String: String]>.texts(isName: { Int($0).map { (400...599).contains($0) } ?? false })
        return Kind(
            shape: texts.shape,
            read: { written, path, value, reader in
                var pages: [String: String] = [:]
                texts.read(written, path, &pages, &reader)
                value = pages.compactMap { name, file in Int(name).map { ErrorPage(status: $0, path: file) } }
                    .sorted { $0.status < $1.status }
            },
            show: { value, path, showing in
                let pages = value.map { (String($0.status), $0.path) }
                return texts.show(Dictionary(pages) { first, _ in first }, path, showing)
            }
        )
    }
}
