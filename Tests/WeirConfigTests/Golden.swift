import Foundation
import Testing
import WeirConfig

/// A golden file: input, a line of dashes, expected output. `WEIR_GOLDEN=update swift test` rewrites the outputs; what
/// changed is then read before it is committed.
struct Golden: CustomTestStringConvertible, Sendable {
    let url: URL
    let input: String
    let expected: String

    static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")
    private static let divider = "----------------------------------------\n"

    var testDescription: String { url.lastPathComponent }

    static func all(in folder: String) -> [Golden] {
        let folder = directory.appendingPathComponent(folder)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().compactMap { name in
            let url = folder.appendingPathComponent(name)
            guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
            let parts = text.components(separatedBy: divider)
            return Golden(url: url, input: parts[0], expected: parts.count > 1 ? parts[1] : "")
        }
    }

    /// What is expected; the actual output itself after writing it, when asked to update.
    func expectation(updatedTo actual: String) throws -> String {
        guard ProcessInfo.processInfo.environment["WEIR_GOLDEN"] == "update" else { return expected }
        try (input + Self.divider + actual).write(to: url, atomically: true, encoding: .utf8)
        return actual
    }

    /// The sources that the input describes. Comments at its top set what is outside the file:
    /// `# environment: PORT=9000`, `# flags: --workers 2`, `# files: public/ public/index.php`.
    var sources: ConfigurationSources {
        var sources = ConfigurationSources(file: ("weir.yaml", input), directory: "/srv/app")
        for line in input.split(separator: "\n").prefix(while: { $0.hasPrefix("# ") }) {
            let words = line.dropFirst(2).split(separator: " ").map(String.init)
            switch words.first {
            case "environment:":
                for pair in words.dropFirst() {
                    let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
                    sources.environment[parts[0]] = parts.count > 1 ? parts[1] : ""
                }
            case "flags:": sources.flags = ServeFlags(words: Array(words.dropFirst()))
            case "files:": sources.facts = .listed(Array(words.dropFirst()), in: "/srv/app")
            default: break
            }
        }
        return sources
    }
}

extension ServeFlags {
    init(words: [String]) {
        self.init()
        for (flag, value) in zip(words, words.dropFirst()) {
            switch flag {
            case "--listen": listen.append(value)
            case "--workers": workers = value
            case "--mode": mode = value
            case "--user": user = value
            case "--log-level": logLevel = value
            default: break
            }
        }
    }
}

extension FileFacts {
    /// A file system with these files, and directories where the name ends with a slash; parents are there too.
    static func listed(_ names: [String], in directory: String) -> FileFacts {
        var kinds: [String: Kind] = [directory: names.isEmpty ? .emptyDirectory : .directory]
        for name in names {
            var path = directory
            let parts = name.split(separator: "/")
            for (index, part) in parts.enumerated() {
                path += "/" + part
                let isLast = index == parts.count - 1
                if !isLast {
                    kinds[path] = .directory
                } else if kinds[path] == nil {
                    kinds[path] = name.hasSuffix("/") ? .emptyDirectory : .file
                }
            }
        }
        return FileFacts { [kinds] path in kinds[path] ?? .missing }
    }
}
