/// A size in bytes. Never a bare `Int` of megabytes.
package struct Bytes: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral {
    package var count: Int

    package init(_ count: Int) { self.count = count }
    package init(integerLiteral value: Int) { self.count = value }

    package static func kibibytes(_ value: Int) -> Bytes { Bytes(value << 10) }
    package static func mebibytes(_ value: Int) -> Bytes { Bytes(value << 20) }
    package static func gibibytes(_ value: Int) -> Bytes { Bytes(value << 30) }

    package static func < (a: Bytes, b: Bytes) -> Bool { a.count < b.count }
}
