/// What the fields of a head seen so far say of the connection and of the body's framing. Kept out of the head: of no use
/// once that is complete.
struct ConnectionFields: Sendable {
    var length: UInt64?
    private(set) var hasTransferEncoding = false
    private(set) var isChunked = false
    private(set) var hasOtherCoding = false
    private(set) var close = false
    private(set) var keepAlive = false
    private(set) var upgrade = false
    var expectsContinue = false

    /// The value of a Connection field.
    mutating func takeConnection(_ value: UnsafeRawBufferPointer) {
        var list = TokenList(value)
        while let option = list.next() {
            if option.equalsIgnoringCase("close") {
                close = true
            } else if option.equalsIgnoringCase("keep-alive") {
                keepAlive = true
            } else if option.equalsIgnoringCase("upgrade") {
                upgrade = true
            }
        }
    }

    /// The value of a Transfer-Encoding field. What is thrown says what is wrong with it.
    mutating func takeTransferEncoding(_ value: UnsafeRawBufferPointer) throws(TransferCodingFault) {
        hasTransferEncoding = true
        var list = TokenList(value)
        while let coding = list.next() {
            guard !isChunked else { throw .afterChunked }
            guard coding.count > 0, coding.allSatisfy(\.isToken) else { throw .malformed }
            if coding.equalsIgnoringCase("chunked") {
                isChunked = true
            } else {
                hasOtherCoding = true
            }
        }
    }
}

enum TransferCodingFault: Error {
    case afterChunked, malformed

    var reason: StaticString {
        switch self {
        case .afterChunked: "a transfer coding after chunked"
        case .malformed: "a malformed Transfer-Encoding"
        }
    }
}

/// The elements of a comma-separated list, without the blanks around them. An empty element is an element.
package struct TokenList {
    private let bytes: UnsafeRawBufferPointer
    private var index = 0

    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    package mutating func next() -> UnsafeRawBufferPointer? {
        guard index <= bytes.count else { return nil }
        let start = index
        while index < bytes.count, bytes[index] != UInt8(ascii: ",") { index &+= 1 }
        let (lower, upper) = bytes.trimmed(start, index)
        index &+= 1
        return bytes.slice(lower, upper)
    }
}
