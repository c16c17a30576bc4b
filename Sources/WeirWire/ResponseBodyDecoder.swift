/// Finds the end of an answer's body, however it is framed, as it arrives.
package struct ResponseBodyDecoder: Sendable {
    private var framing = ResponseHead.Framing.none
    private var chunks = ChunkedDecoder(keepsTrailers: true)

    package init() {}

    /// For the body that follows a head.
    package mutating func begin(_ framing: ResponseHead.Framing) {
        self.framing = framing
        if framing == .chunked { chunks.reset() }
    }

    /// The next thing in `bytes` at or after `offset`, which moves past it; see ``ChunkedDecoder/next(_:at:)``.
    package mutating func next(
        _ bytes: UnsafeRawBufferPointer, at offset: inout Int
    ) throws(ResponseError) -> ChunkEvent {
        let arrived = bytes.count &- offset
        switch framing {
        case .none, .length(0): return .end
        case .length(let left):
            guard arrived > 0 else { return .needMore }
            let count = Int(Swift.min(left, UInt64(arrived)))
            framing = .length(left &- UInt64(count))
            offset &+= count
            return .data(offset &- count..<offset)
        case .chunked:
            do throws(RequestError) {
                return try chunks.next(bytes, at: &offset)
            } catch {
                throw ResponseError(error.reason)
            }
        case .untilClose:
            guard arrived > 0 else { return .needMore }
            offset = bytes.count
            return .data(offset &- arrived..<offset)
        }
    }

    /// Whether a body that the connection's end has cut is whole.
    package var mayEndWithConnection: Bool { framing == .untilClose }

    /// What came after a chunked body that has ended.
    package var trailers: TrailerFields { TrailerFields(lines: framing == .chunked ? chunks.trailerLines : []) }
}
