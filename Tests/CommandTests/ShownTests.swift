import Testing

@testable import weir

@Suite struct ShownTests {
    @Test(arguments: [
        (0, "0 ms"), (0.0012, "1.2 ms"), (0.0123, "12 ms"), (0.9994, "999 ms"), (0.9996, "1.0 s"), (99.94, "99.9 s"),
        (99.96, "1m39s"), (192, "3m12s"), (3_600, "1h00m"), (18_270, "5h04m"), (1_047_600, "12d03h"), (-1, "–"),
        (.infinity, "–"),
    ])
    func timesAreShort(seconds: Double, text: String) { #expect(Shown.time(seconds) == text) }

    @Test(arguments: [
        (0, "0 B"), (1_023, "1023 B"), (1_024, "1.0 KiB"), (1_048_575, "1.0 MiB"), (21_233_664, "20.3 MiB"),
        (536_870_912, "512 MiB"), (1_610_612_736, "1.5 GiB"), (-1, "–"),
    ])
    func bytesAreShort(count: Int, text: String) { #expect(Shown.bytes(count) == text) }

    @Test func nothingThatATerminalObeysIsShown() {
        #expect(Shown.text("GET /\u{1B}]0;x\u{7}é\n") == "GET /\u{FFFD}]0;x\u{FFFD}é\u{FFFD}")
        #expect(Shown.text("a\nb\u{202E}", keepsLines: true) == "a\nb\u{FFFD}")
    }

    @Test(arguments: [("abc", 5, "abc  "), ("abcdef", 4, "abc…"), ("日本語", 5, "日本…"), ("日本語", 4, "日… "), ("", 2, "  ")])
    func textIsFittedToColumns(text: String, width: Int, fitted: String) {
        #expect(TextWidth.fit(text, width) == fitted)
        #expect(TextWidth.of(fitted) == width)
    }
}
