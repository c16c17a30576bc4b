import Testing

@testable import WeirWire

@Suite struct HTTPDateTests {
    private func format(_ seconds: Int) -> String {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: HTTPDate.byteCount, alignment: 1)
        defer { memory.deallocate() }
        var writer = ByteWriter(memory)
        HTTPDate.write(unixSeconds: seconds, to: &writer)
        #expect(writer.count == HTTPDate.byteCount)
        return String(decoding: memory, as: UTF8.self)
    }

    private func parse(_ text: String, now: Int = 1_700_000_000) -> Int? {
        withBytes(text) { HTTPDate.parse($0, now: now) }
    }

    @Test func theSpecificationsExampleReadsTheSameInAllThreeForms() {
        #expect(format(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            #expect(parse(text) == 784_111_777)
        }
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"), (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (-62_167_219_200, "Sat, 01 Jan 0000 00:00:00 GMT"),
    ])
    func knownDatesAreWrittenAndReadBack(seconds: Int, text: String) {
        #expect(format(seconds) == text)
        #expect(parse(text) == seconds)
    }

    @Test func everyDayOfFourCenturiesReadsBack() {
        for day in 0..<146_097 {
            let seconds = day * 86_400 + day % 86_400
            if parse(format(seconds)) != seconds { Issue.record("day \(day)") }
        }
    }

    @Test func datesBeyondFourDigitsAreClamped() {
        #expect(format(Int.max) == "Fri, 31 Dec 9999 23:59:59 GMT")
        #expect(format(Int.min) == "Sat, 01 Jan 0000 00:00:00 GMT")
    }

    @Test func aShortYearIsAtMostFiftyYearsAhead() {
        // 1,700,000,000 lies in 2023.
        #expect(parse("Sunday, 01-Jan-73 00:00:00 GMT") == parse("Sun, 01 Jan 2073 00:00:00 GMT"))
        #expect(parse("Sunday, 01-Jan-74 00:00:00 GMT") == parse("Sun, 01 Jan 1974 00:00:00 GMT"))
    }

    @Test(arguments: [
        "", "Sun", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 29 Feb 2023 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ", "Xun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov +994 08:49:37 GMT", "Monday, 06-Nov-1994 08:49:37 GMT", "Tuesday 06-Nov-94 08:49:37 GMT", "0",
        "-1",
    ])
    func whatIsNoDateIsNil(text: String) {
        #expect(parse(text) == nil)
    }
}
