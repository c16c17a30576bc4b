/// A time zone as a value: how far its clocks are ahead of UTC, from which moment on. Seconds since 1970 throughout.
package struct TimeZoneTable: Hashable, Sendable {
    package struct Transition: Hashable, Sendable {
        package var at: Int
        /// Seconds east of UTC from then on.
        package var offset: Int

        package init(at: Int, offset: Int) {
            self.at = at
            self.offset = offset
        }
    }

    /// Before the first transition.
    package let initialOffset: Int
    /// In order, each at another moment.
    package let transitions: [Transition]

    package static let utc = TimeZoneTable(initialOffset: 0, transitions: [])

    package init(initialOffset: Int, transitions: [Transition]) {
        self.initialOffset = initialOffset
        self.transitions = transitions
    }

    /// Where `time` lies: how many transitions are not after it.
    package func period(of time: Int) -> Int {
        var (low, high) = (0, transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].at <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// In that period.
    package func offset(in period: Int) -> Int { period == 0 ? initialOffset : transitions[period - 1].offset }

    package func offset(at time: Int) -> Int { offset(in: period(of: time)) }
}
