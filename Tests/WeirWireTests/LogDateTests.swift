import Testing

@testable import WeirWire

@Suite struct LogDateTests {
    private func text(_ write: (inout ByteWriter) -> Void) -> String {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: LogDate.byteCount, alignment: 1)
        defer { memory.deallocate() }
        var writer = ByteWriter(memory)
        write(&writer)
        return String(decoding: memory[..<writer.count], as: UTF8.self)
    }

    @Test(arguments: [
        (0, 0, "1970-01-01T00:00:00.000Z"), (1_795_305_723, 7_999_999, "2026-11-22T00:02:03.007Z"),
        (951_782_400, 999_999_999, "2000-02-29T00:00:00.999Z"), (Int.max, 0, "9999-12-31T23:59:59.000Z"),
    ])
    func aTimeIsWrittenToTheMillisecond(seconds: Int, nanoseconds: Int, expected: String) {
        #expect(
            text { LogDate.writeISO8601(seconds: seconds, nanoseconds: nanoseconds, to: &$0) } == expected)
    }

    @Test func theCommonLogFormatNamesTheMonth() {
        #expect(text { LogDate.writeCommon(seconds: 971_211_336, to: &$0) } == "10/Oct/2000:20:55:36 +0000")
    }
}
