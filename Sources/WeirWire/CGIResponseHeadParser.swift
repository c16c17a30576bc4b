/// Reads the header block a CGI program prints, as it arrives.
///
/// Takes LF for CR LF, as programs write both. Takes no control characters: a program that prints what a client sent it
/// must not be able to split the answer in two.
package struct CGIResponseHeadParser: Sendable {
    private var isFresh = true
    private var lineStart = 0
    private var scanned = 0
    private var hasStatus = false

    package init() {}

    package mutating func reset() { self = CGIResponseHeadParser() }

    /// Parses what has arrived of a header block; see ``RequestHeadParser/parse(_:limits:into:)`` for the manner.
    ///
    /// `limits.requestLine` plays no part.
    package mutating func parse(
        _ bytes: UnsafeRawBufferPointer, limits: HeadLimits, into head: inout CGIResponseHead
    ) throws(CGIResponseError) -> Bool {
        if isFresh {
            head.reset()
            isFresh = false
        }
        while true {
            guard let (end, next) = try lineEnd(in: bytes, before: limits.headerBytes) else { return false }
            if end == lineStart {
                if !hasStatus, head.fields.contains(.location) { head.status = 302 }
                head.byteCount = next
                reset()
                return true
            }
            guard head.fields.count < limits.headerCount else { throw .tooManyFields }
            let field: Field
            do throws(FieldLineFault) {
                field = try Field(line: bytes, lineStart, end)
            } catch {
                throw .malformedField
            }
            try take(field, from: bytes, into: &head)
            lineStart = next
            scanned = next
        }
    }

    /// Where the current line ends and the next one starts; nil while its end has not arrived.
    private mutating func lineEnd(
        in bytes: UnsafeRawBufferPointer, before limit: Int
    ) throws(CGIResponseError) -> (end: Int, next: Int)? {
        let window = Swift.min(bytes.count, limit)
        let stop = bytes.firstControl(from: scanned, to: window)
        if stop < window {
            if bytes[stop] == UInt8(ascii: "\n") { return (stop, stop &+ 1) }
            guard bytes[stop] == UInt8(ascii: "\r") else { throw .controlCharacter }
            if stop &+ 1 < window {
                guard bytes[stop &+ 1] == UInt8(ascii: "\n") else { throw .controlCharacter }
                return (stop, stop &+ 2)
            }
        }
        guard window < limit else { throw .headerBlockTooLarge }
        scanned = stop
        return nil
    }

    private mutating func take(
        _ field: Field, from bytes: UnsafeRawBufferPointer, into head: inout CGIResponseHead
    ) throws(CGIResponseError) {
        let (lower, upper) = (field.value.lowerBound, field.value.upperBound)
        switch field.id {
        case .status:
            guard !hasStatus, upper &- lower >= 3, let status = bytes.decimal(lower, lower &+ 3), status >= 100 else {
                throw .malformedStatus
            }
            guard upper == lower &+ 3 || bytes[lower &+ 3] == UInt8(ascii: " ") else { throw .malformedStatus }
            hasStatus = true
            head.status = UInt16(truncatingIfNeeded: status)
            let (reasonStart, reasonEnd) = bytes.trimmed(lower &+ 3, upper)
            head.reason = reasonStart < reasonEnd ? ByteRange(reasonStart, reasonEnd) : nil
        case .contentLength:
            guard head.contentLength == nil, let length = bytes.decimal(lower, upper) else {
                throw .malformedContentLength
            }
            head.contentLength = length
        default: break
        }
        head.fields.append(field)
    }
}
