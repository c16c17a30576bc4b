/// Writes a FastCGI request into the caller's memory: BEGIN_REQUEST, PARAMS, and the headers of STDIN records.
///
/// Call ``finishParams()`` after the last variable, then one of the STDIN methods. A record ends between two variables
/// wherever possible: the protocol lets one span records, but PHP reads each PARAMS record on its own.
package struct FastCGIRequestWriter {
    private var writer: ByteWriter
    private let requestID: UInt16
    private var recordStart: Int

    /// What has been written.
    package var byteCount: Int { writer.count }

    package init(
        _ memory: UnsafeMutableRawBufferPointer, requestID: UInt16 = FastCGI.requestID, keepConnection: Bool = true
    ) {
        writer = ByteWriter(memory)
        self.requestID = requestID
        FastCGI.writeBeginRequest(requestID: requestID, keepConnection: keepConnection, to: &writer)
        recordStart = writer.count
        FastCGI.writeHeader(.params, requestID: requestID, contentByteCount: 0, to: &writer)
    }

    /// Memory enough for a request with this head.
    ///
    /// - Parameters:
    ///   - paramByteCount: names and values of the variables that do not come from the head's fields, blocks included.
    ///   - paramCount: how many of them there are, a block counting as one.
    ///   - stdinByteCount: the body bytes that go into the same memory; each record header among them is counted here.
    package static func upperBound(
        for head: RequestHead, paramByteCount: Int, paramCount: Int, stdinByteCount: Int = 0
    ) -> Int {
        // Per pair: two lengths of four bytes; per field also "HTTP_" and a joint. CONTENT_TYPE is shorter than both.
        let content = head.byteCount &+ head.fields.count &* 15 &+ paramByteCount &+ paramCount &* 8
        // Two records in a row together exceed one record's content, else the second would not have been opened.
        let records = 2 &* (content / FastCGI.maxContentByteCount) &+ 2
        let stdin = stdinByteCount &+ FastCGI.stdinRecordCount(stdinByteCount) &* FastCGI.headerByteCount
        return 16 &+ content &+ (records &+ 1) &* FastCGI.headerByteCount &+ stdin
    }

    // MARK: Variables

    /// Begins a variable whose name and value the caller then writes with ``append(_:)``, to the byte.
    package mutating func beginParam(nameByteCount: Int, valueByteCount: Int) {
        makeRoom(FastCGI.pairByteCount(nameByteCount, valueByteCount))
        FastCGI.writeLength(nameByteCount, to: &writer)
        FastCGI.writeLength(valueByteCount, to: &writer)
    }

    package mutating func append(_ bytes: UnsafeRawBufferPointer) { writer.write(bytes) }
    package mutating func append(_ bytes: StaticString) { writer.write(bytes) }

    package mutating func param(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        beginParam(nameByteCount: name.utf8CodeUnitCount, valueByteCount: value.count)
        writer.write(name)
        writer.write(value)
    }

    /// A value made of two parts, such as a document root and a path below it.
    package mutating func param(_ name: StaticString, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer)
    {
        beginParam(nameByteCount: name.utf8CodeUnitCount, valueByteCount: first.count &+ second.count)
        writer.write(name)
        writer.write(first)
        writer.write(second)
    }

    package mutating func param(_ name: StaticString, _ value: StaticString) {
        param(name, UnsafeRawBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    }

    package mutating func param(_ name: StaticString, decimal value: UInt64) {
        beginParam(nameByteCount: name.utf8CodeUnitCount, valueByteCount: ByteWriter.digitCount(value))
        writer.write(name)
        writer.write(decimal: value)
    }

    package mutating func params(_ block: FastCGIParamBlock) {
        makeRoom(block.bytes.count)
        writer.write(block.bytes)
    }

    /// The head's fields as CGI variables; see ``CGIFields`` for which.
    package mutating func params(
        fieldsOf head: RequestHead, in bytes: UnsafeRawBufferPointer, omitting omitted: FieldIDSet = []
    ) {
        var fields = CGIFields(head.fields, in: bytes, omitting: omitted)
        while let variable = fields.next() {
            beginParam(nameByteCount: variable.nameByteCount, valueByteCount: variable.valueByteCount)
            fields.writeName(of: variable, to: &writer)
            fields.writeValue(of: variable, to: &writer)
        }
    }

    /// Ends the variables with the empty record that says so.
    package mutating func finishParams() {
        if writer.count &- recordStart > FastCGI.headerByteCount {
            closeRecord()
            FastCGI.writeHeader(.params, requestID: requestID, contentByteCount: 0, to: &writer)
        }
        // Without any variable the record opened first is the empty one.
    }

    // MARK: Body

    /// A body that is at hand, whole, with the empty record that ends it.
    package mutating func stdin(_ body: UnsafeRawBufferPointer) {
        var offset = 0
        while offset < body.count {
            let count = Swift.min(body.count &- offset, FastCGI.maxContentByteCount)
            stdinHeader(contentByteCount: count)
            writer.write(body.slice(offset, offset &+ count))
            offset &+= count
        }
        stdinHeader(contentByteCount: 0)
    }

    /// The header of a STDIN record whose content the caller sends itself; 0 ends the body.
    package mutating func stdinHeader(contentByteCount: Int) {
        FastCGI.writeHeader(.stdin, requestID: requestID, contentByteCount: contentByteCount, to: &writer)
    }

    // MARK: Records

    /// Opens another PARAMS record unless `byteCount` more bytes fit into this one.
    @inline(__always)
    private mutating func makeRoom(_ byteCount: Int) {
        let content = writer.count &- recordStart &- FastCGI.headerByteCount
        guard content > 0, content &+ byteCount > FastCGI.maxContentByteCount else { return }
        closeRecord()
        recordStart = writer.count
        FastCGI.writeHeader(.params, requestID: requestID, contentByteCount: 0, to: &writer)
    }

    private mutating func closeRecord() {
        var content = writer.count &- recordStart &- FastCGI.headerByteCount
        // Only a single variable larger than a record gets here oversized: cut it, there is no other way to send it.
        while content > FastCGI.maxContentByteCount {
            writer.patch(bigEndian: UInt16(FastCGI.maxContentByteCount), at: recordStart &+ 4)
            recordStart &+= FastCGI.headerByteCount &+ FastCGI.maxContentByteCount
            writer.insertGap(of: FastCGI.headerByteCount, at: recordStart)
            let id = requestID
            writer.overwrite(at: recordStart) {
                FastCGI.writeHeader(.params, requestID: id, contentByteCount: 0, to: &$0)
            }
            content &-= FastCGI.maxContentByteCount
        }
        writer.patch(bigEndian: UInt16(content), at: recordStart &+ 4)
    }
}
