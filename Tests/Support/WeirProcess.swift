import CWeirSystem
import Foundation

/// The real `weir`, serving a directory on a port of its own.
package final class WeirProcess {
    package let pid: pid_t
    package let port: Int
    /// Kept for as long as it is served.
    private let site: TemporaryDirectory
    private let output: TemporaryDirectory
    private var exitStatus: Int32?

    /// What is started, where nothing else is said.
    package struct Options {
        /// `nil`: no address is named, the configuration does it, and ``WeirProcess/port`` is 0 when it names no port.
        package var listen: String? = "127.0.0.1:0"
        package var arguments: [String] = []
        package var environment: [String: String] = [:]
        /// Goes before the program: `["prlimit", "--nofile=64"]`.
        package var wrapper: [String] = []
        package var bootTime = 20.0

        package init() {}
    }

    /// Serves `site`: by its `weir.yaml`, which is written from `yaml` first, or without one as a directory.
    package init(_ site: TemporaryDirectory, _ yaml: String? = nil, options: Options = Options()) throws {
        if let yaml { try site.write("weir.yaml", yaml) }
        self.site = site
        output = try TemporaryDirectory()
        var command = options.wrapper + [try Self.binary(), "serve", site.path]
        if let listen = options.listen { command += ["--listen", listen] }
        command += options.arguments
        pid = try Self.spawn(command, options.environment, in: site.path, output: output)
        port = try Self.waitForPort(pid, output, within: options.bootTime)
    }

    deinit {
        if exitStatus == nil { kill(SIGKILL) }
        _ = waitForExit(within: 10)
    }

    // MARK: Ending

    /// Asks for a graceful stop and waits for it. The exit code; 128 + the signal for a process that was killed.
    @discardableResult
    package func stop(within seconds: Double = 15) -> Int32? {
        signal(SIGTERM)
        return waitForExit(within: seconds)
    }

    package func signal(_ number: Int32) {
        if exitStatus == nil { Foundation.kill(pid, number) }
    }

    private func kill(_ number: Int32) { Foundation.kill(pid, number) }

    /// nil: it has not ended in time.
    package func waitForExit(within seconds: Double) -> Int32? {
        if let exitStatus { return exitStatus }
        var status: Int32 = 0
        let deadline = Clock.now + seconds
        while true {
            if waitpid(pid, &status, WNOHANG) == pid { break }
            guard Clock.now < deadline else { return nil }
            usleep(5_000)
        }
        exitStatus = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
        return exitStatus
    }

    package var isRunning: Bool { waitForExit(within: 0) == nil }

    // MARK: What it says

    /// Standard output: the access log.
    package var standardOutput: String { Self.text(output("stdout")) }
    package var standardError: String { Self.text(output("stderr")) }

    package var accessLines: [String] { standardOutput.split(separator: "\n").map(String.init) }

    /// The access log's lines, each of which must be a JSON object.
    package func accessLog() throws -> [[String: Any]] {
        try accessLines.map { line in
            guard let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
                throw TestFailure("no object: \(line)")
            }
            return object
        }
    }

    /// The line of the request with this id, once it is there.
    package func logLine(id: String, within seconds: Double = 5) throws -> [String: Any] {
        var found: [String: Any]?
        _ = try holds(within: seconds) {
            found = try accessLog().first { $0["id"] as? String == id }
            return found != nil
        }
        guard let found else { throw TestFailure("no access log line has the id \(id)") }
        return found
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    // MARK: Starting

    package static func binary() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        if let named = environment["WEIR_BINARY"] { return named }
        let candidates = ["release", "debug"].map { Package.path(".build/\($0)/weir") }
        for candidate in candidates where access(candidate, X_OK) == 0 { return candidate }
        throw TestFailure("no weir at \(candidates); build it, or name it in WEIR_BINARY")
    }

    private static func spawn(
        _ command: [String], _ environment: [String: String], in directory: String, output: TemporaryDirectory
    ) throws -> pid_t {
        let program = command[0].contains("/") ? command[0] : "/usr/bin/env"
        let arguments = command[0].contains("/") ? command : ["env"] + command
        var variables = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        for name in ["WEIR_PHP_GUEST", "TMPDIR", "LD_LIBRARY_PATH"] {
            variables[name] = ProcessInfo.processInfo.environment[name]
        }
        variables.merge(environment) { $1 }
        let input = open("/dev/null", O_RDONLY | O_CLOEXEC)
        let files = ["stdout", "stderr"].map { open(output($0), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644) }
        defer { for file in files + [input] { close(file) } }
        let pid = withCStrings(arguments) { argv in
            withCStrings(variables.map { "\($0)=\($1)" }) { envp in
                program.withCString { program in
                    directory.withCString { directory in
                        var request = weir_spawn(
                            path: program, argv: argv, envp: envp, directory: directory, input: input, output: files[0],
                            error: files[1], control: -1, niceness: 0, waits_for_turn: false, orphan_signal: 0
                        )
                        return weir_spawn_process(&request)
                    }
                }
            }
        }
        guard pid > 0 else { throw TestFailure("cannot start \(command): \(lastError())") }
        return pid
    }

    private static func waitForPort(_ pid: pid_t, _ output: TemporaryDirectory, within seconds: Double) throws -> Int {
        let deadline = Clock.now + seconds
        while Clock.now < deadline {
            let lines = text(output("stderr")).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            // Not the note before it, which says where the address was configured.
            if let line = lines.last(where: { $0.hasPrefix("listening on ") && !$0.contains(", because") }) {
                let last = line.split(separator: ":").last.map(String.init) ?? ""
                return Int(last) ?? 0
            }
            var status: Int32 = 0
            if waitpid(pid, &status, WNOHANG) == pid {
                throw TestFailure("weir ended before it listened:\n\(text(output("stderr")))")
            }
            usleep(5_000)
        }
        Foundation.kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
        throw TestFailure("weir does not listen after \(seconds) s:\n\(text(output("stderr")))")
    }
}

func withCStrings<R>(_ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R) -> R {
    var pointers = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(&pointers)
}

extension WeirProcess {
    /// A new connection to it.
    package func connect(receiveBuffer: Int32? = nil, patience: Double = 15) throws -> RawClient {
        let client = try RawClient(port: port, receiveBuffer: receiveBuffer, patience: patience)
        client.owner = self
        return client
    }

    /// One request on a connection of its own.
    package func get(_ path: String, _ fields: String...) throws -> RawAnswer {
        try connect().exchange(RawRequest.get(path, fields + ["Connection: close"]))
    }

    /// Resident memory in bytes.
    package var residentMemory: Int { Self.statusKilobytes(of: pid, "VmRSS") * 1_024 }

    package static func statusKilobytes(of pid: pid_t, _ key: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(key + ":") }
        return line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0
    }

    /// Children, their children and so on, of `pid`.
    package static func descendants(of pid: pid_t) -> [pid_t] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { pid_t($0) } ?? []
        let parents = all.compactMap { child in parent(of: child).map { (child, $0) } }
        var found: [pid_t] = []
        var level = [pid]
        while !level.isEmpty {
            level = parents.filter { level.contains($0.1) }.map(\.0)
            found += level
        }
        return found
    }

    private static func parent(of pid: pid_t) -> pid_t? {
        let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        // The name, in parentheses, may hold anything.
        guard let stat, let end = stat.lastIndex(of: ")") else { return nil }
        let rest = stat[stat.index(after: end)...].split(separator: " ")
        return rest.count > 1 ? pid_t(rest[1]) : nil
    }
}
