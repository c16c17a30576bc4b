// The request line: method, target, version, with one space between them and none around them (RFC 9112, 3).
extension RequestHead {
    mutating func parseRequestLine(_ bytes: UnsafeRawBufferPointer, _ lower: Int, _ upper: Int) throws(RequestError) {
        var index = lower
        while index < upper, bytes[index].isToken { index &+= 1 }
        guard index > lower, index < upper, bytes[index] == UInt8(ascii: " ") else { throw .bad("a malformed method") }
        methodRange = ByteRange(lower, index)
        method = Method(bytes.slice(lower, index))

        let targetStart = index &+ 1
        index = targetStart
        var question = upper
        while index < upper, bytes[index].isTarget {
            if bytes[index] == UInt8(ascii: "?"), question == upper { question = index }
            index &+= 1
        }
        guard index > targetStart, index < upper, bytes[index] == UInt8(ascii: " ") else {
            throw .bad("a malformed request target")
        }
        let targetEnd = index
        try parseVersion(bytes, targetEnd &+ 1, upper)
        // A tunnel is nothing a server of applications can open.
        guard method != .connect else { throw RequestError(status: 501, reason: "CONNECT is not implemented") }

        target = ByteRange(targetStart, targetEnd)
        let pathEnd = Swift.min(question, targetEnd)
        query = question < targetEnd ? ByteRange(question &+ 1, targetEnd) : nil
        if bytes[targetStart] == UInt8(ascii: "/") {
            form = .origin
            path = ByteRange(targetStart, pathEnd)
        } else if bytes[targetStart] == UInt8(ascii: "*"), targetEnd == targetStart &+ 1, method == .options {
            form = .asterisk
            path = target
        } else {
            form = .absolute
            var pathStart = try schemeEnd(bytes, targetStart, pathEnd)
            let authorityStart = pathStart
            while pathStart < pathEnd, bytes[pathStart] != UInt8(ascii: "/") { pathStart &+= 1 }
            guard Authority.isValid(bytes.slice(authorityStart, pathStart)) else {
                throw .bad("a malformed authority in the request target")
            }
            authority = ByteRange(authorityStart, pathStart)
            path = ByteRange(pathStart, pathEnd)
        }
    }

    private mutating func parseVersion(
        _ bytes: UnsafeRawBufferPointer, _ lower: Int, _ upper: Int
    ) throws(RequestError) {
        guard upper &- lower == 8, bytes.slice(lower, lower &+ 5).equals("HTTP/"), bytes[lower &+ 5].isDigit,
            bytes[lower &+ 6] == UInt8(ascii: "."), bytes[lower &+ 7].isDigit
        else { throw .bad("a malformed HTTP version") }
        guard bytes[lower &+ 5] == UInt8(ascii: "1") else {
            throw RequestError(status: 505, reason: "not a version of HTTP/1")
        }
        // RFC 9110, 2.5: a higher minor version is answered as the highest one implemented.
        isHTTP11 = bytes[lower &+ 7] != UInt8(ascii: "0")
    }

    /// Where the authority of an absolute form starts.
    private func schemeEnd(_ bytes: UnsafeRawBufferPointer, _ lower: Int, _ upper: Int) throws(RequestError) -> Int {
        if upper &- lower >= 7, bytes.slice(lower, lower &+ 4).equalsIgnoringCase("http"),
            bytes.slice(lower &+ 4, lower &+ 7).equals("://")
        {
            return lower &+ 7
        }
        if upper &- lower >= 8, bytes.slice(lower, lower &+ 5).equalsIgnoringCase("https"),
            bytes.slice(lower &+ 5, lower &+ 8).equals("://")
        {
            return lower &+ 8
        }
        throw .bad("the request target is neither a path nor an http URI")
    }
}

extension Method {
    fileprivate init(_ name: UnsafeRawBufferPointer) {
        switch name.count {
        case 3: self = name.equals("GET") ? .get : name.equals("PUT") ? .put : .other
        case 4: self = name.equals("POST") ? .post : name.equals("HEAD") ? .head : .other
        case 5: self = name.equals("PATCH") ? .patch : name.equals("TRACE") ? .trace : .other
        case 6: self = name.equals("DELETE") ? .delete : .other
        case 7: self = name.equals("OPTIONS") ? .options : name.equals("CONNECT") ? .connect : .other
        default: self = .other
        }
    }
}
