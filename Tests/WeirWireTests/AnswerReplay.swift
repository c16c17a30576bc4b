@testable import WeirWire

/// One answer as a test sees it: everything the parser says, taken out of the buffer.
struct ReplayedAnswer: Equatable {
    var status = 0
    var reason: String?
    var isHTTP11 = true
    var keepAlive = true
    var isUpgrade = false
    var keepAliveSeconds: UInt32?
    var contentLength: UInt64?
    var framing = ResponseHead.Framing.none
    var forwarded: [String] = []
    var dropped: [String] = []
    var body: [UInt8] = []
    var trailers: [String] = []

    init(_ head: ResponseHead, in bytes: UnsafeRawBufferPointer) {
        status = Int(head.status)
        reason = head.reason?.string(in: bytes)
        isHTTP11 = head.isHTTP11
        keepAlive = head.keepAlive
        isUpgrade = head.isUpgrade
        keepAliveSeconds = head.keepAliveSeconds
        contentLength = head.contentLength
        framing = head.framing
        for field in head.fields {
            let text = Self.text(field, in: bytes)
            if head.isForwarded(field, in: bytes) { forwarded.append(text) } else { dropped.append(text) }
        }
    }

    static func text(_ field: Field, in bytes: UnsafeRawBufferPointer) -> String {
        "\(field.name.string(in: bytes)): \(field.value.string(in: bytes))"
    }
}

/// Plays what a server sends in answer to one request, and then closes.
struct AnswerReplay: Equatable {
    /// The interim ones, and the last.
    var answers: [ReplayedAnswer] = []
    var refusal: ResponseError?
    /// The connection ended before the answer did.
    var isCut = false
    /// What follows the answer.
    var rest: [UInt8] = []

    init(_ pieces: [[UInt8]], method: Method = .get, limits: HeadLimits = HeadLimits()) {
        var parser = ResponseHeadParser()
        var head = ResponseHead()
        var body = ResponseBodyDecoder()
        var isInBody = false
        var isOver = false
        for piece in pieces {
            rest += piece
            do throws(ResponseError) {
                while !isOver {
                    if isInBody {
                        let view = exact(rest)
                        defer { view.deallocate() }
                        var offset = 0
                        reading: while true {
                            switch try body.next(view, at: &offset) {
                            case .data(let range): answers[answers.count - 1].body += view[range]
                            case .needMore: break reading
                            case .end:
                                isOver = true
                                break reading
                            }
                        }
                        rest.removeFirst(offset)
                        break
                    }
                    let view = exact(rest)
                    defer { view.deallocate() }
                    guard try parser.parse(view, limits: limits, method: method, into: &head) else { break }
                    answers.append(ReplayedAnswer(head, in: view))
                    rest.removeFirst(head.byteCount)
                    guard !head.isInterim else { continue }
                    body.begin(head.framing)
                    isInBody = true
                }
            } catch {
                refusal = error
                rest = []
                return
            }
        }
        isCut = !isOver && !(isInBody && body.mayEndWithConnection)
        guard isOver else { return }
        let trailers = body.trailers
        answers[answers.count - 1].trailers = trailers.bytes.withUnsafeBytes { bytes in
            trailers.fields.map { ReplayedAnswer.text($0, in: bytes) }
        }
    }
}
