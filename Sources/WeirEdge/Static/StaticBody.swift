import NIOCore
import WeirWire

/// What is to be written after the head. It keeps the descriptors open as long as it lives.
package enum StaticBody: Sendable {
    package enum Piece: Sendable {
        case bytes(ByteBuffer)
        case file(OpenFile, Range<Int>)
    }

    case none
    case bytes(ByteBuffer)
    case file(OpenFile, Range<Int>)
    /// In order; the first and the last are text.
    case multipart([Piece])
}

extension StaticFile {
    package func plan(_ request: StaticRequest) -> StaticPlan {
        var plan = StaticPlan(request, facts: facts)
        if case .ranges = plan.content { plan.boundary = .random(in: .min ... .max) }
        return plan
    }

    /// Appends what describes the answer's content: each field with its line end, without the empty line.
    ///
    /// Written here: Content-Type, Content-Length, Content-Range, Content-Encoding, Accept-Ranges, ETag, Last-Modified, Vary,
    /// Cache-Control, X-Content-Type-Options, Allow. All others are the connection's.
    package func writeFields(_ plan: StaticPlan, into buffer: inout ByteBuffer) {
        representation(plan.coding).fields.write(plan) { buffer.writeBytes($0) }
    }

    package func body(_ plan: StaticPlan) -> StaticBody {
        guard plan.sendsBody else { return .none }
        let representation = representation(plan.coding)
        let size = facts.representation(plan.coding).size
        switch plan.content {
        case .none:
            return .none
        case .whole:
            return piece(representation.content, 0..<size)
        case .range(let range):
            return piece(representation.content, range)
        case .ranges(let ranges):
            return multipart(ranges, representation, plan.boundary, size)
        }
    }

    private func piece(_ content: Content, _ range: Range<Int>) -> StaticBody {
        switch content {
        case .bytes(let buffer): .bytes(slice(buffer, range))
        case .file(let file): .file(file, range)
        }
    }

    private func multipart(
        _ ranges: [Range<Int>], _ representation: Representation, _ boundary: UInt64, _ size: Int
    ) -> StaticBody {
        let text = MultipartRanges(boundary: boundary, size: size, mediaType: representation.fields.mediaType)
        var pieces: [StaticBody.Piece] = []
        for range in ranges {
            pieces.append(.bytes(ByteBuffer(bytes: text.partHead(range))))
            switch representation.content {
            case .bytes(let buffer): pieces.append(.bytes(slice(buffer, range)))
            case .file(let file): pieces.append(.file(file, range))
            }
        }
        pieces.append(.bytes(ByteBuffer(bytes: text.closing)))
        return .multipart(pieces)
    }

    private func slice(_ buffer: ByteBuffer, _ range: Range<Int>) -> ByteBuffer {
        guard let slice = buffer.getSlice(at: buffer.readerIndex + range.lowerBound, length: range.count) else {
            preconditionFailure("a plan names only bytes its file has")
        }
        return slice
    }
}
