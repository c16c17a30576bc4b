import Testing
import WeirConfig

@Suite struct GoldenTests {
    @Test(arguments: Golden.all(in: "problems"))
    func everyMistakeIsReportedWhereItIs(golden: Golden) throws {
        var output = ""
        do {
            output = try Configuration.load(golden.sources).warnings.map { "\($0)\n" }.joined() + "ok\n"
        } catch {
            output = "\(error)\n"
        }
        #expect(output == (try golden.expectation(updatedTo: output)))
    }

    @Test(arguments: Golden.all(in: "show"))
    func showPrintsEveryValueWithItsOrigin(golden: Golden) throws {
        let output = try Configuration.load(golden.sources).shown()
        #expect(output == (try golden.expectation(updatedTo: output)))
    }

    @Test(arguments: Golden.all(in: "detect"))
    func aDirectoryIsRecognized(golden: Golden) throws {
        var sources = ConfigurationSources(directory: "/srv/app")
        sources.facts = .listed(golden.input.split(separator: "\n").map(String.init), in: "/srv/app")
        var output = ""
        do {
            let configuration = try Configuration.load(sources)
            output = configuration.notes.map { "\($0)\n" }.joined()
            output += configuration.warnings.map { "\($0)\n" }.joined()
            output +=
                configuration.shown().split(separator: "\n").filter { $0.hasSuffix("# detected") }.joined(
                    separator: "\n") + "\n"
        } catch {
            output = "\(error)\n"
        }
        #expect(output == (try golden.expectation(updatedTo: output)))
    }

    @Test func thereAreEnoughCases() {
        #expect(Golden.all(in: "problems").count + Golden.all(in: "show").count + Golden.all(in: "detect").count >= 40)
    }
}
