import Foundation
import Testing
import WeirCore

@testable import WeirProcess

@Suite struct ZoneInfoTests {
    private static let directory = "/usr/share/zoneinfo"

    /// A file of version 2 with two kinds of time, 3600 and 7200 s from UTC.
    private static func file(times: [Int64] = [1_000, 2_000], kinds: [UInt8] = [1, 0], footer: String = "\n\n")
        -> [UInt8]
    {
        func header(_ counts: [UInt32]) -> [UInt8] {
            Array("TZif2".utf8) + Array(repeating: 0, count: 15)
                + counts.flatMap { count in (0..<4).reversed().map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) } }
        }
        func big(_ value: Int64, _ bytes: Int) -> [UInt8] {
            (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        }
        let first = header([0, 0, 0, 0, 1, 4]) + big(0, 4) + [0, 0] + Array("UTC\0".utf8)
        return first + header([0, 0, 0, UInt32(times.count), 2, 4]) + times.flatMap { big($0, 8) } + kinds
            + big(3_600, 4) + [0, 0] + big(7_200, 4) + [1, 0] + Array("CET\0".utf8) + Array(footer.utf8)
    }

    @Test func aFileIsReadAsItSays() throws {
        let zone = try ZoneInfo.parse(Self.file())
        #expect(
            zone
                == TimeZoneTable(
                    initialOffset: 3_600,
                    transitions: [.init(at: 1_000, offset: 7_200), .init(at: 2_000, offset: 3_600)]))
    }

    @Test("the rule at the end goes on where the table stops")
    func theRuleGoesOn() throws {
        let zone = try ZoneInfo.parse(Self.file(times: [0], kinds: [0], footer: "\nCET-1CEST,M3.5.0,M10.5.0/3\n"))
        // 2026-03-29 01:00 UTC and 2026-10-25 01:00 UTC.
        #expect(zone.offset(at: 1_774_745_999) == 3_600 && zone.offset(at: 1_774_746_000) == 7_200)
        #expect(zone.offset(at: 1_792_889_999) == 7_200 && zone.offset(at: 1_792_890_000) == 3_600)
        #expect(zone.offset(at: 4_000_000_000) == 3_600 || zone.offset(at: 4_000_000_000) == 7_200)
    }

    @Test(
        "southern summers, half hours, days of the year and changes on other days are understood",
        arguments: [
            ("AEST-10AEDT,M10.1.0,M4.1.0/3", 1_767_225_600, 39_600), ("<+0330>-3:30", 1_767_225_600, 12_600),
            ("IST-2IDT,M3.4.4/26,M10.5.0", 1_774_569_600, 10_800), ("XXX4YYY,J60,J300", 1_772_424_000, -10_800),
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1_774_746_000, -3_600), ("EST5EDT4,59/2,300/2", 1_772_424_000, -14_400),
        ])
    func rulesAreUnderstood(rule: String, time: Int, offset: Int) throws {
        let zone = try ZoneInfo.parse(Self.file(times: [], kinds: [], footer: "\n\(rule)\n"))
        #expect(zone.offset(at: time) == offset)
    }

    @Test(arguments: [
        "C-1", "CET", "CET-1CEST,", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0", "CET-25", "CET-1CEST,M3.5.0,M10.5.0x", "<CET-1", "CET-1CEST,J0,J1",
        "CET-1CEST,366,1",
    ])
    func otherRulesAreRefused(rule: String) {
        #expect(throws: ZoneInfo.Malformed.self) { try ZoneInfo.parse(Self.file(footer: "\n\(rule)\n")) }
    }

    @Test("every file that is cut off or not in order is refused, and none crashes")
    func brokenFilesAreRefused() {
        let file = Self.file(footer: "\nCET-1CEST,M3.5.0,M10.5.0/3\n")
        for length in 0..<file.count {
            #expect(throws: ZoneInfo.Malformed.self) { try ZoneInfo.parse(Array(file[..<length])) }
        }
        #expect(throws: ZoneInfo.Malformed.self) { try ZoneInfo.parse(Self.file(times: [2_000, 1_000])) }
        #expect(throws: ZoneInfo.Malformed.self) { try ZoneInfo.parse(Self.file(kinds: [2, 0])) }
        var random = SeededGenerator(seed: 3)
        for _ in 0..<20_000 {
            var broken = file
            for _ in 0..<3 { broken[random.below(broken.count)] = UInt8(random.below(256)) }
            _ = try? ZoneInfo.parse(broken)
        }
    }

    @Test(
        "the system's zones are what Foundation says they are",
        .enabled(if: FileManager.default.fileExists(atPath: directory + "/Europe/Berlin")))
    func theSystemsZonesAreRead() throws {
        for name in [
            "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca",
            "America/Sao_Paulo", "Pacific/Apia", "Asia/Jerusalem", "Pacific/Chatham", "Europe/Dublin",
        ] {
            let zone = try ZoneInfo.read(name, directory: Self.directory)
            let known = try #require(TimeZone(identifier: name))
            for day in stride(from: 0, to: 70 * 365, by: 3) {
                let time = day * 86_400 + 1_800
                let offset = known.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time)))
                #expect(zone.offset(at: time) == offset, "\(name) at \(time)")
            }
        }
    }

    @Test func aZoneThatIsNotThereIsSaidSo() {
        let problem = #expect(throws: ZoneInfo.Unreadable.self) { try ZoneInfo.read("No/Where", directory: "/nowhere") }
        #expect(problem?.description.contains("'No/Where'") == true)
    }
}
