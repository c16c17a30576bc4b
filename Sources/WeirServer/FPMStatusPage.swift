import WeirCore
import WeirEdge
import WeirTelemetry

/// php-fpm's status page: which app and form a query asks for, and the page itself.
struct FPMStatusPage {
    let format: FPMStatus.Format
    let isFull: Bool
    /// nil: the first app.
    let pool: String?

    /// The words php-fpm looks for, and `text`, which asks for what php-fpm gives without any.
    static func isAsked(by query: [(name: String, value: String)]) -> Bool {
        query.contains { $0.name == "full" || FPMStatus.Format(rawValue: $0.name) != nil }
    }

    init(query: [(name: String, value: String)]) {
        format = query.lazy.compactMap { FPMStatus.Format(rawValue: $0.name) }.first ?? .text
        isFull = query.contains { $0.name == "full" }
        pool = query.first { $0.name == "pool" }?.value
    }

    func answer(from measurements: Measurements) async -> OperatorReply {
        let now = EdgeLoop.now
        let apps = measurements.appSnapshots(now: now)
        guard let app = pool.map({ name in apps.first { $0.name == name } }) ?? apps.first else {
            let names = apps.map(\.name).joined(separator: ", ")
            return OperatorReply(
                status: 404,
                body: names.isEmpty ? "There is no app.\n" : "There is no app of that name. There are: \(names)\n"
            )
        }
        var status = FPMStatus(
            app, startUnixSeconds: measurements.startedUnixSeconds,
            startSince: Int((now - measurements.started).seconds)
        )
        if isFull {
            let running = await measurements.runningRequests().filter { $0.app == app.name }
            status.processes = FPMStatus.processes(
                app.processes, running, now: now, serverStart: measurements.startedUnixSeconds,
                startOf: { OwnProcess.start(of: $0).map { Int($0) } }
            )
        }
        let page = status.page(format)
        return OperatorReply(contentType: page.contentType, body: page.body)
    }
}

extension FPMStatus {
    init(_ app: AppSnapshot, startUnixSeconds: Int, startSince: Int) {
        self.init(
            pool: app.name, manager: app.manager, startUnixSeconds: startUnixSeconds, startSince: startSince,
            accepted: app.totals.accepted, queued: app.queued, maxQueued: app.totals.maxQueued,
            queueLimit: app.queueLimit, idle: app.workers.idle, active: app.workers.busy,
            maxActive: app.totals.maxRunning, maxChildrenReached: app.totals.maxChildrenReached ?? 0,
            slowRequests: app.totals.slowRequests ?? 0
        )
    }

    /// Every worker with the request it has. Of an external server only requests are known: a line each, pid 0.
    static func processes(
        _ workers: [AppSnapshot.Worker], _ running: [RunningRequest], now: Instant, serverStart: Int,
        startOf: (Int32) -> Int?
    ) -> [Process] {
        let nowUnixSeconds = WallClock.now.seconds
        let known = workers.map { worker in
            let start = startOf(worker.pid) ?? serverStart
            var process = Process(
                pid: worker.pid, isRunning: worker.isBusy, startUnixSeconds: start,
                startSince: max(0, nowUnixSeconds - start), requests: worker.requests
            )
            if worker.isBusy, let request = running.first(where: { $0.pid == worker.pid }) {
                process.show(request, now: now)
            }
            return process
        }
        let others = running.filter { $0.pid == 0 }.map { request in
            var process = Process(
                pid: 0, isRunning: true, startUnixSeconds: serverStart,
                startSince: max(0, nowUnixSeconds - serverStart),
                requests: 0
            )
            process.show(request, now: now)
            return process
        }
        return known + others
    }
}

extension FPMStatus.Process {
    fileprivate mutating func show(_ request: RunningRequest, now: Instant) {
        requestMicroseconds = (now - request.dispatched).count / 1_000
        method = request.method
        uri = request.path
        contentLength = request.contentLength
        script = request.script
    }
}
