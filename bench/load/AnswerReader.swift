/// Finds the end of one HTTP/1.1 answer in the bytes of a connection. It shares no code with the server that it is used
/// to measure.
struct AnswerReader {
    enum Progress: Equatable {
        case incomplete
        /// `keepsConnection`: the next request may use it.
        case complete(status: Int, keepsConnection: Bool)
        case malformed
    }

    private enum Body {
        case counted(left: Int)
        case chunked(Chunks)
        case untilClose
    }
    private enum Chunks {
        case size(Int, digits: Int)
        /// What comes after the digits of a size, up to the end of the line.
        case sizeRest(Int)
        case data(left: Int)
        /// The line end after a chunk's data.
        case dataEnd
        case trailer(lineLength: Int)
    }

    private static let longestHead = 65_536
    private static let headEnd = Array("\r\n\r\n".utf8)

    private var head: [UInt8] = []
    private var body: Body?
    private var status = 0
    private var keepsConnection = false
    /// Whether a byte of the answer has arrived.
    private(set) var hasBegun = false

    mutating func reset() {
        head.removeAll(keepingCapacity: true)
        body = nil
        hasBegun = false
    }

    mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) -> Progress {
        hasBegun = hasBegun || !bytes.isEmpty
        var position = 0
        if body == nil {
            while position < bytes.count {
                head.append(bytes[position])
                position += 1
                if bytes[position - 1] == 0x0a, head.suffix(4).elementsEqual(Self.headEnd) {
                    guard parseHead() else { return .malformed }
                    // 100 Continue and its like go before the answer.
                    if (100..<200).contains(status) {
                        head.removeAll(keepingCapacity: true)
                        body = nil
                        continue
                    }
                    break
                }
            }
            if body == nil { return head.count > Self.longestHead ? .malformed : .incomplete }
        }
        return readBody(UnsafeBufferPointer(rebasing: bytes[position...]))
    }

    /// The server has closed the connection.
    func end() -> Progress {
        guard case .untilClose? = body else { return .incomplete }
        return .complete(status: status, keepsConnection: false)
    }

    private mutating func readBody(_ bytes: UnsafeBufferPointer<UInt8>) -> Progress {
        switch body {
        case .counted(let left) where bytes.count < left:
            body = .counted(left: left - bytes.count)
            return .incomplete
        case .counted(let left):
            // Bytes beyond the answer belong to nothing that was asked for.
            return bytes.count == left ? complete : .malformed
        case .chunked(let chunks):
            return readChunks(bytes, from: chunks)
        case .untilClose, nil:
            return .incomplete
        }
    }

    private var complete: Progress { .complete(status: status, keepsConnection: keepsConnection) }

    private mutating func readChunks(_ bytes: UnsafeBufferPointer<UInt8>, from state: Chunks) -> Progress {
        var state = state
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            switch state {
            case .size(let size, let digits):
                if let digit = Self.hexadecimal(byte) {
                    guard digits < 12 else { return .malformed }
                    state = .size(size << 4 | digit, digits: digits + 1)
                    position += 1
                } else {
                    guard digits > 0 else { return .malformed }
                    state = .sizeRest(size)
                }
            case .sizeRest(let size):
                if byte == 0x0a { state = size == 0 ? .trailer(lineLength: 0) : .data(left: size) }
                position += 1
            case .data(let left):
                let taken = min(left, bytes.count - position)
                position += taken
                state = taken == left ? .dataEnd : .data(left: left - taken)
            case .dataEnd:
                guard byte == 0x0d || byte == 0x0a else { return .malformed }
                if byte == 0x0a { state = .size(0, digits: 0) }
                position += 1
            case .trailer(let length):
                position += 1
                if byte == 0x0a {
                    if length == 0 { return position == bytes.count ? complete : .malformed }
                    state = .trailer(lineLength: 0)
                } else if byte != 0x0d {
                    state = .trailer(lineLength: length + 1)
                }
            }
        }
        body = .chunked(state)
        return .incomplete
    }

    private static func hexadecimal(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte - 0x30)
        case 0x41...0x46: Int(byte - 0x41 + 10)
        case 0x61...0x66: Int(byte - 0x61 + 10)
        default: nil
        }
    }
}

extension AnswerReader {
    /// Once a request, over some hundred bytes: plain code will do.
    private mutating func parseHead() -> Bool {
        let lines = head.split(separator: 0x0a).map { $0.last == 0x0d ? $0.dropLast() : $0 }
        guard let first = lines.first, first.count >= 12, first.starts(with: Array("HTTP/1.".utf8)),
            let code = Int(String(decoding: first.dropFirst(9).prefix(3), as: UTF8.self)), (100...599).contains(code)
        else { return false }
        status = code
        keepsConnection = first[first.startIndex + 7] == 0x31
        var length: Int?
        var isChunked = false
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: 0x3a) else { continue }
            switch colon - line.startIndex {
            case 14 where Self.matches(line, "content-length:"):
                guard let number = Int(Self.value(line, after: colon)), number >= 0 else { return false }
                length = number
            case 17 where Self.matches(line, "transfer-encoding:"):
                isChunked = Self.value(line, after: colon).lowercased() == "chunked"
            case 10 where Self.matches(line, "connection:"):
                let word = Self.value(line, after: colon).lowercased()
                keepsConnection = word == "keep-alive" || keepsConnection && word != "close"
            default:
                continue
            }
        }
        if code < 200 || code == 204 || code == 304 {
            body = .counted(left: 0)
        } else if isChunked {
            body = .chunked(.size(0, digits: 0))
        } else if let length {
            body = .counted(left: length)
        } else {
            body = .untilClose
            keepsConnection = false
        }
        return true
    }

    private static func matches(_ line: ArraySlice<UInt8>, _ name: StaticString) -> Bool {
        var index = line.startIndex
        for offset in 0..<name.utf8CodeUnitCount {
            guard line[index] | 0x20 == name.utf8Start[offset] | 0x20 else { return false }
            index += 1
        }
        return true
    }

    private static func value(_ line: ArraySlice<UInt8>, after colon: Int) -> String {
        let rest = line[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }
        return String(decoding: rest.prefix { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self)
    }
}
