/// What is wrong with the end of a head's line, whoever sent it.
enum HeadLineFault: Error {
    case loneLF, loneCR, control, tooLong

    var reason: StaticString {
        switch self {
        case .loneLF: "a line ends with LF alone"
        case .loneCR: "a CR that ends no line"
        case .control: "a control character in the head"
        case .tooLong: "a line beyond its limit"
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Where the CR LF of the current line starts; nil while it has not arrived. Nothing at or after `limit` is looked
    /// at, so that the outcome does not depend on how much has arrived.
    ///
    /// - Parameter scanned: no byte of the line before this one ends it; moved on while the end is missing.
    @inline(__always)
    func lineEnd(scanned: inout Int, before limit: Int) throws(HeadLineFault) -> Int? {
        let window = Swift.min(count, limit)
        let stop = firstControl(from: scanned, to: window)
        if stop < window {
            guard self[stop] == UInt8(ascii: "\r") else { throw self[stop] == UInt8(ascii: "\n") ? .loneLF : .control }
            if stop &+ 1 < window {
                guard self[stop &+ 1] == UInt8(ascii: "\n") else { throw .loneCR }
                return stop
            }
        }
        guard window < limit else { throw .tooLong }
        scanned = stop
        return nil
    }
}
