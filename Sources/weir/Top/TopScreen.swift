/// One picture of `weir top`: state and size in, lines out. Knows nothing of terminals but their size.
struct TopScreen {
    enum Style: Equatable {
        case plain, title, heading, selected, warning, faint
    }

    struct Line: Equatable {
        var text: String
        var style = Style.plain
    }

    let state: TopState
    let width: Int
    /// nil: as many lines as it takes, and nothing to press.
    let height: Int?
    /// Bars of block characters; otherwise of ASCII.
    var hasBlocks = true

    private static let slowestMax = 5

    var lines: [Line] {
        if state.mode == .help { return help }
        var lines = header
        let apps = appLines
        guard let height else {
            return lines + [Line(text: "")] + apps + [Line(text: "")] + besideLines(room: .max) + workerLines(room: nil)
                + slowest(room: nil)
        }
        // What an operator looks for is at the top; the rest gets what is left, and the last line is the dialogue.
        let appRoom = max(3, min(apps.count, (height - lines.count) / 2))
        lines += [Line(text: "")] + apps.prefix(appRoom) + [Line(text: "")]
        lines += besideLines(room: max(0, (height - lines.count - Self.workersMin) / 2))
        let left = max(0, height - lines.count - 1)
        let slow = slowest(room: max(0, left - Self.workersMin))
        lines += workerLines(room: max(0, left - slow.count)) + slow
        lines = Array(lines.prefix(height - 1))
        lines += Array(repeating: Line(text: ""), count: max(0, height - 1 - lines.count))
        return (lines + [footer]).map { Line(text: TextWidth.fit($0.text, width), style: $0.style) }
    }

    private static let workersMin = 9

    // MARK: The server

    private var header: [Line] {
        let report = state.report
        let shares = [2, 3, 4, 5].map { digit in
            "\(digit)xx " + (report.statusShares[digit].map { "\(Shown.fixed($0 * 100, 0))%" } ?? Shown.nothing)
        }
        let pace = state.isPaused ? "PAUSED" : "every \(Shown.fixed(state.interval, state.interval < 1 ? 1 : 0)) s"
        let first: [String?] = [
            "weir  up \(Shown.time(report.server.uptimeSeconds))", "\(Shown.rate(report.requestsPerSecond)) req/s",
            shares.joined(separator: " "), height == nil ? nil : pace,
        ]
        let memory =
            "memory \(Shown.bytes(report.memoryUsed.map { Int($0) })) of "
            + Shown.bytes(report.memoryLimit.map { Int($0) })
        let cpu =
            "cpu \(report.coresUsed.map { Shown.fixed($0, 2) } ?? Shown.nothing) of "
            + (report.cores.map { Shown.fixed($0, 1) } ?? Shown.nothing)
        let second = [
            memory, cpu, "connections \(Shown.count(report.server.connections?.open))",
            "lag p95 \(Shown.time(report.loopLag))",
        ]
        return [
            Line(text: first.compactMap { $0 }.joined(separator: "   "), style: .title),
            Line(text: second.joined(separator: "  ")),
        ]
    }

    // MARK: Apps

    private var appLines: [Line] {
        let apps = state.report.apps.filter { state.app == nil || $0.facts.name == state.app }
        // The numbers stay beside the names, however wide the terminal is.
        let name = min(max(8, width - 71), longest(apps.map(\.facts.name)))
        let heading =
            row(name, "APP", ["BUSY/MAX", "QUEUE", "LONGEST", "SHED/s", "REQ/s"])
            + TextWidth.fit("WAIT ms", 15, right: true)
            + TextWidth.fit("SERVICE ms", 15, right: true)
        return [Line(text: heading, style: .heading)]
            + apps.flatMap { app -> [Line] in
                let facts = app.facts
                let running = "\(Shown.count(facts.workers?.active))/\(Shown.count(facts.workers?.max))"
                let text =
                    row(
                        name, Shown.text(facts.name),
                        [
                            running, Shown.count(facts.queued), Shown.time(facts.longestWaitSeconds),
                            Shown.rate(app.shedPerSecond), Shown.rate(app.requestsPerSecond),
                        ])
                    + TextWidth.fit(milliseconds(app.wait), 15, right: true)
                    + TextWidth.fit(milliseconds(app.service), 15, right: true)
                let isTroubled = facts.available == false || (app.shedPerSecond ?? 0) > 0
                return [Line(text: text, style: isTroubled ? .warning : .plain), Line(text: bar(facts), style: .faint)]
            }
    }

    private func longest(_ names: [String]) -> Int {
        names.reduce(8) { max($0, TextWidth.of(Shown.text($1))) }
    }

    private func row(_ name: Int, _ first: String, _ cells: [String]) -> String {
        let widths = [8, 6, 8, 7, 7]
        return TextWidth.fit(first, name)
            + zip(cells, widths).map { " " + TextWidth.fit($0, $1, right: true) }.joined()
    }

    /// `1.2/15/120`
    private func milliseconds(_ quantiles: TopReport.Quantiles) -> String {
        let all = [quantiles.p50, quantiles.p95, quantiles.p99]
        guard all.contains(where: { $0 != nil }) else { return Shown.nothing }
        return all.map { value in
            value.map { Shown.fixed($0 * 1_000, $0 < 0.00995 ? 1 : 0) } ?? Shown.nothing
        }.joined(separator: "/")
    }

    /// Of the workers an app may have: busy, idle, starting, leaving, not there.
    private func bar(_ app: AppFacts) -> String {
        let workers = app.workers ?? .init()
        let counts = [workers.active, workers.idle, workers.starting, workers.leaving].map { max(0, $0 ?? 0) }
        let all = max(counts.reduce(0, +), workers.max ?? 0)
        let cells = min(all, max(10, width / 4))
        let marks = hasBlocks ? ["█", "▒", "+", "·"] : ["#", "=", "+", "."]
        var text = ""
        var done = 0
        for (count, mark) in zip(counts, marks) {
            // Cumulative, so that rounding neither adds nor loses a cell.
            let start = all > 0 ? done * cells / all : 0
            done += count
            let end = all > 0 ? done * cells / all : 0
            text += String(repeating: mark, count: end - start)
        }
        let filled = TextWidth.fit(text, cells)
        let words = zip(counts, ["busy", "idle", "starting", "leaving"]).filter { $0.0 > 0 }.map { "\($0) \($1)" }
        let notes =
            words
            + [
                app.mode == "worker" ? "worker mode" : nil, app.draining == true ? "draining" : nil,
                app.available == false ? "unavailable" : nil,
            ]
            .compactMap { $0 }
        return "  [\(filled)] " + (notes.isEmpty ? "no workers" : notes.joined(separator: ", "))
    }

    // MARK: Beside the apps

    /// Programs and schedules with a free line behind them; what is in trouble first where there is no room for all.
    private func besideLines(room: Int) -> [Line] {
        let names = state.report.server.supervision
        guard state.app == nil, !names.processes.isEmpty || !names.schedule.isEmpty, room > 2 else { return [] }
        let rows = names.processes.map(line) + names.schedule.map(line)
        let isShort = rows.count > room - 2
        let ordered = isShort ? rows.filter { $0.style == .warning } + rows.filter { $0.style != .warning } : rows
        var title = "processes and schedule"
        if isShort { title += ", \(rows.count - (room - 2)) more in 'weir processes'" }
        return [Line(text: title, style: .heading)] + ordered.prefix(room - 2) + [Line(text: "")]
    }

    private func line(_ process: ProcessFacts) -> Line {
        let isUp = process.state == "running" || process.state == "ended"
        let text =
            TextWidth.fit("  \(Shown.text(process.name)) \(process.instance)", 24)
            + TextWidth.fit(process.stateText, 16) + TextWidth.fit(Shown.time(process.uptimeSeconds), 8, right: true)
            + TextWidth.fit(Shown.bytes(process.memory), 10, right: true)
            + TextWidth.fit("\(Shown.count(process.restarts)) restarts", 14, right: true) + "  "
            + process.lastExitText
        return Line(text: text, style: isUp ? .plain : .warning)
    }

    private func line(_ entry: ScheduleFacts) -> Line {
        let isWell = entry.lastRun.map { $0.result == "ok" } ?? true
        let text =
            TextWidth.fit("  \(Shown.text(entry.name))", 24) + TextWidth.fit(entry.nextText, 16)
            + TextWidth.fit(Shown.time(entry.lastRun?.durationSeconds), 8, right: true)
            + TextWidth.fit("\(Shown.count(entry.skipped)) skipped", 24, right: true) + "  " + entry.lastText
        return Line(text: text, style: isWell ? .plain : .warning)
    }

    // MARK: Workers

    private func workerLines(room: Int?) -> [Line] {
        let workers = state.workers
        let order = state.sort.rawValue + (state.isReversed ? ", reversed" : "")
        let shown = state.app.map { " of \(Shown.text($0))" } ?? ""
        let filter = state.filter.isEmpty ? "" : "   filter: \(Shown.text(state.filter))"
        let title = Line(text: "\(workers.count) workers\(shown), by \(order)\(filter)", style: .heading)
        let isMany = state.app == nil && state.report.apps.count > 1
        let heading = Line(
            text: workerRow(" ", ["PID", "STATE", "REQS", "AGE", "MEMORY", "TIME"], "REQUEST", isMany ? "APP" : nil),
            style: .heading)
        let rows = workers.indices.map { index -> Line in
            let worker = workers[index]
            let isSelected = height != nil && index == state.selection
            let text = workerRow(
                isSelected ? ">" : " ",
                [
                    Shown.count(worker.pid), Shown.text(worker.state), Shown.count(worker.requests),
                    Shown.time(worker.ageSeconds), Shown.bytes(worker.memory),
                    worker.request.map { Shown.time($0.seconds) } ?? "",
                ], worker.request?.line ?? "", isMany ? Shown.text(worker.app) : nil)
            return Line(text: TextWidth.fit(text, width), style: isSelected ? .selected : .plain)
        }
        guard let room else { return [title, heading] + rows }
        guard room > 2 else { return Array([title, heading].prefix(room)) }
        // The selected one stays in view.
        let count = room - 2
        let first = min(max(0, (state.selection ?? 0) - count + 1), max(0, rows.count - count))
        return [title, heading] + rows[first..<min(rows.count, first + count)]
    }

    private func workerRow(_ mark: String, _ cells: [String], _ request: String, _ app: String?) -> String {
        let widths = [7, 8, 7, 7, 9, 8]
        let fitted = zip(cells, widths).enumerated().map { index, cell in
            TextWidth.fit(cell.0, cell.1, right: index != 1)
        }
        let name = min(max(10, width - 92), longest(state.report.apps.map(\.facts.name)))
        return mark + fitted.joined(separator: " ") + (app.map { "  " + TextWidth.fit($0, name) } ?? "") + "  "
            + request
    }

    // MARK: Requests

    private func slowest(room: Int?) -> [Line] {
        let requests = state.requests.prefix(Self.slowestMax)
        guard !requests.isEmpty, room.map({ $0 >= requests.count + 2 }) ?? true else { return [] }
        let address = requests.reduce(0) { max($0, TextWidth.of(Shown.text($1.client ?? ""))) }
        return [Line(text: ""), Line(text: "slowest requests that run", style: .heading)]
            + requests.map { request in
                let time = TextWidth.fit(Shown.time(request.seconds), 8, right: true)
                let waited = TextWidth.fit("waited \(Shown.time(request.waitSeconds))", 15)
                let client = TextWidth.fit(Shown.text(request.client ?? ""), address)
                let who = "pid \(TextWidth.fit(Shown.count(request.pid), 7))  \(client)"
                return Line(text: "\(time)  \(waited)  \(who)  \(request.line)")
            }
    }

    // MARK: The dialogue

    private var footer: Line {
        switch state.mode {
        case .filtering:
            Line(text: "/\(Shown.text(state.filter))_   enter keeps it, escape clears it", style: .selected)
        case .confirming(let worker):
            Line(
                text: "replace worker \(worker.id) of \(Shown.text(worker.app)) (pid \(Shown.count(worker.pid)))? y/n",
                style: .selected)
        case .watching, .help:
            state.message.isEmpty
                ? Line(
                    text: "q quit  s/S sort  / filter  a app  r recycle  space pause  +/- pace  h help", style: .faint)
                : Line(text: Shown.text(state.message), style: .warning)
        }
    }

    private var help: [Line] {
        let rows = [
            "q            quit", "s, S         sort the workers by the next column; the other way round",
            "/            only workers with this in app, pid, state or request; escape: all",
            "a            the next app only, then all of them again",
            "arrows, j k  select a worker", "r            replace the selected worker after its request; asks first",
            "space        stop the picture; again: go on", "+, -          less often, more often",
            "h            this page; any key leaves it", "",
            "WAIT and SERVICE: time in the queue, and with a worker, since the last picture:",
            "median, 95th and 99th percentile. TIME: since the request came. LONGEST: how",
            "long the oldest one in the queue has waited. A dash is what is not known.",
            "The bar: busy, idle, starting, leaving workers, of as many as there may be.",
        ]
        let lines = [Line(text: "weir top", style: .title), Line(text: "")] + rows.map { Line(text: $0) }
        let room = height ?? lines.count
        let filled = lines.prefix(room) + Array(repeating: Line(text: ""), count: max(0, room - lines.count))
        return filled.map { Line(text: TextWidth.fit($0.text, width), style: $0.style) }
    }
}
