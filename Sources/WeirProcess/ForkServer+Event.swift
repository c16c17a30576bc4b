import Glibc

extension ForkServer {
    package enum Event: Sendable, Equatable {
        case ready(version: String)
        case failed(String)
        /// What the guest allows a request, after `ready`: `memory_limit` in bytes, nil if there is none.
        case limits(memory: Int?)
        case forked(worker: Int, pid: pid_t)
        case forkFailed(worker: Int, reason: String)
        case exited(worker: Int, pid: pid_t, ExitStatus)
        /// Where a worker was in the request `token`, innermost first; nothing that a log line could not hold.
        case stack(worker: Int, token: UInt16, frames: [String])
        case stackFailed(worker: Int, token: UInt16, reason: String)
        /// Nil: OPcache is off.
        case opcache(OpcacheReport?)
        case opcacheFailed(reason: String)
        /// The fork server itself is gone; no event follows.
        case closed
    }
}

extension ForkServer.Event {
    /// From a message on the control socket; nil if it is not one that we know.
    package init?(_ message: String) {
        let lines = message.split(separator: "\n", omittingEmptySubsequences: true)
        let words = (lines.first ?? "").split(separator: " ", omittingEmptySubsequences: true)
        func number(_ index: Int) -> Int? { index < words.count ? Int(words[index]) : nil }
        func rest(_ index: Int) -> String { words.dropFirst(index).joined(separator: " ") }
        func token() -> UInt16? { number(2).flatMap { UInt16(exactly: $0) } }
        switch words.first {
        case "ready": self = .ready(version: rest(1))
        case "failed": self = .failed(rest(1))
        case "limits":
            guard let memory = number(1) else { return nil }
            self = .limits(memory: memory < 0 ? nil : memory)
        case "forked":
            guard let worker = number(1), let pid = number(2) else { return nil }
            self = .forked(worker: worker, pid: pid_t(pid))
        case "fork-failed":
            guard let worker = number(1) else { return nil }
            self = .forkFailed(worker: worker, reason: rest(3))
        case "exited":
            guard let worker = number(1), let pid = number(2), let code = number(3), let signal = number(4) else {
                return nil
            }
            let status: ExitStatus = signal == 0 ? .exited(code: Int32(code)) : .signaled(number: Int32(signal))
            self = .exited(worker: worker, pid: pid_t(pid), status)
        case "stack":
            guard let worker = number(1), let token = token() else { return nil }
            self = .stack(worker: worker, token: token, frames: lines.dropFirst().map(String.init))
        case "stack-failed":
            guard let worker = number(1), let token = token() else { return nil }
            self = .stackFailed(worker: worker, token: token, reason: rest(3))
        case "opcache":
            if rest(1) == "off" {
                self = .opcache(nil)
            } else {
                guard let report = OpcacheReport(words.dropFirst().compactMap { Int($0) }) else { return nil }
                self = .opcache(report)
            }
        case "opcache-failed": self = .opcacheFailed(reason: rest(1))
        default: return nil
        }
    }
}
