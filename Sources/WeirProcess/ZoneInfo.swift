import Glibc
import WeirCore

/// Reads the system's time zones: TZif files of version 2 and later (RFC 9636). Strict: a file that is not what the
/// format says gives an error, and never a wrong time.
package enum ZoneInfo {
    package struct Unreadable: Error, Equatable, CustomStringConvertible {
        package let zone: String
        package let reason: String
        package var description: String { "the time zone '\(zone)' cannot be read: \(reason)" }
    }

    private static let sizeMax = 65_536

    /// `name`: as in the configuration, which has made sure that it is no path elsewhere.
    package static func read(_ name: String, directory: String) throws(Unreadable) -> TimeZoneTable {
        let path = "\(directory)/\(name)"
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Unreadable(zone: name, reason: "\(path): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: sizeMax + 1)
        var filled = 0
        while filled < bytes.count {
            let room = bytes.count - filled
            let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress?.advanced(by: filled), room) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Unreadable(zone: name, reason: String(cString: strerror(errno))) }
            if count == 0 { break }
            filled += count
        }
        guard filled <= sizeMax else { throw Unreadable(zone: name, reason: "it has more than \(sizeMax) bytes") }
        do throws(Malformed) {
            return try parse(Array(bytes[..<filled]))
        } catch {
            throw Unreadable(zone: name, reason: error.reason)
        }
    }

    package struct Malformed: Error, Equatable {
        package let reason: String
    }

    private struct Header {
        let version: UInt8
        /// Leap seconds, transitions, types, bytes of names, and the two kinds of indicators.
        let leaps, times, types, characters, standard, universal: Int

        /// What follows it, with times of this many bytes.
        func length(timeSize: Int) -> Int {
            times * (timeSize + 1) + types * 6 + characters + leaps * (timeSize + 4) + standard + universal
        }
    }

    /// The rule for the time after the last transition is worked out up to the year 2100.
    package static func parse(_ bytes: [UInt8]) throws(Malformed) -> TimeZoneTable {
        var reader = ByteReader(bytes: bytes)
        let first = try header(&reader)
        guard first.version >= UInt8(ascii: "2") else {
            throw Malformed(reason: "it is of version 1, which ends in 2037")
        }
        try reader.skip(first.length(timeSize: 4))
        let header = try header(&reader)
        guard header.leaps == 0 else { throw Malformed(reason: "it counts leap seconds, which clocks here do not") }
        guard (1...256).contains(header.types), header.times <= 2_000, header.characters <= 1_000 else {
            throw Malformed(reason: "it has \(header.types) kinds of time and \(header.times) transitions")
        }
        var times: [Int] = []
        for _ in 0..<header.times {
            let time = Int(Int64(bitPattern: try reader.number(bytes: 8)))
            guard times.last.map({ $0 < time }) ?? true else {
                throw Malformed(reason: "its transitions are not in order")
            }
            times.append(time)
        }
        var kinds: [Int] = []
        for _ in 0..<header.times {
            let kind = Int(try reader.number(bytes: 1))
            guard kind < header.types else { throw Malformed(reason: "a transition leads to a kind that is not there") }
            kinds.append(kind)
        }
        var offsets: [Int] = []
        for _ in 0..<header.types {
            let offset = Int(Int32(truncatingIfNeeded: try reader.number(bytes: 4)))
            guard (-93_599...93_599).contains(offset) else { throw Malformed(reason: "it is \(offset) s from UTC") }
            offsets.append(offset)
            try reader.skip(2)
        }
        try reader.skip(header.characters + header.standard + header.universal)
        let transitions = zip(times, kinds).map { TimeZoneTable.Transition(at: $0, offset: offsets[$1]) }
        let footer = try reader.line()
        guard !footer.isEmpty else { return TimeZoneTable(initialOffset: offsets[0], transitions: transitions) }
        let rule = try ZoneRule(footer)
        let from = transitions.last?.at ?? .min
        return TimeZoneTable(
            initialOffset: transitions.isEmpty && !rule.hasSummerTime ? rule.standardOffset : offsets[0],
            transitions: transitions + rule.transitions(after: from))
    }

    private static func header(_ reader: inout ByteReader) throws(Malformed) -> Header {
        guard try reader.number(bytes: 4) == 0x545A_6966 else { throw Malformed(reason: "it is no TZif file") }
        let version = UInt8(try reader.number(bytes: 1))
        try reader.skip(15)
        var counts: [Int] = []
        for _ in 0..<6 { counts.append(Int(try reader.number(bytes: 4))) }
        return Header(
            version: version, leaps: counts[2], times: counts[3], types: counts[4], characters: counts[5],
            standard: counts[1], universal: counts[0])
    }
}

/// Big-endian numbers, never beyond the end.
private struct ByteReader {
    let bytes: [UInt8]
    var position = 0

    mutating func number(bytes count: Int) throws(ZoneInfo.Malformed) -> UInt64 {
        let start = position
        try skip(count)
        return bytes[start..<position].reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func skip(_ count: Int) throws(ZoneInfo.Malformed) {
        guard count <= bytes.count - position else { throw ZoneInfo.Malformed(reason: "it is cut off") }
        position += count
    }

    /// Between two line feeds, up to the end of the file.
    mutating func line() throws(ZoneInfo.Malformed) -> String {
        guard try number(bytes: 1) == 0x0A, let end = bytes[position...].firstIndex(of: 0x0A) else {
            throw ZoneInfo.Malformed(reason: "its last line is missing")
        }
        defer { position = end + 1 }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }
}
