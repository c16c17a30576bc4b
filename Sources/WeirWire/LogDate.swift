/// Times as logs show them, in UTC, from seconds since 1970-01-01 00:00.
package enum LogDate {
    /// The most that any of them takes.
    package static let byteCount = 32

    /// `2026-11-21T09:00:00.123Z`
    package static func writeISO8601(seconds: Int, nanoseconds: Int = 0, to writer: inout ByteWriter) {
        let date = CalendarDate(unixSeconds: seconds)
        date.writeYear(to: &writer)
        writer.write("-")
        writer.write(twoDigits: date.month)
        writer.write("-")
        writer.write(twoDigits: date.day)
        writer.write("T")
        date.writeTime(to: &writer)
        writer.write(".")
        let milliseconds = nanoseconds / 1_000_000
        writer.write(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: milliseconds / 100))
        writer.write(twoDigits: milliseconds % 100)
        writer.write("Z")
    }

    /// `21/Nov/2026:09:00:00 +0000`
    package static func writeCommon(seconds: Int, to writer: inout ByteWriter) {
        let date = CalendarDate(unixSeconds: seconds)
        writer.write(twoDigits: date.day)
        writer.write("/")
        writer.write(date.monthName)
        writer.write("/")
        date.writeYear(to: &writer)
        writer.write(":")
        date.writeTime(to: &writer)
        writer.write(" +0000")
    }
}
