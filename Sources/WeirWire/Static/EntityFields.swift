/// The fields that describe one form of a file, written once when the file is loaded.
///
/// They are ordered so that every answer is a prefix of one block: a 304 needs the validators, a part of the file all but
/// its length, the whole file everything.
package struct EntityFields: Sendable {
    package let bytes: [UInt8]
    package let mediaType: [UInt8]
    private let size: Int
    private let validatorsEnd: Int
    private let commonEnd: Int
    private let typeEnd: Int

    package init(
        mediaType: [UInt8], coding: StaticCoding, size: Int, entityTag: [UInt8], lastModified: Int, varies: Bool,
        cacheControl: [UInt8]
    ) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(320)
        bytes.append("ETag: ", entityTag)
        bytes.append("\r\nLast-Modified: ")
        bytes.appendDate(lastModified)
        if varies { bytes.append("\r\nVary: Accept-Encoding") }
        if !cacheControl.isEmpty { bytes.append("\r\nCache-Control: ", cacheControl) }
        bytes.append("\r\n")
        validatorsEnd = bytes.count
        bytes.append("Accept-Ranges: bytes\r\nX-Content-Type-Options: nosniff\r\n")
        switch coding {
        case .identity: break
        case .brotli: bytes.append("Content-Encoding: br\r\n")
        case .gzip: bytes.append("Content-Encoding: gzip\r\n")
        }
        commonEnd = bytes.count
        bytes.append("Content-Type: ", mediaType)
        bytes.append("\r\n")
        typeEnd = bytes.count
        bytes.append("Content-Length: ")
        bytes.appendDecimal(size)
        bytes.append("\r\n")
        self.bytes = bytes
        self.mediaType = mediaType
        self.size = size
    }

    /// Hands over the fields of a planned answer piece by piece: one piece for 200 and 304.
    package func write(_ plan: StaticPlan, to emit: (UnsafeRawBufferPointer) -> Void) {
        switch (plan.status, plan.content) {
        case (.ok, _):
            bytes.withUnsafeBytes { emit($0) }
        case (.notModified, _):
            prefix(validatorsEnd, emit)
        case (.partialContent, .ranges(let ranges)):
            let parts = MultipartRanges(boundary: plan.boundary, size: size, mediaType: mediaType)
            prefix(commonEnd, emit)
            var own: [UInt8] = []
            own.append("Content-Type: multipart/byteranges; boundary=")
            own.append(contentsOf: parts.boundary)
            own.append("\r\nContent-Length: ")
            own.appendDecimal(parts.contentLength(ranges))
            own.append("\r\n")
            own.withUnsafeBytes { emit($0) }
        case (.partialContent, .range(let range)):
            prefix(typeEnd, emit)
            literal("Content-Range: bytes ", emit)
            withDecimal(range.lowerBound, emit)
            literal("-", emit)
            withDecimal(range.upperBound - 1, emit)
            literal("/", emit)
            withDecimal(size, emit)
            literal("\r\nContent-Length: ", emit)
            withDecimal(range.count, emit)
            literal("\r\n", emit)
        case (.partialContent, _):
            preconditionFailure("a partial answer names its ranges")
        case (.rangeNotSatisfiable, _):
            literal("Content-Range: bytes */", emit)
            withDecimal(size, emit)
            literal("\r\nContent-Length: 0\r\n", emit)
        case (.methodNotAllowed, _):
            literal("Allow: GET, HEAD\r\nContent-Length: 0\r\n", emit)
        case (.preconditionFailed, _):
            literal("Content-Length: 0\r\n", emit)
        }
    }

    private func prefix(_ end: Int, _ emit: (UnsafeRawBufferPointer) -> Void) {
        bytes.withUnsafeBytes { emit(UnsafeRawBufferPointer(rebasing: $0[..<end])) }
    }

    private func literal(_ text: StaticString, _ emit: (UnsafeRawBufferPointer) -> Void) {
        emit(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

/// `"<mtime>-<size>"` in hexadecimal, as nginx writes it, so that clients' caches survive the move; a sibling adds its name.
///
/// As there, two versions of one size within one second share a tag.
package func entityTag(modified: Int, size: Int, coding: StaticCoding) -> [UInt8] {
    var tag: [UInt8] = []
    tag.reserveCapacity(40)
    tag.append("\"")
    tag.appendHex(UInt64(bitPattern: Int64(modified)))
    tag.append("-")
    tag.appendHex(UInt64(size))
    switch coding {
    case .identity: tag.append("\"")
    case .brotli: tag.append("-br\"")
    case .gzip: tag.append("-gz\"")
    }
    return tag
}
