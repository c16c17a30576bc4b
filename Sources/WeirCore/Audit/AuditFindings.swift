/// What survived requests, each thing once however often it was found. Bounded: an application that leaks everywhere has
/// enough to begin with.
package struct AuditFindings: Sendable {
    package static let max = 2_000

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
        package var report: Report
        /// Of the first request that did it.
        package var firstPath: String
    }

    /// What a worker says of it, the later the more.
    package struct Report: Hashable, Sendable {
        /// Values, or for a growth counts.
        package var before: String
        package var after: String
        /// That changed it so far, in the worker that has seen most of it.
        package var requests: Int
        /// `initialisation`, `change`, `growth` or `request-data`.
        package var severity: String

        package init(before: String, after: String, requests: Int = 1, severity: String) {
            self.before = before
            self.after = after
            self.requests = requests
            self.severity = severity
        }
    }

    /// In the order in which they were found.
    package private(set) var list: [Finding] = []
    /// Subjects beyond the bound.
    package private(set) var isFull = false
    private var indexes: [Subject: Int] = [:]
    /// As it was told last, in the order of the list.
    private var told: [Report] = []

    package init() {}

    /// Returns the finding when it should be told: the first time, when it turns out to be something else, and whenever ten
    /// times as many requests did it.
    ///
    /// Worked row: reported after 1, 2, 4, … 512 requests, told at the 1st, the 16th and the 256th.
    package mutating func add(_ subject: Subject, _ report: Report, path: String) -> Finding? {
        guard let index = indexes[subject] else {
            guard list.count < Self.max else {
                isFull = true
                return nil
            }
            indexes[subject] = list.count
            told.append(report)
            list.append(Finding(subject: subject, report: report, firstPath: path))
            return list.last
        }
        // Of two workers' reports the one that knows more.
        guard report.requests >= list[index].report.requests else { return nil }
        list[index].report = report
        let isNews = report.severity != told[index].severity || report.requests >= told[index].requests * 10
        guard isNews else { return nil }
        told[index] = report
        return list[index]
    }
}
