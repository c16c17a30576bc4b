/// A representation's entity tag and date against a request's preconditions (RFC 9110, 13.2.2, in its order).
struct Validators {
    enum Outcome: Equatable { case proceed, notModified, failed }

    var entityTag: [UInt8]
    var lastModified: Int

    /// The request is GET or HEAD: for these a failed If-None-Match is a 304.
    func evaluate(_ request: StaticRequest) -> Outcome {
        if let field = request.ifMatch {
            guard matches(field, strongly: true) else { return .failed }
        } else if let date = request.ifUnmodifiedSince, lastModified > date {
            return .failed
        }
        if let field = request.ifNoneMatch {
            return matches(field, strongly: false) ? .notModified : .proceed
        }
        if let date = request.ifModifiedSince, lastModified <= date { return .notModified }
        return .proceed
    }

    /// If-Range: whether what the client holds is a part of what there is now.
    func allowRange(_ request: StaticRequest) -> Bool {
        guard let field = request.ifRange else { return true }
        if let date = request.ifRangeDate {
            // A file may change twice within a second: its date identifies the content only once that second is over.
            return date == lastModified && request.now > lastModified
        }
        var scanner = FieldScanner(field)
        guard let tag = scanner.entityTag() else { return false }
        scanner.skipBlanks()
        return scanner.isAtEnd && !tag.isWeak && equals(tag.bytes)
    }

    /// Our own tags are strong, so a weak one of the request's can match only weakly.
    private func matches(_ field: UnsafeRawBufferPointer, strongly: Bool) -> Bool {
        var scanner = FieldScanner(field)
        scanner.skipSeparators()
        if scanner.take(UInt8(ascii: "*")) {
            scanner.skipBlanks()
            return scanner.isAtEnd
        }
        while let tag = scanner.entityTag() {
            if equals(tag.bytes), !(strongly && tag.isWeak) { return true }
            scanner.skipBlanks()
            // Anything but a comma here is not a list: what follows cannot be trusted to be a tag.
            guard scanner.take(UInt8(ascii: ",")) else { return false }
            scanner.skipSeparators()
        }
        return false
    }

    private func equals(_ other: UnsafeRawBufferPointer) -> Bool {
        entityTag.withUnsafeBytes { $0.count == other.count && $0.elementsEqual(other) }
    }
}
