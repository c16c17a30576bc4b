/// What a FastCGI program sent. Ranges index the bytes given to ``FastCGIResponseDecoder/next(_:at:)``.
package enum FastCGIEvent: Equatable, Sendable {
    case stdout(Range<Int>)
    /// The program closed its output; only the end can follow.
    case stdoutEnd
    case stderr(Range<Int>)
    /// The request is over and the connection is free for the next one.
    case end(appStatus: UInt32, protocolStatus: UInt8)
    /// Content of a report, or a part of it.
    case report(Range<Int>)
    /// The report is there. `isOfRequest`: it concerns the request at hand.
    case reportEnd(GuestReport.Kind, isOfRequest: Bool)
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
///
/// Weir's own guests also say things that FastCGI has no words for, between requests too: their decoder lives as long as
/// the connection.
package struct FastCGIResponseDecoder: Sendable {
    private enum Stage: Sendable {
        case header, content, endRequest, padding, ended
    }
    private let takesReports: Bool
    private var requestID: UInt16
    private var stage = Stage.header
    private var type: UInt8 = 0
    private var contentLeft = 0
    private var paddingLeft = 0
    /// The bytes of a header or an END_REQUEST body that is not complete yet, most significant first.
    private var word: UInt64 = 0
    private var wordCount = 0
    private var outputEnded = false
    private var isOver = false
    private var reportIsOfRequest = false

    /// The answer is complete.
    package private(set) var hasEnded = false

    /// By how many KiB the worker has grown for good, once the end was reported: weir-php says so in the three bytes of
    /// END_REQUEST that are reserved (2^24 - 1 stands for more), where others send zeros.
    package private(set) var growthKiB = 0

    package init(requestID: UInt16 = FastCGI.requestID) {
        takesReports = false
        self.requestID = requestID
    }

    /// Of a connection to one of Weir's own guests, which has no request yet.
    package init(ofGuest: Void) {
        takesReports = true
        requestID = 0
        hasEnded = true
    }

    /// What comes next is the answer to this request, or a report that is under way.
    package mutating func begin(requestID: UInt16) {
        self.requestID = requestID
        if stage == .ended { stage = .header }
        outputEnded = false
        isOver = false
        hasEnded = false
        growthKiB = 0
    }

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
                    guard let kind = GuestReport.Kind(rawValue: type) else { continue }
                    return .reportEnd(kind, isOfRequest: reportIsOfRequest)
                }
                guard offset < bytes.count else { return .needMore }
                let count = Swift.min(contentLeft, bytes.count &- offset)
                let range = offset..<(offset &+ count)
                offset &+= count
                contentLeft &-= count
                switch FastCGI.RecordType(rawValue: type) {
                case .stdout: return .stdout(range)
                case .stderr: return .stderr(range)
                case nil: return .report(range)
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
                guard isOver && !hasEnded else {
                    stage = .header
                    continue
                }
                stage = takesReports ? .header : .ended
                hasEnded = true
                growthKiB = Int(word & 0xFF_FFFF)
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
        // Between requests too, when something goes on in a guest then.
        case .stderr where takesReports && id == 0: return false
        case .stdout, .stderr, .endRequest:
            guard !hasEnded else { throw .bytesAfterEnd }
            guard id == requestID else { throw .wrongRequestID(id) }
        case .getValuesResult where id == 0:
            // An answer to a question of another layer: nothing for a request.
            return false
        case nil where takesReports && GuestReport.Kind(rawValue: type) != nil:
            reportIsOfRequest = id != 0
            guard id == 0 || (id == requestID && !hasEnded) else { throw .wrongRequestID(id) }
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
