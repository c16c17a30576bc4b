import WeirConfig
import WeirWire

/// Which requests a route takes: every condition it names must hold.
struct RoutePattern: Sendable {
    private let host: [UInt8]
    private let isHostSuffix: Bool
    private let path: [UInt8]?
    private let isPathPrefix: Bool
    private let extensions: [[UInt8]]
    private let methods: [[UInt8]]

    init(_ settings: RouteSettings) {
        isHostSuffix = settings.host?.hasPrefix("*.") ?? false
        host = Array(
            (isHostSuffix ? settings.host?.dropFirst() : settings.host?[...]).map(String.init)?.utf8 ?? "".utf8)
        isPathPrefix = settings.path?.hasSuffix("*") ?? false
        path = (isPathPrefix ? settings.path?.dropLast() : settings.path?[...]).map { Array($0.utf8) }
        extensions = settings.extensions.map { Array(".\($0)".utf8) }
        methods = settings.methods.map { Array($0.utf8) }
    }

    func matches(_ exchange: Exchange) -> Bool {
        matchesPath(exchange.path) && matchesExtension(exchange.path) && matchesMethod(exchange)
            && matchesHost(exchange)
    }

    private func matchesPath(_ candidate: [UInt8]) -> Bool {
        guard let path else { return true }
        return isPathPrefix ? candidate.starts(with: path) : candidate == path
    }

    private func matchesExtension(_ candidate: [UInt8]) -> Bool {
        extensions.isEmpty || extensions.contains { candidate.suffix($0.count).elementsEqual($0) }
    }

    private func matchesMethod(_ exchange: Exchange) -> Bool {
        guard !methods.isEmpty else { return true }
        return exchange.headBytes.withUnsafeBytes { bytes in
            let method = exchange.head.methodRange.in(bytes)
            return methods.contains { $0.elementsEqual(method) }
        }
    }

    private func matchesHost(_ exchange: Exchange) -> Bool {
        guard !host.isEmpty else { return true }
        return exchange.headBytes.withUnsafeBytes { bytes in
            let authority = HostName.withoutPort(exchange.head.authority.in(bytes))
            let candidate = isHostSuffix ? authority.suffix(host.count)[...] : authority[...]
            guard candidate.count == host.count else { return false }
            return zip(candidate, host).allSatisfy { $0 == $1 || ($0 | 0x20 == $1 && $0 &- 65 < 26) }
        }
    }
}

/// The name in a `Host` field.
package enum HostName {
    package static func withoutPort(_ authority: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        // An IPv6 address has colons of its own, inside brackets.
        guard let colon = authority.lastIndex(of: UInt8(ascii: ":")),
            authority.last != UInt8(ascii: "]")
        else { return authority }
        return UnsafeRawBufferPointer(rebasing: authority[..<colon])
    }
}
