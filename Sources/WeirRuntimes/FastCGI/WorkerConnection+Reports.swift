import NIOCore
import WeirWire

/// What a guest says beside its answers, between requests too.
extension WorkerConnection {
    func takeReport(_ buffer: ByteBuffer, _ range: Range<Int>) {
        // What is too long stays too long, and is not read at its end.
        guard report.count <= GuestReport.byteCountMax else { return }
        buffer.withUnsafeReadableBytes { report.append(contentsOf: $0[range]) }
    }

    func endReport(_ kind: GuestReport.Kind, isOfRequest: Bool) {
        defer { report.removeAll(keepingCapacity: report.capacity <= 4_096) }
        guard let read = report.withUnsafeBytes({ GuestReport(kind, $0) }) else {
            return say("weir-php: a report that cannot be read (type \(kind.rawValue), \(report.count) bytes)")
        }
        switch read {
        case .ready: becomeReady()
        case .leaving: leaveUnasked()
        case .log, .metric, .audit: events.reported?(self, read, isOfRequest ? note : nil)
        }
    }

    /// A request that is on its way to the worker is another's to run: this one has not seen it.
    private func leaveUnasked() {
        guard leaving == nil else { return }
        leaving = .scriptEnded
        if exchange != nil, !progress.isAnswered { lose(progress.hasHead ? .answering : .leaving) }
        exchange = nil
        events.finished(self)
    }
}
