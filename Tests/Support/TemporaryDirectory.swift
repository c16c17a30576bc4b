import Foundation

/// A directory that goes with the test. Weir started as root serves as an ordinary user, so that everything in it can
/// be read by all.
package final class TemporaryDirectory {
    package let path: String

    package init(in parent: String = NSTemporaryDirectory()) throws {
        var template = Array((parent + (parent.hasSuffix("/") ? "" : "/") + "weir-e2e-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw TestFailure("mkdtemp in \(parent): \(lastError())") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(path, 0o755)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of what is called so in it.
    package func callAsFunction(_ name: String) -> String { path + "/" + name }

    @discardableResult
    package func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

    @discardableResult
    package func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let url = URL(fileURLWithPath: self(name))
        try makeDirectory((name as NSString).deletingLastPathComponent)
        try Data(bytes).write(to: url)
        chmod(url.path, 0o644)
        return url.path
    }

    /// A directory that whoever Weir runs as may write to.
    @discardableResult
    package func makeDirectory(_ name: String, mode: mode_t = 0o755) throws -> String {
        guard !name.isEmpty else { return path }
        try FileManager.default.createDirectory(atPath: self(name), withIntermediateDirectories: true)
        chmod(self(name), mode)
        return self(name)
    }

    package func names(_ name: String = ".") -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: self(name)))?.sorted() ?? []
    }
}

package struct TestFailure: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

package func lastError() -> String { String(cString: strerror(errno)) }
