/// What survived requests, each thing once however often it was found. Bounded: an application that leaks everywhere has
/// enough to begin with.
package struct AuditFindings: Sendable {
    package static let max = 500

    package struct Subject: Hashable, Sendable {
        /// `static`, `global`, `ini`, …
        package var kind: String
        package var name: String
        /// `file:line`, or empty.
        package var place: String

        package init(kind: String, name: String, place: String) {
            self.kind = kind
            self.name = name
            self.place = place
        }
    }

    package struct Finding: Hashable, Sendable {
        package var subject: Subject
        /// Before the first of the requests, and after the latest.
        package var before: String
        package var after: String
        package var requests: Int
        package var firstPath: String
    }

    /// In the order in which they were found.
    package private(set) var list: [Finding] = []
    /// Subjects beyond the bound.
    package private(set) var isFull = false
    private var indexes: [Subject: Int] = [:]

    package init() {}

    /// Returns the finding when it should be told: the first time, and whenever the requests are a power of ten.
    ///
    /// Worked row: found by 512 requests, told at the 1st, the 10th and the 100th.
    package mutating func add(_ subject: Subject, before: String, after: String, path: String) -> Finding? {
        guard let index = indexes[subject] else {
            guard list.count < Self.max else {
                isFull = true
                return nil
            }
            indexes[subject] = list.count
            list.append(Finding(subject: subject, before: before, after: after, requests: 1, firstPath: path))
            return list.last
        }
        list[index].after = after
        list[index].requests += 1
        return Self.isPowerOfTen(list[index].requests) ? list[index] : nil
    }

    private static func isPowerOfTen(_ number: Int) -> Bool {
        var rest = number
        while rest > 1, rest % 10 == 0 { rest /= 10 }
        return rest == 1
    }
}
