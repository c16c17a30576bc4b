import NIOCore
import WeirConfig
import WeirEdge

/// What the admin listener has besides health, status and metrics: lists for people, and commands.
struct AdminPages: Sendable {
    let operations: Operations

    var all: [OperatorPage] {
        [
            OperatorPage("/apps") { _ in .now(self.apps()) },
            OperatorPage("/workers") { self.workers($0) },
            OperatorPage("/requests") { self.requests($0) },
            OperatorPage("/explain") { self.explain($0) },
            OperatorPage("/processes") { _ in .now(.json(SupervisionReport(self.measurements.supervision))) },
            OperatorPage("/processes/*/restart", [.post]) { .now(self.restart($0.segments[1], instance: nil)) },
            OperatorPage("/processes/*/*/restart", [.post]) {
                .now(self.restart($0.segments[1], instance: $0.segments[2]))
            },
            OperatorPage("/apps/*/recycle", [.post]) { .now(self.recycle(.all, of: String($0.segments[1]))) },
            OperatorPage("/workers/*/*/recycle", [.post]) { request in
                let segments = request.segments
                return .now(self.recycle(.one(String(segments[2])), of: String(segments[1])))
            },
            OperatorPage("/drain", [.post]) { .now(self.drain($0)) },
            OperatorPage("/reload", [.post]) { _ in self.reload() },
            OperatorPage("/log/reopen", [.post]) { _ in .now(self.reopenLogs()) },
            OperatorPage("/stop", [.post]) { _ in .now(self.stop()) },
        ]
    }

    private var measurements: Measurements { operations.measurements }

    /// nil: the request names no app, or one there is.
    private func unknownApp(_ request: OperatorRequest) -> OperatorReply? {
        guard let name = request["app"] else { return nil }
        return measurements.apps.contains { $0.settings.name == name } ? nil : noSuchApp
    }

    private var noSuchApp: OperatorReply {
        let names = measurements.apps.map(\.settings.name)
        return .problem(404, "there is no such app; there are: \(names.joined(separator: ", "))")
    }

    // MARK: Lists

    private func apps() -> OperatorReply {
        let now = EdgeLoop.now
        return .json(
            measurements.appsWithSnapshots(now: now).map { app, snapshot in
                AppReport(app, snapshot, isDraining: isDraining(snapshot.name), now: now)
            })
    }

    private func isDraining(_ app: String) -> Bool {
        operations.rotation.isOut || operations.rotation(of: app).isOut
    }

    private func workers(_ request: OperatorRequest) -> OperatorAnswer {
        if let problem = unknownApp(request) { return .now(problem) }
        let name = request["app"]
        return .later { [measurements] in
            let running = await measurements.runningRequests()
            let apps = measurements.apps.filter { name == nil || $0.settings.name == name }
            return .json(WorkerReport.all(of: apps, running: running, now: EdgeLoop.now))
        }
    }

    private func requests(_ request: OperatorRequest) -> OperatorAnswer {
        if let problem = unknownApp(request) { return .now(problem) }
        let name = request["app"]
        return .later { [measurements] in
            let running = await measurements.runningRequests().filter { name == nil || $0.app == name }
            return .json(RequestReport.slowestFirst(running, now: EdgeLoop.now))
        }
    }

    private func explain(_ request: OperatorRequest) -> OperatorAnswer {
        if let problem = unknownApp(request) { return .now(problem) }
        guard let control = operations.control else { return .now(Self.notYet) }
        let report = control.explain()
        return .now(.json(request["app"].map(report.only(app:)) ?? report))
    }

    // MARK: Commands

    private static let notYet = OperatorReply.problem(501, "this server cannot do that")

    private struct Recycling: Encodable {
        let app: String
        let recycling: [Operations.Chosen]
    }

    /// 202: it goes on from here by itself.
    private func recycle(_ choice: Operations.Choice, of app: String) -> OperatorReply {
        do throws(Operations.Refusal) {
            return .json(status: 202, Recycling(app: app, recycling: try operations.recycle(choice, of: app)))
        } catch {
            switch error {
            case .noSuchApp: return noSuchApp
            case .noPool: return .problem(409, "the workers of '\(app)' belong to another server")
            case .noSuchWorker: return .problem(404, "'\(app)' has no such worker, or it is leaving already")
            case .ambiguous:
                return .problem(409, "that is one worker's number and another's pid; say id:NUMBER or pid:NUMBER")
            }
        }
    }

    private struct Restarting: Encodable {
        let process: String
        let restarting: [Int]
    }

    /// 202: it goes on from here by itself.
    private func restart(_ name: Substring, instance: Substring?) -> OperatorReply {
        let supervision = measurements.supervision
        do throws(Supervision.Refusal) {
            guard let instance else {
                let all = try supervision.restart(String(name), instance: nil)
                return .json(status: 202, Restarting(process: String(name), restarting: all))
            }
            guard let number = Int(instance) else { throw .noSuchInstance }
            let one = try supervision.restart(String(name), instance: number)
            return .json(status: 202, Restarting(process: String(name), restarting: one))
        } catch {
            switch error {
            case .noSuchProcess:
                let names = supervision.processes.map(\.settings.name)
                return .problem(
                    404,
                    names.isEmpty
                        ? "there are no processes"
                        : "there is no such process; there are: \(names.joined(separator: ", "))")
            case .noSuchInstance: return .problem(404, "'\(name)' has no such instance; they count from 0")
            }
        }
    }

    private struct Draining: Encodable {
        let draining: Bool
        let apps: [String]
    }

    private func drain(_ request: OperatorRequest) -> OperatorReply {
        if let problem = unknownApp(request) { return problem }
        operations.drain(app: request["app"], isOn: request["off"] == nil)
        let apps = measurements.apps.map(\.settings.name).filter { operations.rotation(of: $0).isOut }
        return .json(Draining(draining: operations.rotation.isOut, apps: apps))
    }

    private func reload() -> OperatorAnswer {
        guard let control = operations.control else { return .now(Self.notYet) }
        return .later { Self.reply(to: await control.reload()) }
    }

    private struct Reloaded: Encodable {
        let result: String
        let generation: Int
        let message: String
        let problems: [String]
    }

    private static func reply(to report: ReloadReport) -> OperatorReply {
        let (status, message) =
            switch report.result {
            case .done: (200, "reloaded")
            case .refused: (422, "not reloaded: nothing has changed")
            case .failed: (500, "not reloaded: the new workers did not become ready, and the old ones go on")
            }
        return .json(
            status: status,
            Reloaded(
                result: report.result.rawValue, generation: report.generation, message: message,
                problems: report.messages))
    }

    private struct Done: Encodable {
        let done: String
    }

    private func reopenLogs() -> OperatorReply {
        guard let control = operations.control else { return Self.notYet }
        control.reopenLogs()
        return .json(Done(done: "logs are opened again"))
    }

    private func stop() -> OperatorReply {
        operations.stop()
        return .json(status: 202, Done(done: "stopping"))
    }
}
