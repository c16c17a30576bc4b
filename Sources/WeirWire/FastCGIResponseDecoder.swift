/// What a FastCGI program sent. Ranges index the bytes given to ``FastCGIResponseDecoder/next(_:at:)``.
package enum FastCGIEvent: Equatable, Sendable {
    case stdout(Range<Int>)
    /// The program closed its output; only the end can follow.
    case stdoutEnd
    case stderr(Range<Int>)
    /// The request is over and the connection is free for the next one.
    case end(appStatus: UInt32, protocolStatus: UInt8)
    /// Everything given has been taken; more is needed.
    case needMore
}

/// Why an answer cannot be trusted any further. The connection has to be closed: where the next record starts is
/// unknown.
package enum FastCGIError: Error, Equatable, Sendable {
    case unsupportedVersion(UInt8)
    case unexpectedRecord(type: UInt8)
    case wrongRequestID(UInt16)
    case malformedEndRequest(contentByteCount: Int)
    case outputAfterEnd
    case bytesAfterEnd
}

/// Takes FastCGI records apart as they arrive, copying nothing but headers that are cut in two.
///
/// Always takes everything up to the event it reports, so the caller may forget the bytes before `offset` at any time.
package struct FastCGIResponseDecoder: Sendable {
    private enum Stage: Sendable {
        case header, content, endRequest, padding, ended
    }
    private let requestID: UInt16
    private var stage = Stage.header
    private var type: UInt8 = 0
    private var contentLeft = 0
    private var paddingLeft = 0
    /// The bytes of a header or an END_REQUEST body that is not complete yet, most significant first.
    private var word: UInt64 = 0
    private var wordCount = 0
    private var outputEnded = false
    private var isOver = false

    package init(requestID: UInt16 = FastCGI.requestID) { self.requestID = requestID }

    /// Ready for the answer to the next request on the connection.
    package mutating func reset() { self = FastCGIResponseDecoder(requestID: requestID) }

    /// The answer is complete.
    package var hasEnded: Bool { stage == .ended }

    /// By how many KiB the worker has grown for good, once the end was reported: weir-php says so in the three bytes of
    /// END_REQUEST that are reserved (2^24 - 1 stands for more), where others send zeros.
    package var growthKiB: Int { stage == .ended ? Int(word & 0xFF_FFFF) : 0 }

    /// The next thing in `bytes` at or after `offset`, which moves past it.
    package mutating func next(
        _ bytes: UnsafeRawBufferPointer, at offset: inout Int
    ) throws(FastCGIError) -> FastCGIEvent {
        while true {
            switch stage {
            case .header:
                guard fillWord(bytes, &offset) else { return .needMore }
                if try beginRecord() { return .stdoutEnd }
            case .content:
                guard contentLeft > 0 else {
                    stage = .padding
                    continue
                }
                guard offset < bytes.count else { return .needMore }
                let count = Swift.min(contentLeft, bytes.count &- offset)
                let range = offset..<(offset &+ count)
                offset &+= count
                contentLeft &-= count
                switch FastCGI.RecordType(rawValue: type) {
                case .stdout: return .stdout(range)
                case .stderr: return .stderr(range)
                default: continue
                }
            case .endRequest:
                guard fillWord(bytes, &offset) else { return .needMore }
                isOver = true
                stage = .padding
            case .padding:
                let count = Swift.min(paddingLeft, bytes.count &- offset)
                offset &+= count
                paddingLeft &-= count
                guard paddingLeft == 0 else { return .needMore }
                guard isOver else {
                    stage = .header
                    continue
                }
                stage = .ended
                return .end(
                    appStatus: UInt32(truncatingIfNeeded: word >> 32),
                    protocolStatus: UInt8(truncatingIfNeeded: word >> 24))
            case .ended:
                guard offset == bytes.count else { throw .bytesAfterEnd }
                return .needMore
            }
        }
    }

    /// Reads the header in `word`. True when it is the empty record that closes the output.
    private mutating func beginRecord() throws(FastCGIError) -> Bool {
        guard word >> 56 == 1 else { throw .unsupportedVersion(UInt8(truncatingIfNeeded: word >> 56)) }
        type = UInt8(truncatingIfNeeded: word >> 48)
        contentLeft = Int(UInt16(truncatingIfNeeded: word >> 16))
        paddingLeft = Int(UInt8(truncatingIfNeeded: word >> 8))
        stage = .content
        let id = UInt16(truncatingIfNeeded: word >> 32)
        switch FastCGI.RecordType(rawValue: type) {
        case .stdout, .stderr, .endRequest:
            guard id == requestID else { throw .wrongRequestID(id) }
        case .getValuesResult where id == 0:
            // An answer to a question of another layer: nothing for a request.
            return false
        default:
            throw .unexpectedRecord(type: type)
        }
        if type == FastCGI.RecordType.endRequest.rawValue {
            guard contentLeft == 8 else { throw .malformedEndRequest(contentByteCount: contentLeft) }
            stage = .endRequest
        } else if type == FastCGI.RecordType.stdout.rawValue {
            guard !outputEnded else { throw .outputAfterEnd }
            if contentLeft == 0 {
                outputEnded = true
                return true
            }
        }
        return false
    }

    /// Collects eight bytes in `word`, mostly in one load. False when they have not all arrived.
    @inline(__always)
    private mutating func fillWord(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) -> Bool {
        if wordCount == 0, bytes.count &- offset >= 8 {
            word = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset &+= 8
            return true
        }
        while wordCount < 8 {
            guard offset < bytes.count else { return false }
            word = word << 8 | UInt64(bytes[offset])
            offset &+= 1
            wordCount &+= 1
        }
        wordCount = 0
        return true
    }
}
