/// What a chunked body holds. Ranges index the bytes given to ``ChunkedDecoder/next(_:at:)``.
package enum ChunkEvent: Equatable, Sendable {
    case data(Range<Int>)
    /// Everything given has been taken; more is needed.
    case needMore
    /// The body is over; what follows `offset` belongs to the next request.
    case end
}

/// Takes the chunks of a body apart as they arrive (RFC 9112, 7.1).
///
/// Strict: digits and nothing but digits for a size, CR LF for every line end. Extensions are checked, counted and
/// dropped, and so are trailer fields unless they are asked for. How large a body may become is the caller's to say.
package struct ChunkedDecoder: Sendable {
    /// Bounds on what is not data.
    private enum Limit {
        static let extensionBytesPerChunk = 256
        static let extensionBytes = 16_384
        static let trailerBytes = 8_192
        static let trailerFields = 64
    }

    private enum Stage: Sendable {
        case sizeStart, size, chunkExtension, sizeLF
        case data, dataCR, dataLF
        case trailerStart, trailerName, trailerValue, trailerLF, lastLF
        case ended
    }
    private var stage = Stage.sizeStart
    private var left: UInt64 = 0
    private var digits = 0
    private var chunkExtension = ChunkExtension()
    private var extensionBytes = 0
    private var trailerBytes = 0
    private var trailerFields = 0
    private let keepsTrailers: Bool
    /// The lines of the trailer section, each with its CR LF, when they are kept: complete at the body's end.
    private(set) var trailerLines: [UInt8] = []

    /// - Parameter keepsTrailers: nobody is told of a request's trailer fields; an answer's are passed on.
    package init(keepsTrailers: Bool = false) { self.keepsTrailers = keepsTrailers }

    package mutating func reset() { self = ChunkedDecoder(keepsTrailers: keepsTrailers) }

    /// The body's last byte has been seen.
    package var hasEnded: Bool { stage == .ended }

    /// The next thing in `bytes` at or after `offset`, which moves past it. Bytes before `offset` may be forgotten.
    package mutating func next(
        _ bytes: UnsafeRawBufferPointer, at offset: inout Int
    ) throws(RequestError) -> ChunkEvent {
        while stage != .ended {
            guard offset < bytes.count else { return .needMore }
            if stage == .data {
                let count = Int(Swift.min(left, UInt64(bytes.count &- offset)))
                let range = offset..<(offset &+ count)
                offset &+= count
                left &-= UInt64(count)
                if left == 0 { stage = .dataCR }
                return .data(range)
            }
            try take(bytes[offset])
            offset &+= 1
        }
        return .end
    }

    /// Takes one byte of what surrounds the data.
    private mutating func take(_ byte: UInt8) throws(RequestError) {
        switch stage {
        case .sizeStart:
            guard let digit = byte.hexValue else { throw .bad("a chunk without a size") }
            left = UInt64(digit)
            digits = 1
            stage = .size
        case .size: try takeSize(byte)
        case .chunkExtension:
            if byte == UInt8(ascii: "\r"), chunkExtension.mayEnd {
                extensionBytes &+= chunkExtension.byteCount
                stage = .sizeLF
                return
            }
            guard chunkExtension.take(byte) else { throw .bad("a malformed chunk extension") }
            guard chunkExtension.byteCount <= Limit.extensionBytesPerChunk,
                extensionBytes &+ chunkExtension.byteCount <= Limit.extensionBytes
            else { throw .bad("too many bytes in chunk extensions") }
        case .sizeLF:
            try require(byte, "\n", "a chunk size line that does not end with CR LF")
            stage = left == 0 ? .trailerStart : .data
        case .dataCR:
            try require(byte, "\r", "a chunk longer than its size")
            stage = .dataLF
        case .dataLF:
            try require(byte, "\n", "a chunk that does not end with CR LF")
            stage = .sizeStart
        case .trailerStart, .trailerName, .trailerValue, .trailerLF: try takeTrailer(byte)
        case .lastLF:
            try require(byte, "\n", "a chunked body that does not end with CR LF")
            stage = .ended
        case .data, .ended: break
        }
    }

    private mutating func takeSize(_ byte: UInt8) throws(RequestError) {
        if let digit = byte.hexValue {
            digits &+= 1
            // Consumers count in Int: the top bit stays free.
            guard digits <= 16, left < 1 << 59 else { throw .bad("a chunk size too large") }
            left = left << 4 | UInt64(digit)
        } else if byte == UInt8(ascii: "\r") {
            stage = .sizeLF
        } else if byte == UInt8(ascii: ";") {
            chunkExtension = ChunkExtension()
            stage = .chunkExtension
        } else {
            throw .bad("a malformed chunk size")
        }
    }

    private mutating func takeTrailer(_ byte: UInt8) throws(RequestError) {
        trailerBytes &+= 1
        guard trailerBytes <= Limit.trailerBytes else {
            throw RequestError(status: 431, reason: "the trailer section is too large")
        }
        if stage == .trailerStart, byte == UInt8(ascii: "\r") {
            stage = .lastLF
            return
        }
        if keepsTrailers { trailerLines.append(byte) }
        switch stage {
        case .trailerStart:
            trailerFields &+= 1
            guard trailerFields <= Limit.trailerFields else {
                throw RequestError(status: 431, reason: "too many trailer fields")
            }
            guard byte.isToken else { throw .bad("a malformed trailer field name") }
            stage = .trailerName
        case .trailerName:
            if byte == UInt8(ascii: ":") {
                stage = .trailerValue
            } else if !byte.isToken {
                throw .bad("a malformed trailer field name")
            }
        case .trailerValue:
            if byte == UInt8(ascii: "\r") {
                stage = .trailerLF
            } else if byte.isControl {
                throw .bad("a control character in a trailer field")
            }
        default:
            try require(byte, "\n", "a trailer field that does not end with CR LF")
            stage = .trailerStart
        }
    }

    @inline(__always)
    private func require(
        _ byte: UInt8, _ expected: Unicode.Scalar, _ reason: StaticString
    ) throws(RequestError) {
        guard byte == UInt8(ascii: expected) else { throw .bad(reason) }
    }
}

/// Writing chunks, for answers whose size is not known.
package enum ChunkedEncoding {
    /// Size line and closing CR LF of one chunk: sixteen digits and two line ends at most.
    package static let overhead = 20
    package static let end: StaticString = "0\r\n\r\n"

    /// Never for an empty chunk: that would end the body.
    package static func writeSizeLine(_ byteCount: Int, to writer: inout ByteWriter) {
        precondition(byteCount > 0, "an empty chunk ends the body")
        let size = UInt64(byteCount)
        var shift = (63 &- size.leadingZeroBitCount) & ~3
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: size >> UInt64(shift)) & 0xF
            writer.write(digit < 10 ? UInt8(ascii: "0") &+ digit : UInt8(ascii: "a") &+ digit &- 10)
            shift &-= 4
        }
        writer.write("\r\n")
    }
}
