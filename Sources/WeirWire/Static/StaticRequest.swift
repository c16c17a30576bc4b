/// What a request says about the file it wants, as it arrived: nothing is copied, so this lives no longer than the head.
///
/// A field that came in several lines is handed over joined with commas, or, for `Range` and `If-Range`, not at all.
package struct StaticRequest {
    package enum Method: Sendable { case get, head, other }

    package var method: Method
    package var ifMatch: UnsafeRawBufferPointer?
    package var ifNoneMatch: UnsafeRawBufferPointer?
    /// Seconds since 1970; nil when the field is absent or no valid date, which mean the same (RFC 9110, 13.1.3).
    package var ifModifiedSince: Int?
    package var ifUnmodifiedSince: Int?
    /// As it arrived: an entity tag or a date.
    package var ifRange: UnsafeRawBufferPointer?
    /// The same field when it holds a date.
    package var ifRangeDate: Int?
    package var range: UnsafeRawBufferPointer?
    package var acceptEncoding: UnsafeRawBufferPointer?
    /// Seconds since 1970: decides whether a modification date is old enough to resume a download by.
    package var now: Int

    package init(method: Method, now: Int) {
        self.method = method
        self.now = now
    }
}

/// The forms in which one file may lie on disk.
package enum StaticCoding: Sendable { case identity, brotli, gzip }

/// What a plan needs to know of a file.
package struct StaticFacts: Sendable {
    package struct Representation: Sendable {
        package var size: Int
        /// With its quotes. Always strong.
        package var entityTag: [UInt8]

        package init(size: Int, entityTag: [UInt8]) {
            self.size = size
            self.entityTag = entityTag
        }
    }

    /// Seconds since 1970, of the file itself: its siblings decode to the same content, so they share its date.
    package var lastModified: Int
    package var identity: Representation
    package var brotli: Representation?
    package var gzip: Representation?

    package init(lastModified: Int, identity: Representation) {
        self.lastModified = lastModified
        self.identity = identity
    }

    package var varies: Bool { brotli != nil || gzip != nil }

    package func representation(_ coding: StaticCoding) -> Representation {
        switch coding {
        case .identity: identity
        case .brotli: brotli ?? identity
        case .gzip: gzip ?? identity
        }
    }
}
