/// The text around the parts of a `multipart/byteranges` answer (RFC 9110, 14.6).
package struct MultipartRanges {
    package let boundary: [UInt8]
    private let size: Int
    private let mediaType: [UInt8]

    package init(boundary: UInt64, size: Int, mediaType: [UInt8]) {
        var name: [UInt8] = []
        // Never shorter: a boundary of few digits would be likelier to occur in the file.
        name.append("weir-")
        for shift in stride(from: 56, through: 0, by: -8) {
            let byte = UInt8(truncatingIfNeeded: boundary >> UInt64(shift))
            name.appendHex(UInt64(byte >> 4))
            name.appendHex(UInt64(byte & 15))
        }
        self.boundary = name
        self.size = size
        self.mediaType = mediaType
    }

    package func partHead(_ range: Range<Int>) -> [UInt8] {
        var head: [UInt8] = []
        head.append("\r\n--", boundary)
        head.append("\r\nContent-Type: ", mediaType)
        head.append("\r\nContent-Range: bytes ")
        head.appendDecimal(range.lowerBound)
        head.append("-")
        head.appendDecimal(range.upperBound - 1)
        head.append("/")
        head.appendDecimal(size)
        head.append("\r\n\r\n")
        return head
    }

    package var closing: [UInt8] {
        var closing: [UInt8] = []
        closing.append("\r\n--", boundary)
        closing.append("--\r\n")
        return closing
    }

    package func contentLength(_ ranges: [Range<Int>]) -> Int {
        ranges.reduce(closing.count) { $0 + partHead($1).count + $1.count }
    }
}
