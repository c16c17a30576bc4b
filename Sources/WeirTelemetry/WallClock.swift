import Glibc

/// Time of day as logs show it.
package enum WallClock {
    package static var now: (seconds: Int, nanoseconds: Int) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return (time.tv_sec, time.tv_nsec)
    }

    /// `2026-11-21T09:00:00.123Z`
    package static func appendISO8601(_ time: (seconds: Int, nanoseconds: Int), to line: inout [UInt8]) {
        var seconds = time_t(time.seconds)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        line.append(number: Int(parts.tm_year) + 1900)
        for (separator, value) in [
            ("-", parts.tm_mon + 1), ("-", parts.tm_mday), ("T", parts.tm_hour), (":", parts.tm_min),
            (":", parts.tm_sec),
        ] as [(Character, Int32)] {
            line.append(separator.asciiValue ?? 0)
            line.append(UInt8(ascii: "0") + UInt8(value / 10))
            line.append(UInt8(ascii: "0") + UInt8(value % 10))
        }
        let milliseconds = time.nanoseconds / 1_000_000
        line.append(UInt8(ascii: "."))
        for divisor in [100, 10, 1] { line.append(UInt8(ascii: "0") + UInt8(milliseconds / divisor % 10)) }
        line.append(UInt8(ascii: "Z"))
    }
}

extension WallClock {
    /// `21/Nov/2026:09:00:00 +0000`
    package static func appendCommonLogTime(_ time: Int, to line: inout [UInt8]) {
        var seconds = time_t(time)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 40)
        let count = strftime(&text, text.count, "%d/%b/%Y:%H:%M:%S +0000", &parts)
        for index in 0..<count { line.append(UInt8(bitPattern: text[index])) }
    }
}
