import WeirRuntimes

/// One process of a program that speaks HTTP, as a part of `/status`. Times in seconds, memory in bytes.
struct ProgramReport: Encodable {
    struct EventLoop: Encodable {
        let delayP99Seconds: Double
        let delayMaxSeconds: Double
        /// 0...1.
        let utilisation: Double
        let heapUsed: Int
        let heapTotal: Int
        let external: Int
        let handles: Int
    }

    let worker: Int
    let pid: Int32?
    let address: String
    let well: Bool
    let complaint: String?
    let tunnels: Int
    /// Of Node.js, once it has reported.
    let eventLoop: EventLoop?
    let goroutines: Int?

    init(_ program: ProgramStatus) {
        worker = program.worker
        pid = program.pid == 0 ? nil : program.pid
        address = program.address
        well = program.isWell
        complaint = program.complaint
        tunnels = program.tunnels
        eventLoop = program.loop.map { loop in
            EventLoop(
                delayP99Seconds: Double(loop.delayP99) / 1e6, delayMaxSeconds: Double(loop.delayMax) / 1e6,
                utilisation: loop.utilisation, heapUsed: loop.heapUsed, heapTotal: loop.heapTotal,
                external: loop.external, handles: loop.handles)
        }
        goroutines = program.goroutines
    }
}
