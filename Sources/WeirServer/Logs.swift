import Glibc
import Logging
import Synchronization
import WeirConfig
import WeirEdge
import WeirProcess
import WeirTelemetry

/// The server's log and its access log, which outlive configurations.
package final class Logs: Sendable {
    package let logger: Logger
    private let writer: LogWriter
    private let level: LogLevelSwitch
    private let access = Mutex<(path: String?, writer: LogWriter)?>(nil)
    /// By access logs that were written before another one.
    private let droppedBefore = Atomic<Int>(0)

    package init(level: LogLevel) {
        let writer = LogWriter(descriptor: STDERR_FILENO)
        let levels = LogLevelSwitch(Self.level(level))
        self.writer = writer
        self.level = levels
        logger = Logger(label: "weir") { _ in TextLogHandler(writer: writer, level: levels) }
    }

    func setLevel(_ level: LogLevel) { self.level.set(Self.level(level)) }

    private static func level(_ level: LogLevel) -> Logger.Level { Logger.Level(rawValue: level.rawValue) ?? .info }

    /// The access log of one configuration.
    struct Access: Sendable {
        let log: AccessLog
        fileprivate let path: String?
        fileprivate let writer: LogWriter
    }

    /// The same file as before goes on; another one is opened. nil: no log is wanted.
    func open(_ settings: AccessLogSettings, loops: Int) throws(SystemError) -> Access? {
        guard settings.format != .off else { return nil }
        let current = access.withLock { $0.flatMap { $0.path == settings.path ? $0.writer : nil } }
        let writer: LogWriter
        if let current { writer = current } else { writer = try Self.accessWriter(settings.path, loops) }
        return Access(log: AccessLog(writer: writer, format: settings.format), path: settings.path, writer: writer)
    }

    /// This one is in force: it is opened again when that is asked for.
    func use(_ opened: Access?) {
        guard let opened else { return }
        access.withLock { access in
            if let old = access?.writer, old !== opened.writer {
                droppedBefore.add(old.droppedLines, ordering: .relaxed)
            }
            access = (opened.path, opened.writer)
        }
    }

    private static func accessWriter(_ path: String?, _ loops: Int) throws(SystemError) -> LogWriter {
        guard let path else { return LogWriter(descriptor: STDOUT_FILENO, places: loops) }
        guard let writer = LogWriter(path: path, places: loops) else {
            throw SystemError("opening the access log \(path)")
        }
        return writer
    }

    /// Goes on in new files after somebody has moved the old ones away.
    package func reopen() {
        guard let (path, writer) = access.withLock({ $0 }), let path else {
            return logger.info("log.reopened", metadata: ["files": "0"])
        }
        do throws(SystemError) {
            try writer.reopen(path)
            logger.info("log.reopened", metadata: ["files": "1", "path": "\(path)"])
        } catch {
            logger.error("log.not_reopened", metadata: ["path": "\(path)", "reason": "\(error)"])
        }
    }

    /// By log.
    var droppedLines: [String: Int] {
        let now = access.withLock { $0?.writer.droppedLines ?? 0 }
        return ["server": writer.droppedLines, "access": droppedBefore.load(ordering: .relaxed) + now]
    }

    package func flush() {
        access.withLock { $0 }?.writer.flush()
        writer.flush()
    }
}
