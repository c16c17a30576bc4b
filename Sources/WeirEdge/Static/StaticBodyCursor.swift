import NIOCore

/// Walks a body in steps small enough for backpressure: the next step is asked for when the channel is writable again.
package struct StaticBodyCursor {
    package enum Step {
        case bytes(ByteBuffer)
        /// To be written as the file's region, with the file's promise.
        case file(OpenFile, Range<Int>)
        case end
        /// The file was cut short after its length had been promised. Only closing the connection tells the client.
        case truncated
    }

    private var pieces: [StaticBody.Piece]
    private var index = 0
    /// How much of the current piece has been handed out.
    private var offset = 0

    package init(_ body: StaticBody) {
        switch body {
        case .none: pieces = []
        case .bytes(let buffer): pieces = [.bytes(buffer)]
        case .file(let file, let range): pieces = [.file(file, range)]
        case .multipart(let parts): pieces = parts
        }
    }

    package mutating func next(limit: Int = 1 << 20) -> Step {
        guard index < pieces.count else { return .end }
        switch pieces[index] {
        case .bytes(let buffer):
            index += 1
            return .bytes(buffer)
        case .file(let file, let range):
            let start = range.lowerBound + offset
            let end = min(range.upperBound, start + limit)
            guard file.reaches(end) else { return .truncated }
            offset += end - start
            if end == range.upperBound {
                index += 1
                offset = 0
            }
            return .file(file, start..<end)
        }
    }
}
