/// Writes bytes so that they can stand in a URI, as in the `Location` of a redirect to a directory.
package enum PercentEncoding {
    /// Appends `path` with everything escaped that RFC 3986 does not let stand in a path as it is.
    package static func append(path: UnsafeRawBufferPointer, to result: inout [UInt8]) {
        for byte in path {
            if byte.isPathByte {
                result.append(byte)
            } else {
                result.append(UInt8(ascii: "%"))
                result.append(digit(byte >> 4))
                result.append(digit(byte & 0xF))
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "A") &+ value &- 10
    }
}

extension UInt8 {
    /// Unreserved characters, sub-delimiters, `:`, `@` and `/`.
    fileprivate var isPathByte: Bool {
        if isPlainNameByte { return true }
        switch self {
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "$"),
            UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"),
            UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: ":"),
            UInt8(ascii: "@"), UInt8(ascii: "/"):
            return true
        default: return false
        }
    }
}
