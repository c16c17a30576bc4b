/// The constants of FastCGI 1.0, and the records that have no content of their own.
///
/// A record is a header of eight bytes (version, type, request id, content length, padding length, reserved), then that
/// much content, then that much padding.
package enum FastCGI {
    package static let headerByteCount = 8
    /// The content length has 16 bits.
    package static let maxContentByteCount = 65_535
    /// A worker serves one request at a time, so every request on a connection has the same id.
    package static let requestID: UInt16 = 1

    package enum RecordType: UInt8, Sendable {
        case beginRequest = 1, abortRequest, endRequest, params, stdin, stdout, stderr, data
        case getValues, getValuesResult, unknownType
    }

    /// How a request ended, as the program on the other side has it (`END_REQUEST`'s protocolStatus).
    package enum ProtocolStatus {
        package static let requestComplete: UInt8 = 0
        package static let cannotMultiplex: UInt8 = 1
        package static let overloaded: UInt8 = 2
        package static let unknownRole: UInt8 = 3
        /// Of Weir's own guests: the request is complete, but they cannot go on after what happened in it.
        package static let workerLeaves: UInt8 = 128
    }

    @inline(__always)
    package static func writeHeader(
        _ type: RecordType, requestID: UInt16 = requestID, contentByteCount: Int, to writer: inout ByteWriter
    ) {
        precondition(contentByteCount >= 0 && contentByteCount <= maxContentByteCount, "a record holds 65,535 bytes")
        let length = UInt64(truncatingIfNeeded: contentByteCount)
        writer.write(bigEndian: 1 << 56 | UInt64(type.rawValue) << 48 | UInt64(requestID) << 32 | length << 16)
    }

    /// Responder role. With `keepConnection` the other side leaves the connection open after its answer.
    package static func writeBeginRequest(
        requestID: UInt16 = requestID, keepConnection: Bool, to writer: inout ByteWriter
    ) {
        writeHeader(.beginRequest, requestID: requestID, contentByteCount: 8, to: &writer)
        writer.write(bigEndian: 1 << 48 | (keepConnection ? UInt64(1) << 40 : 0))
    }

    package static func writeAbortRequest(requestID: UInt16 = requestID, to writer: inout ByteWriter) {
        writeHeader(.abortRequest, requestID: requestID, contentByteCount: 0, to: &writer)
    }

    /// How many STDIN record headers a body of this size needs, the closing empty record included.
    package static func stdinRecordCount(_ byteCount: Int) -> Int {
        (byteCount &+ maxContentByteCount &- 1) / maxContentByteCount &+ 1
    }

    /// The size of a name/value pair: lengths below 128 take one byte, others four.
    @inline(__always)
    static func pairByteCount(_ nameCount: Int, _ valueCount: Int) -> Int {
        (nameCount < 128 ? 1 : 4) &+ (valueCount < 128 ? 1 : 4) &+ nameCount &+ valueCount
    }

    @inline(__always)
    static func writeLength(_ count: Int, to writer: inout ByteWriter) {
        if count < 128 {
            writer.write(UInt8(truncatingIfNeeded: count))
        } else {
            writer.write(bigEndian: UInt32(truncatingIfNeeded: count) | 0x8000_0000)
        }
    }
}

/// Name/value pairs encoded once and sent with every request: what does not change while an app runs.
package struct FastCGIParamBlock: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// The block travels in one record.
    package mutating func append(_ name: String, _ value: String) {
        let (name, value) = (Array(name.utf8), Array(value.utf8))
        appendLength(name.count)
        appendLength(value.count)
        bytes += name
        bytes += value
        precondition(bytes.count <= FastCGI.maxContentByteCount, "an app's own variables fit into 65,535 bytes")
    }

    /// Whether another pair still fits; ask before appending what a configuration says.
    package func fits(_ name: String, _ value: String) -> Bool {
        bytes.count + FastCGI.pairByteCount(name.utf8.count, value.utf8.count) <= FastCGI.maxContentByteCount
    }

    private mutating func appendLength(_ count: Int) {
        if count < 128 {
            bytes.append(UInt8(count))
        } else {
            let length = UInt32(count) | 0x8000_0000
            for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: length >> UInt32(shift))) }
        }
    }
}
