/// What has a name of the writer's choice.
protocol Named { var name: String { get } }
extension AppSettings: Named {}
extension LaneSettings: Named {}
extension ProcessSettings: Named {}

extension Kind {
    /// Values in brackets or on lines with a dash; also one value alone.
    static func list<Element>(of scalar: Scalar<Element>, isEmptyAllowed: Bool = true) -> Kind
    where Value == [Element] {
        Kind(
            shape: .list(of: .scalar(label: scalar.label, schema: scalar.schema), single: true),
            read: { written, path, value, reader in
                switch written.content {
                case .list(let items):
                    if items.isEmpty, !isEmptyAllowed {
                        reader.error(at: path, "an empty list; expected \(scalar.expected)")
                    }
                    value = items.enumerated().compactMap { index, item in
                        reader.origins["\(path)[\(index)]"] = item.origin
                        return scalar.read(item, "\(path)[\(index)]", &reader)
                    }
                case .text, .nothing, .section:
                    if let element = scalar.read(written, path, &reader) { value = [element] }
                }
            },
            show: { value, path, showing in showing.line(YAMLWriting.list(value.map(scalar.print)), at: path) }
        )
    }

    /// Sections on lines with a dash, each read into a draft and made an element if it is sound.
    static func list<Element, Draft: Sendable>(
        of section: Kind<Draft>, empty: @escaping @Sendable () -> Draft,
        element: @escaping @Sendable (Draft, String, inout Reader) -> Element,
        draft: @escaping @Sendable (Element) -> Draft
    ) -> Kind where Value == [Element] {
        Kind(
            shape: .list(of: section.shape, single: false),
            read: { written, path, value, reader in
                switch written.content {
                case .nothing: return
                case .text, .section:
                    return reader.refuse(written, at: path, expected: "a list (lines beginning with '- ')")
                case .list(let items):
                    value = items.enumerated().map { index, item in
                        let itemPath = "\(path)[\(index)]"
                        reader.origins[itemPath] = item.origin
                        let before = reader.problems.count
                        var read = empty()
                        section.read(item, itemPath, &read, &reader)
                        let built = element(read, itemPath, &reader)
                        if reader.problems[before...].contains(where: { $0.severity == .error }) {
                            reader.broken.insert(itemPath)
                        }
                        return built
                    }
                }
            },
            show: { value, path, showing in
                if value.isEmpty { return showing.line("[]", at: path) }
                return .list(
                    value.enumerated().compactMap { index, element in
                        section.show(draft(element), "\(path)[\(index)]", showing)
                    })
            }
        )
    }

    /// A section whose keys name the elements; their order is kept.
    static func named<Element: Named>(
        _ what: String, _ keys: [Key<Element>], make: @escaping @Sendable (String) -> Element
    ) -> Kind where Value == [Element] {
        let section = Kind<Element>.section(keys, defaults: make(""))
        return Kind(
            shape: .named(of: SectionShape(keys: keys.map { $0.shape(defaults: make("")) }), what: what),
            read: { written, path, value, reader in
                switch written.content {
                case .nothing: return
                case .text, .list:
                    return reader.refuse(written, at: path, expected: "a section with a name for each \(what)")
                case .section(let entries):
                    for entry in entries {
                        let itemPath = child(entry.key, of: path)
                        reader.origins[itemPath] = entry.origin
                        if !entry.key.isName {
                            reader.error(at: itemPath, "a name may have letters, digits, '_' and '-' only")
                            continue
                        }
                        var element = make(entry.key)
                        section.read(entry.value, itemPath, &element, &reader)
                        value.append(element)
                    }
                }
            },
            show: { value, path, showing in
                if value.isEmpty { return showing.line("{}", at: path) }
                let entries = value.compactMap { element in
                    section.show(element, child(element.name, of: path), showing).map { (key: element.name, value: $0) }
                }
                return .section(entries)
            }
        )
    }

    /// A section that may be missing as a whole.
    static func optional<Present>(_ kind: Kind<Present>, empty: @escaping @Sendable () -> Present) -> Kind
    where Value == Present? {
        Kind(
            shape: kind.shape,
            read: { written, path, value, reader in
                var present = value ?? empty()
                kind.read(written, path, &present, &reader)
                value = present
            },
            show: { value, path, showing in value.flatMap { kind.show($0, path, showing) } }
        )
    }
}

extension Kind where Value == [String: String] {
    /// The writer's own names with plain values, sorted when shown.
    static func texts(isName: @escaping @Sendable (String) -> Bool, masksSecrets: Bool = false) -> Kind {
        Kind(
            shape: .texts,
            read: { written, path, value, reader in
                switch written.content {
                case .nothing: return
                case .text, .list:
                    return reader.refuse(written, at: path, expected: "a section (lines of 'name: value')")
                case .section(let entries):
                    for entry in entries {
                        let itemPath = child(entry.key, of: path)
                        reader.origins[itemPath] = entry.origin
                        if !isName(entry.key) { reader.error(at: itemPath, "not a name that can be set") }
                        switch entry.value.content {
                        case .text(let text):
                            value[entry.key] = text
                            if masksSecrets, text == Secrets.mask {
                                reader.warn(
                                    at: itemPath, "'***' is what 'weir config show' prints in place of a secret")
                            }
                        case .nothing: value[entry.key] = ""
                        case .list, .section: reader.refuse(entry.value, at: itemPath, expected: "a plain value")
                        }
                        if value[entry.key]?.unicodeScalars.contains(where: { $0.value == 0 }) == true {
                            reader.error(at: itemPath, "a value with a NUL byte")
                        }
                    }
                }
            },
            show: { value, path, showing in
                if value.isEmpty { return showing.line("{}", at: path) }
                let entries = value.sorted { $0.key < $1.key }.map { name, text in
                    let isHidden =
                        masksSecrets && !showing.revealsSecrets && Secrets.looksSecret(name: name, value: text)
                    let shown = YAMLWriting.scalar(isHidden ? Secrets.mask : text)
                    return (key: name, value: showing.line(shown, at: child(name, of: path)))
                }
                return .section(entries)
            }
        )
    }
}

/// Which values `weir config show` and the log keep to themselves.
package enum Secrets {
    static let mask = "***"

    package static func masked(_ value: String, of name: String) -> String {
        looksSecret(name: name, value: value) ? mask : value
    }

    static func looksSecret(name: String, value: String) -> Bool {
        if value.isEmpty { return false }
        let name = name.uppercased()
        if ["PASS", "SECRET", "KEY", "TOKEN", "DSN", "CREDENTIAL", "_PW"].contains(where: name.contains) {
            return true
        }
        // A user and a password inside a URL: DATABASE_URL.
        guard let scheme = value.firstRange(of: "://") else { return false }
        return value[scheme.upperBound...].prefix { $0 != "/" }.contains("@")
    }
}

extension String {
    /// Of an app or a lane: part of key paths, metrics and file names.
    var isName: Bool {
        !isEmpty && utf8.count <= 64 && first != "-"
            && utf8.allSatisfy { $0.isASCIILetter || isDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }
}
