import CWeirSystem
import Glibc

/// A program to start: its own process group, default signals, and no descriptor but the ones named.
package struct ChildProcess {
    package var path: String
    package var arguments: [String]
    package var environment: [String: String]
    package var directory: String?
    /// Added to this process's own: above 0, it and its children come after this one when processor time is short.
    package var niceness: Int32 = 0
    /// When it has something to do it waits until who runs is done, or has had its time, and never interrupts.
    package var waitsForTurn = false
    /// Sent to it when the thread that starts it is gone, as it is when this process was killed; 0: it lives on.
    package var orphanSignal: Int32 = 0

    package init(path: String, arguments: [String], environment: [String: String]) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
    }

    /// Starts it. `control` becomes its descriptor 3; the caller keeps every descriptor it passes.
    package func spawn(control: Int32, output: Int32, error: Int32) throws(SystemError) -> pid_t {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { throw SystemError("opening /dev/null") }
        defer { close(null) }
        let argv = CStringArray([path] + arguments)
        let envp = CStringArray(environment.map { "\($0.key)=\($0.value)" })
        var pid: pid_t = -1
        path.withCString { path in
            withOptionalCString(directory) { directory in
                var request = weir_spawn(
                    path: path, argv: argv.pointers, envp: envp.pointers, directory: directory,
                    input: null, output: output, error: error, control: control, niceness: niceness,
                    waits_for_turn: waitsForTurn, orphan_signal: orphanSignal
                )
                pid = weir_spawn_process(&request)
            }
        }
        guard pid > 0 else { throw SystemError("starting \(path)") }
        return pid
    }
}

private func withOptionalCString(_ string: String?, _ body: (UnsafePointer<CChar>?) -> Void) {
    if let string { string.withCString(body) } else { body(nil) }
}

/// A NULL-terminated array of C strings that lives as long as this object.
final class CStringArray {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointers = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() { pointers[index] = strdup(string) }
        pointers[count] = nil
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deallocate()
    }
}
