import Testing

@testable import WeirConfig

/// Whatever is in the file, the loader answers: settings or problems with a place, never a crash, never for ever.
@Suite struct RandomInputTests {
    private static let samples = (Golden.all(in: "problems") + Golden.all(in: "show")).map(\.input)

    @Test func mutatedFilesNeverCrashTheLoader() {
        var random = SeededGenerator(seed: 42)
        for _ in 0..<4_000 {
            var bytes = Array((Self.samples.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) { Self.mutate(&bytes, &random) }
            load(String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test func randomTextNeverCrashesTheLoader() {
        var random = SeededGenerator(seed: 43)
        let alphabet = Array("ab:-[]{}&*!|>'\"%@`#,?\n\n  \t\\\u{85}\u{2028}é\u{0}0".unicodeScalars)
        for _ in 0..<3_000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                text.append(alphabet.randomElement(using: &random) ?? " ")
            }
            load(String(text))
        }
        for _ in 0..<1_000 {
            let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            load(String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test func randomEnvironmentsNeverCrashTheLoader() {
        var random = SeededGenerator(seed: 44)
        let variables =
            EnvironmentKey.all { ["apps": ["web"], "lanes": ["bulk"], "processes": ["mailer"]][$0] ?? [] }.map(
                \.variable)
            + ["PORT", "WEIR_WORKERS", "WEIR_X"]
        let values = [
            "", "0", "-1", "off", "auto", "10", "1s", "64KiB", "10%", ",", ",,a", "unix:", "[", "\u{0}",
            "99999999999999999999", "true", "json", "/x", "é",
        ]
        for _ in 0..<1_000 {
            var sources = ConfigurationSources(
                file: ("weir.yaml", "access_log: json\napps: {web: {runtime: php}}\nlanes: {bulk: }\n"),
                directory: "/srv/app")
            for _ in 0..<3 {
                sources.environment[variables.randomElement(using: &random) ?? ""] = values.randomElement(
                    using: &random)
            }
            _ = try? Configuration.load(sources)
        }
    }

    @Test(arguments: ["[", "{", "- ", "? ", "&a ", "*a ", "a:\n ", "\"", "'", "|\n", "{a: ", "[[", "!x ", "a: b\n"])
    func repeatedTextIsRefusedInTime(part: String) {
        load(String(repeating: part, count: 20_000))
    }

    @Test func aLargeFileIsRefusedUnread() throws {
        let text = "# " + String(repeating: "x", count: 1 << 20)
        let problems = #expect(throws: ConfigurationProblems.self) {
            try Configuration.load(ConfigurationSources(file: ("weir.yaml", text), directory: "/"))
        }
        #expect(problems?.description == "weir.yaml: the file is larger than 1 MiB, which no configuration is")
    }

    private func load(_ text: String) {
        do {
            let sources = ConfigurationSources(file: ("weir.yaml", text), directory: "/srv/app")
            let configuration = try Configuration.load(sources)
            _ = configuration.shown()
        } catch {
            #expect(!error.problems.isEmpty)
            for problem in error.problems where problem.line == 0 { #expect(problem.column == 0) }
            #expect(
                error.description.unicodeScalars.allSatisfy {
                    $0 == "\n" || !$0.properties.isDefaultIgnorableCodePoint || $0.value > 0x9F
                })
        }
    }

    private static func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let parts = [
            "*a", "&a ", "<<: *a", "\n", "  ", ": ", "- ", "{", "}", "[", "]", "\"", "'", "|", "\t", "0", "-1",
            "99999999999999999999", "off", "~", "\u{FEFF}", "---\n", "%", "é",
        ]
        let at = Int.random(in: 0...bytes.count, using: &random)
        switch random.next() % 5 {
        case 0: bytes.insert(contentsOf: (parts.randomElement(using: &random) ?? "").utf8, at: at)
        case 1: if at < bytes.count { bytes.remove(at: at) }
        case 2: if at < bytes.count { bytes[at] = UInt8.random(in: 0...255, using: &random) }
        case 3:
            let end = min(bytes.count, at + Int.random(in: 0...40, using: &random))
            bytes.insert(contentsOf: bytes[at..<end], at: Int.random(in: 0...bytes.count, using: &random))
        default:
            let end = min(bytes.count, at + Int.random(in: 0...20, using: &random))
            bytes.removeSubrange(at..<end)
        }
    }
}
