/// The next time in a zone whose clocks are put forward and back. As Vixie's cron has it, a line with a time of day
/// (`30 2 * * *`) is due once a day: what the clocks skip is due at the moment they skip it, and what they show a second
/// time is not due again. A line whose minute or hour begins with `*` is due whenever its minutes pass. Clocks that are
/// put by three hours or more were not put for summer: then the new time is simply the time.
extension CronSchedule {
    private static let summerTimeMax = 3 * 3_600

    /// The first moment after `time` at which it is due, in seconds since 1970; nil: never, as far as anybody can see.
    package func next(after time: Int, in zone: TimeZoneTable) -> Int? {
        var period = zone.period(of: time)
        if let found = next(from: time + 1, in: period, of: zone) { return found }
        while period < zone.transitions.count {
            period += 1
            let start = zone.transitions[period - 1].at
            if isSkipped(by: period, of: zone) { return start }
            if let found = next(from: start, in: period, of: zone) { return found }
        }
        return nil
    }

    /// Within one period of a constant offset.
    private func next(from time: Int, in period: Int, of zone: TimeZoneTable) -> Int? {
        let offset = zone.offset(in: period)
        var local = time + offset
        if !isPeriodic, period > 0 {
            let shown = zone.transitions[period - 1].at + zone.offset(in: period - 1)
            if shown - zone.transitions[period - 1].at - offset < Self.summerTimeMax { local = max(local, shown) }
        }
        let end = period < zone.transitions.count ? zone.transitions[period].at + offset : Int.max
        return firstMatch(from: local, before: end).map { $0 - offset }
    }

    /// Whether the clocks skip a time of this line when the period begins.
    private func isSkipped(by period: Int, of zone: TimeZoneTable) -> Bool {
        guard !isPeriodic else { return false }
        let at = zone.transitions[period - 1].at
        let from = at + zone.offset(in: period - 1)
        let to = at + zone.offset(in: period)
        guard to > from, to - from < Self.summerTimeMax else { return false }
        return firstMatch(from: from, before: to) != nil
    }
}
