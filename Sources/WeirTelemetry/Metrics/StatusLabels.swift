/// The values that the label `status` may have: the codes in use by name, every other one by its class. Scripts choose
/// their status, and whoever chooses a label's values chooses how much memory the monitoring takes.
package enum StatusLabels {
    private static let codes = [
        101, 200, 201, 202, 204, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 406, 408, 409,
        410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502, 503,
        504, 505, 507, 508,
    ]
    private static let classes = ["1xx", "2xx", "3xx", "4xx", "5xx", "other"]

    package static let all: [String] = codes.map { "\($0)" } + classes

    private static let first = 100
    /// By the status less ``first``.
    private static let indexes: [UInt8] = (first..<600).map { status in
        UInt8(codes.firstIndex(of: status) ?? codes.count + status / 100 - 1)
    }

    package static func index(of status: Int) -> Int {
        guard status >= first && status < first + indexes.count else { return all.count - 1 }
        return Int(indexes[status - first])
    }
}

extension Counters {
    /// What was counted by status from `first` on, without the statuses that never occurred.
    package func statuses(from first: Int) -> [StatusCount] {
        StatusLabels.all.enumerated().compactMap { index, label in
            let count = sum(at: first + index)
            return count == 0 ? nil : StatusCount(status: label, count: count)
        }
    }
}

package struct StatusCount: Hashable, Sendable {
    package let status: String
    package let count: Int

    package init(status: String, count: Int) {
        self.status = status
        self.count = count
    }
}
