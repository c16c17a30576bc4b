import CWeirSystem
import Glibc
import WeirConfig
import WeirCore

/// A directory files are served from, and the rules for it. Belongs to one ``FileCache``.
package final class StaticRoot {
    let id: Int
    let settings: StaticSettings
    /// Each begins without a slash.
    let index: [[UInt8]]
    let cacheControl: [UInt8]
    private let scriptExtensions: [[UInt8]]

    /// An `O_PATH` descriptor; -1 while the directory does not exist.
    private(set) var descriptor: CInt = -1
    /// Counts the directories that have been found at this path: a deployment that points a link elsewhere makes all that
    /// was cached out of date at once.
    private(set) var generation = 0
    private var checkedUntil = Instant.zero
    private var stamp: (device: UInt64, inode: UInt64) = (0, 0)

    init(id: Int, settings: StaticSettings, scriptExtensions: [String]) {
        self.id = id
        self.settings = settings
        self.scriptExtensions = scriptExtensions.map { Array($0.lowercased().utf8) }
        index = settings.index.map { Array($0.utf8.drop { $0 == UInt8(ascii: "/") }) }.filter { !$0.isEmpty }
        // A line end in it would become the client's problem.
        cacheControl = (settings.cacheControl ?? "").utf8.filter { $0 >= 0x20 && $0 != 0x7F }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    var rules: CInt { settings.followSymlinks ? CInt(WEIR_FOLLOW_LINKS) : 0 }

    /// Scripts are run, never read to the client, in whatever case their name is written.
    func isScript(_ fileExtension: UnsafeRawBufferPointer) -> Bool {
        guard !fileExtension.isEmpty else { return false }
        return scriptExtensions.contains { script in
            script.count == fileExtension.count
                && zip(script, fileExtension).allSatisfy { $0 == ($1 &- 0x41 < 26 ? $1 | 0x20 : $1) }
        }
    }

    /// Looks once a validity whether the path still leads to the directory that is open.
    func refresh(_ now: Instant, validity: Nanoseconds) {
        guard now >= checkedUntil else { return }
        checkedUntil = now + validity
        var facts = weir_file_facts()
        let isThere = weir_facts_beneath(AT_FDCWD, settings.root, CInt(WEIR_FOLLOW_LINKS), &facts) == 0
        if isThere, descriptor >= 0, stamp == (facts.device, facts.inode) { return }
        guard isThere || descriptor >= 0 else { return }
        if descriptor >= 0 { close(descriptor) }
        descriptor = open(settings.root, weir_path_only | O_DIRECTORY | O_CLOEXEC)
        generation += 1
        // Of what was opened, not of what was seen before.
        stamp = weir_facts(descriptor, &facts) == 0 ? (facts.device, facts.inode) : (0, 0)
    }
}
