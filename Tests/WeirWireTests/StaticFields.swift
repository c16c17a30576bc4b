@testable import WeirWire

/// A request's fields as text, for tables.
struct StaticFields: Sendable {
    var method = StaticRequest.Method.get
    var ifMatch: String?
    var ifNoneMatch: String?
    var ifModifiedSince: Int?
    var ifUnmodifiedSince: Int?
    var ifRange: String?
    var ifRangeDate: Int?
    var range: String?
    var acceptEncoding: String?
    var now = 1_000_000_000

    func plan(_ facts: StaticFacts) -> StaticPlan {
        var memory: [UnsafeMutableRawBufferPointer] = []
        defer { memory.forEach { $0.deallocate() } }
        func bytes(_ text: String?) -> UnsafeRawBufferPointer? {
            guard let text else { return nil }
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
            copy.copyBytes(from: text.utf8)
            memory.append(copy)
            return UnsafeRawBufferPointer(copy)
        }
        var request = StaticRequest(method: method, now: now)
        request.ifMatch = bytes(ifMatch)
        request.ifNoneMatch = bytes(ifNoneMatch)
        request.ifModifiedSince = ifModifiedSince
        request.ifUnmodifiedSince = ifUnmodifiedSince
        request.ifRange = bytes(ifRange)
        request.ifRangeDate = ifRangeDate
        request.range = bytes(range)
        request.acceptEncoding = bytes(acceptEncoding)
        return StaticPlan(request, facts: facts)
    }
}
