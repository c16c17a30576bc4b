/// Finds the client behind proxies, from `X-Forwarded-For` or `Forwarded` (RFC 7239).
///
/// Every proxy appends the address it was called from, so the list is to be believed only from its right end, as far as
/// the proxies that wrote it are trusted: the client is the rightmost address that is not a trusted proxy's. An
/// element that names no address (`unknown`, an obfuscated name) hides everything to the left of it.
package struct ForwardedClient: Equatable, Sendable {
    package var address: IPAddress
    /// Where the address is written, without port, brackets and quotes.
    package var range: ByteRange
    /// What the same element of `Forwarded` says of the protocol and the host the client used.
    package var proto: ByteRange?
    package var host: ByteRange?
}

package enum ForwardedFields {
    /// The client as `X-Forwarded-For` has it. Ask only when the peer itself is trusted; nil means the peer is the
    /// client.
    package static func client(
        xForwardedForOf fields: Fields, in head: UnsafeRawBufferPointer, isTrusted: (IPAddress) -> Bool
    ) -> ForwardedClient? {
        var search = Search()
        for field in fields where field.id == .xForwardedFor {
            let value = field.value.in(head)
            var start = 0
            for index in 0...value.count where index == value.count || value[index] == UInt8(ascii: ",") {
                let (lower, upper) = value.trimmed(start, index)
                start = index &+ 1
                search.take(Node(value, lower, upper)?.client(at: field.value.lowerBound), isTrusted)
            }
        }
        return search.found
    }

    /// The client as `Forwarded` has it; see ``client(xForwardedForOf:in:isTrusted:)``.
    package static func client(
        forwardedOf fields: Fields, in head: UnsafeRawBufferPointer, isTrusted: (IPAddress) -> Bool
    ) -> ForwardedClient? {
        var search = Search()
        for field in fields where field.id == .forwarded {
            var reader = ForwardedReader(field.value.in(head), at: field.value.lowerBound)
            while !reader.isAtEnd { search.take(reader.element(), isTrusted) }
        }
        return search.found
    }

    /// Reading from left to right, the last candidate that survives is the one searched for from the right.
    private struct Search {
        var found: ForwardedClient?

        mutating func take(_ element: ForwardedClient?, _ isTrusted: (IPAddress) -> Bool) {
            guard let element else {
                found = nil
                return
            }
            if found == nil || !isTrusted(element.address) { found = element }
        }
    }
}

/// An address as proxies write it: bare, with a port, in brackets.
private struct Node {
    let address: IPAddress
    let lower: Int
    let upper: Int

    init?(_ bytes: UnsafeRawBufferPointer, _ lower: Int, _ upper: Int) {
        guard lower < upper else { return nil }
        if bytes[lower] == UInt8(ascii: "[") {
            var end = lower
            while end < upper, bytes[end] != UInt8(ascii: "]") { end &+= 1 }
            guard end < upper, Self.isPort(bytes, end &+ 1, upper) else { return nil }
            self.init(address: bytes, lower &+ 1, end)
            return
        }
        var colons = 0
        var lastColon = upper
        for index in lower..<upper where bytes[index] == UInt8(ascii: ":") {
            colons &+= 1
            lastColon = index
        }
        // One colon parts a port from an IPv4 address; more belong to a bare IPv6 address.
        let end = colons == 1 ? lastColon : upper
        guard Self.isPort(bytes, end, upper) else { return nil }
        self.init(address: bytes, lower, end)
    }

    private init?(address bytes: UnsafeRawBufferPointer, _ lower: Int, _ upper: Int) {
        guard let address = IPAddress(bytes.slice(lower, upper)) else { return nil }
        self.address = address
        self.lower = lower
        self.upper = upper
    }

    private static func isPort(_ bytes: UnsafeRawBufferPointer, _ lower: Int, _ upper: Int) -> Bool {
        if lower == upper { return true }
        return bytes[lower] == UInt8(ascii: ":") && upper &- lower <= 6 && bytes.decimal(lower &+ 1, upper) != nil
    }

    func client(at base: Int) -> ForwardedClient {
        ForwardedClient(address: address, range: ByteRange(base &+ lower, base &+ upper))
    }
}

/// Reads the elements of a `Forwarded` field. Quoted strings with escapes in them are taken as malformed: no address,
/// host or protocol needs one.
private struct ForwardedReader {
    private let bytes: UnsafeRawBufferPointer
    private let base: Int
    private var index = 0
    private var isDone = false

    init(_ bytes: UnsafeRawBufferPointer, at base: Int) {
        self.bytes = bytes
        self.base = base
    }

    var isAtEnd: Bool { isDone }

    /// The next element; nil when it names no address. After a malformed one the rest of the field is not looked at,
    /// but it may have been what a trusted proxy wrote: nothing in the field is believed then.
    mutating func element() -> ForwardedClient? {
        var node: Node?
        var proto: ByteRange?
        var host: ByteRange?
        while true {
            skipBlanks()
            let nameStart = index
            while index < bytes.count, bytes[index].isToken { index &+= 1 }
            let name = bytes.slice(nameStart, index)
            guard name.count > 0, take("=") else { return fail() }
            guard let (lower, upper) = value() else { return fail() }
            if name.equalsIgnoringCase("for") {
                node = Node(bytes, lower, upper)
            } else if name.equalsIgnoringCase("proto") {
                proto = ByteRange(base &+ lower, base &+ upper)
            } else if name.equalsIgnoringCase("host") {
                host = ByteRange(base &+ lower, base &+ upper)
            }
            skipBlanks()
            if take(";") { continue }
            if index == bytes.count {
                isDone = true
            } else if !take(",") {
                return fail()
            }
            var client = node?.client(at: base)
            client?.proto = proto
            client?.host = host
            return client
        }
    }

    private mutating func fail() -> ForwardedClient? {
        isDone = true
        return nil
    }

    /// A token, or a quoted string without its quotes. Addresses with a colon need quotes by the rules; not all write
    /// them.
    private mutating func value() -> (Int, Int)? {
        if take("\"") {
            let start = index
            while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                guard bytes[index] != UInt8(ascii: "\\") else { return nil }
                index &+= 1
            }
            let end = index
            return take("\"") ? (start, end) : nil
        }
        let start = index
        while index < bytes.count, bytes[index].isToken || bytes[index].isUnquotedAddressByte { index &+= 1 }
        return index > start ? (start, index) : nil
    }

    private mutating func skipBlanks() {
        while index < bytes.count, bytes[index].isBlank { index &+= 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index &+= 1
        return true
    }
}

extension UInt8 {
    fileprivate var isUnquotedAddressByte: Bool {
        self == UInt8(ascii: ":") || self == UInt8(ascii: "[") || self == UInt8(ascii: "]")
    }
}
