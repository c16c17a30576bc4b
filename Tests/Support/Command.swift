import CWeirSystem
import Foundation

/// A program beside the server: it has a process group of its own, and goes with this object.
package final class Command {
    package let pid: pid_t
    private let directory: TemporaryDirectory
    private let input: Int32
    private var status: Int32?

    /// Starts it with the environment of the tests and `environment`. Its standard input stays open until
    /// ``finish(within:)``, so that a program may wait for its end.
    package init(_ command: [String], environment: [String: String] = [:]) throws {
        directory = try TemporaryDirectory()
        var pipe: [Int32] = [-1, -1]
        guard weir_pipe(&pipe) == 0 else { throw TestFailure("pipe: \(lastError())") }
        let output = open(directory("output"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        defer {
            Glibc.close(pipe[0])
            Glibc.close(output)
        }
        input = pipe[1]
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let arguments = command[0].contains("/") ? command : ["/usr/bin/env"] + command
        pid = withCStrings(arguments) { argv in
            withCStrings(variables.map { "\($0)=\($1)" }) { envp in
                arguments[0].withCString { path in
                    var request = weir_spawn(
                        path: path, argv: argv, envp: envp, directory: nil, input: pipe[0], output: output,
                        error: output, control: -1, niceness: 0, waits_for_turn: false, orphan_signal: 0
                    )
                    return weir_spawn_process(&request)
                }
            }
        }
        guard pid > 0 else { throw TestFailure("cannot start \(command): \(lastError())") }
    }

    deinit {
        Glibc.close(input)
        if status == nil {
            _ = try? end(SIGTERM, within: 5)
            Foundation.kill(-pid, SIGKILL)
            if status == nil { waitpid(pid, nil, 0) }
        }
    }

    /// What it has printed so far, errors included.
    package var output: String {
        String(decoding: FileManager.default.contents(atPath: directory("output")) ?? Data(), as: UTF8.self)
    }

    /// Waits for its own end; throws when it takes longer.
    package func finish(within seconds: Double) throws -> Int32 {
        let ended = holds(within: seconds) { collect() }
        guard ended, let status else { throw TestFailure("process \(pid) does not end; so far it said:\n\(output)") }
        return status
    }

    /// Sends a signal and waits for the end.
    @discardableResult
    package func end(_ signal: Int32 = SIGTERM, within seconds: Double = 15) throws -> Int32 {
        if status == nil { Foundation.kill(pid, signal) }
        return try finish(within: seconds)
    }

    private func collect() -> Bool {
        guard status == nil else { return true }
        var raw: Int32 = 0
        guard waitpid(pid, &raw, WNOHANG) == pid else { return false }
        status = raw & 0x7f == 0 ? raw >> 8 & 0xff : 128 + raw & 0x7f
        return true
    }
}

/// The source tree.
package enum Package {
    package static let root = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in
        url.deletingLastPathComponent()
    }

    package static func path(_ relative: String) -> String { root.appendingPathComponent(relative).path }
}
