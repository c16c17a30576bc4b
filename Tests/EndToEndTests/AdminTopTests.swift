import CWeirSystem
import Foundation
import Testing
import WeirTestSupport

@Suite("weir top in a terminal")
struct AdminTopTests {
    private func start() throws -> (WeirProcess, String) {
        let site = try Site.echo()
        try site.makeDirectory("run", mode: 0o777)
        let server = try WeirProcess(site, Site.php("admin: {listen: \"unix:run/admin.sock\"}"))
        return (server, site("run/admin.sock"))
    }

    private func pids(_ path: String) throws -> [Int] {
        let answer = try RawClient(unix: path).get("/workers")
        let workers = try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [[String: Any]])
        return workers.compactMap { $0["state"] as? String == "leaving" ? nil : $0["pid"] as? Int }
    }

    @Test func itShowsABusyWorkerAndRecyclesIt() throws {
        let (server, path) = try start()
        try eventually("two workers") { try pids(path).count == 2 }
        let busy = try server.connect()
        try busy.send(RawRequest.get("/a-slow-page?sleep=4"))
        let terminal = try PseudoTerminal(
            [WeirProcess.binary(), "top", "--admin", "unix:\(path)"], columns: 100, rows: 30)
        eventually("the request is on the screen") { terminal.text.contains("GET /a-slow-page?sleep=4") }
        #expect(terminal.text.contains("\u{1B}[?1049h"))
        let line = try #require(
            terminal.text.components(separatedBy: "\r\n").first { $0.contains(">") && $0.contains("busy") })
        let pid = try #require(Int(line.split { !$0.isNumber }.first { $0.count > 2 } ?? ""))
        #expect(try pids(path).contains(pid))
        terminal.type("r")
        eventually("it asks") { terminal.text.contains("(pid \(pid))? y/n") }
        terminal.type("y")
        eventually("it says so") { terminal.text.contains("replacing worker") }
        #expect(try busy.readAnswer().status == 200, "its request comes first")
        try eventually("it is another one") { try !pids(path).contains(pid) && pids(path).count == 2 }

        terminal.resize(columns: 60, rows: 12)
        let before = terminal.text.count
        eventually("it is drawn anew") { terminal.text.count > before }
        terminal.type("q")
        #expect(terminal.waitForExit(within: 10) == 0)
        #expect(terminal.text.hasSuffix("\u{1B}[?1049l"), "the screen is as it was")
        #expect(terminal.isAsBefore)
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGSEGV, SIGABRT]) func aSignalPutsTheTerminalBack(number: Int32) throws {
        let (server, path) = try start()
        let terminal = try PseudoTerminal(
            [WeirProcess.binary(), "top", "--admin", "unix:\(path)"], columns: 80, rows: 24)
        eventually("it is drawn") { terminal.text.contains("workers, by time") }
        terminal.signal(number)
        #expect(terminal.waitForExit(within: 30) == 128 + number)
        #expect(terminal.text.contains("\u{1B}[?1049l"))
        #expect(terminal.isAsBefore)
        #expect(server.isRunning)
    }

    @Test func stoppedItLendsTheTerminalAndTakesItBack() throws {
        let (server, path) = try start()
        let terminal = try PseudoTerminal(
            [WeirProcess.binary(), "top", "--admin", "unix:\(path)"], columns: 80, rows: 24)
        eventually("it is drawn") { terminal.text.contains("workers, by time") }
        terminal.signal(SIGTSTP)
        eventually("it lends it") { terminal.isAsBefore && terminal.text.contains("\u{1B}[?1049l") }
        terminal.signal(SIGCONT)
        eventually("it takes it back") { terminal.text.components(separatedBy: "\u{1B}[?1049h").count == 3 }
        terminal.type("q")
        #expect(terminal.waitForExit(within: 10) == 0)
        #expect(server.isRunning)
    }

    @Test func noColourIsObeyed() throws {
        let (server, path) = try start()
        let terminal = try PseudoTerminal(
            [WeirProcess.binary(), "top", "--admin", "unix:\(path)"], columns: 80, rows: 24, environment: ["NO_COLOR=1"]
        )
        eventually("it is drawn") { terminal.text.contains("workers, by time") }
        #expect(!terminal.text.contains("\u{1B}[3"))
        terminal.type("q")
        #expect(terminal.waitForExit(within: 10) == 0)
        #expect(server.isRunning)
    }
}

/// A program on a terminal of its own.
private final class PseudoTerminal {
    private let pid: pid_t
    private let primary: Int32
    private let secondary: Int32
    private let before: termios
    private var received: [UInt8] = []
    /// TIOCSPTLCK and TIOCGPTN, which Swift does not import.
    private static let setLock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430
    private var status: Int32?

    init(_ command: [String], columns: UInt16, rows: UInt16, environment: [String] = []) throws {
        primary = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var isLocked: Int32 = 0
        var number: UInt32 = 0
        guard primary >= 0, ioctl(primary, Self.setLock, &isLocked) == 0, ioctl(primary, Self.getNumber, &number) == 0
        else { throw TestFailure("no pseudo terminal: \(lastError())") }
        secondary = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var modes = termios()
        tcgetattr(secondary, &modes)
        before = modes
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(primary, UInt(TIOCSWINSZ), &size)
        let variables = ["PATH=/usr/bin:/bin", "LANG=C.UTF-8", "TERM=xterm"] + environment
        let terminal = secondary
        pid = Self.withCStrings(command) { argv in
            Self.withCStrings(variables) { envp in
                command[0].withCString { path in
                    var request = weir_spawn(
                        path: path, argv: argv, envp: envp, directory: nil, input: terminal, output: terminal,
                        error: terminal, control: -1, niceness: 0, waits_for_turn: false, orphan_signal: 0)
                    return weir_spawn_process(&request)
                }
            }
        }
        guard pid > 0 else { throw TestFailure("cannot start \(command): \(lastError())") }
        _ = fcntl(primary, F_SETFL, O_NONBLOCK)
    }

    deinit {
        if status == nil {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
        close(primary)
        close(secondary)
    }

    /// Everything that was written to it so far.
    var text: String {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(primary, &bytes, bytes.count), count > 0 { received += bytes[..<count] }
        return String(decoding: received, as: UTF8.self)
    }

    /// Reads its modes as they are now.
    var isAsBefore: Bool {
        var now = termios()
        tcgetattr(secondary, &now)
        return now.c_lflag == before.c_lflag && now.c_iflag == before.c_iflag
    }

    func type(_ keys: String) { _ = write(primary, keys, keys.utf8.count) }

    func signal(_ number: Int32) { kill(pid, number) }

    func resize(columns: UInt16, rows: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(primary, UInt(TIOCSWINSZ), &size)
        // It is not its controlling terminal: the kernel tells nobody.
        signal(SIGWINCH)
    }

    func waitForExit(within seconds: Double) -> Int32? {
        var raw: Int32 = 0
        let ended = holds(within: seconds) {
            _ = text
            return waitpid(pid, &raw, WNOHANG) == pid
        }
        guard ended else { return nil }
        let code = raw & 0x7f == 0 ? raw >> 8 & 0xff : 128 + raw & 0x7f
        status = code
        return code
    }

    private static func withCStrings<R>(
        _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
    ) -> R {
        var pointers = texts.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return body(&pointers)
    }
}
