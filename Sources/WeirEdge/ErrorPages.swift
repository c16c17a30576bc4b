import Glibc
import NIOCore
import WeirConfig
import WeirWire

/// The operator's own pages in place of the short texts of Weir's errors, in memory: an overloaded server reads no files.
package struct ErrorPages: Sendable {
    struct Page: Sendable {
        let contentType: String
        let body: ByteBuffer
    }

    package struct Unreadable: Error, CustomStringConvertible {
        package let description: String
    }

    private static let sizeMax = 256 << 10
    private static let statuses = 400..<600

    /// By status, from 400; empty without pages.
    private var pages: [Page?] = []

    package static let none = ErrorPages()

    private init() {}

    package init(_ settings: [ErrorPage]) throws(Unreadable) {
        guard !settings.isEmpty else { return }
        pages = Array(repeating: nil, count: Self.statuses.count)
        for page in settings where Self.statuses.contains(page.status) {
            pages[page.status - Self.statuses.lowerBound] = try Self.read(page)
        }
    }

    subscript(status: Int) -> Page? {
        pages.isEmpty || !Self.statuses.contains(status) ? nil : pages[status - Self.statuses.lowerBound]
    }

    private static func read(_ page: ErrorPage) throws(Unreadable) -> Page {
        let file = open(page.path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw Unreadable(description: "error page \(page.path): \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        var body = ByteBuffer()
        var piece = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(file, &piece, piece.count)
            guard count > 0 else { break }
            body.writeBytes(piece[..<count])
            guard body.readableBytes <= sizeMax else {
                throw Unreadable(description: "error page \(page.path) has more than \(sizeMax >> 10) KiB")
            }
        }
        return Page(contentType: contentType(of: page.path), body: body)
    }

    private static func contentType(of path: String) -> String {
        let name = path.lowercased()
        if name.hasSuffix(".html") || name.hasSuffix(".htm") { return "text/html; charset=utf-8" }
        return name.hasSuffix(".json") ? "application/json" : "text/plain; charset=utf-8"
    }
}
