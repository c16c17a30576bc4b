@testable import WeirWire

/// One request as a test sees it: everything the parser says, taken out of the buffer.
struct ReplayedRequest: Equatable {
    var method = Method.other
    var methodText = ""
    var target = ""
    var path = ""
    var query: String?
    var authority = ""
    var form = TargetForm.origin
    var isHTTP11 = true
    var keepAlive = true
    var expectsContinue = false
    var requestsUpgrade = false
    var fields: [String] = []
    var unplain = 0
    var body: [UInt8]?
}

/// Plays a client's bytes to the parsers the way a connection does: in pieces, with a buffer that starts at what has
/// not been taken yet.
struct Replay: Equatable {
    var requests: [ReplayedRequest] = []
    var refusal: RequestError?
    /// What is left that makes no whole request.
    var rest: [UInt8] = []
    var isInsideRequest = false

    init(_ pieces: [[UInt8]], limits: HeadLimits = HeadLimits()) {
        var parser = RequestHeadParser()
        var head = RequestHead()
        var chunks = ChunkedDecoder()
        var request: ReplayedRequest?
        var body: [UInt8] = []
        for piece in pieces {
            rest += piece
            do throws(RequestError) {
                var progress = true
                while progress {
                    progress = false
                    if request == nil {
                        guard !rest.isEmpty else { break }
                        let view = exact(rest)
                        defer { view.deallocate() }
                        guard try parser.parse(view, limits: limits, into: &head) else { break }
                        request = ReplayedRequest(head, in: view)
                        rest.removeFirst(head.byteCount)
                        chunks.reset()
                        body = []
                    }
                    switch head.framing {
                    case .none: progress = true
                    case .length(let length):
                        guard rest.count >= Int(length) else { break }
                        request?.body = Array(rest.prefix(Int(length)))
                        rest.removeFirst(Int(length))
                        progress = true
                    case .chunked:
                        let view = exact(rest)
                        defer { view.deallocate() }
                        var offset = 0
                        reading: while true {
                            switch try chunks.next(view, at: &offset) {
                            case .data(let range): body += view[range]
                            case .needMore: break reading
                            case .end:
                                request?.body = body
                                progress = true
                                break reading
                            }
                        }
                        rest.removeFirst(offset)
                    }
                    if progress, let done = request {
                        requests.append(done)
                        request = nil
                    }
                }
            } catch {
                refusal = error
                rest = []
                return
            }
        }
        isInsideRequest = request != nil
    }
}

/// A copy of exactly this size, so that reading past the end does not go unnoticed under a sanitizer.
func exact(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    memory.copyBytes(from: bytes)
    return UnsafeRawBufferPointer(memory)
}

extension ReplayedRequest {
    init(_ head: RequestHead, in bytes: UnsafeRawBufferPointer) {
        method = head.method
        methodText = head.methodRange.string(in: bytes)
        target = head.target.string(in: bytes)
        path = head.path.string(in: bytes)
        query = head.query?.string(in: bytes)
        authority = head.authority.string(in: bytes)
        form = head.form
        isHTTP11 = head.isHTTP11
        keepAlive = head.keepAlive
        expectsContinue = head.expectsContinue
        requestsUpgrade = head.requestsUpgrade
        fields = head.fields.map { "\($0.name.string(in: bytes)): \($0.value.string(in: bytes))" }
        unplain = head.fields.count { !$0.hasPlainName }
    }
}

/// A repeatable source of splits and bytes.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Every way a test lets bytes arrive: whole, byte by byte, and cut at random.
func arrivals(of bytes: [UInt8], seed: UInt64) -> [[[UInt8]]] {
    var generator = SeededGenerator(seed: seed)
    var ways = [[bytes], bytes.map { [$0] }]
    for _ in 0..<8 {
        var pieces: [[UInt8]] = []
        var index = 0
        while index < bytes.count {
            let count = min(Int.random(in: 1...(1 + bytes.count / 3), using: &generator), bytes.count - index)
            pieces.append(Array(bytes[index..<(index + count)]))
            index += count
        }
        ways.append(pieces)
    }
    return ways
}

func withBytes<R>(_ text: String, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try Array(text.utf8).withUnsafeBytes(body)
}
