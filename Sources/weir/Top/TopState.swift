/// What the person at the terminal has chosen, and what a key changes about it. No I/O: the caller carries out the action.
struct TopState {
    enum Sort: String, CaseIterable {
        case time, pid, state, requests, age, memory, path

        /// Large or busy first where that is what one looks for.
        var isDescending: Bool {
            switch self {
            case .time, .requests, .age, .memory: true
            case .pid, .state, .path: false
            }
        }
    }

    enum Mode: Equatable {
        case watching
        case filtering
        case confirming(WorkerName)
        case help
    }

    /// Stays the same however the list is sorted.
    struct WorkerName: Equatable {
        var app: String
        var id: Int
        var pid: Int?
    }

    enum Action: Equatable {
        case nothing
        case quit
        case recycle(WorkerName)
    }

    var report = TopReport()
    var mode = Mode.watching
    var sort = Sort.time
    var isReversed = false
    var filter = ""
    /// nil: all of them.
    var app: String?
    var selected: WorkerName?
    var isPaused = false
    var interval = 2.0
    /// What happened last.
    var message = ""

    static let intervals = [0.5, 1, 2, 5, 10, 30, 60]

    // MARK: Lists

    /// The workers that are shown, in their order.
    var workers: [WorkerFacts] {
        let words = filter.lowercased()
        let shown = report.workers.filter { worker in
            guard app == nil || worker.app == app else { return false }
            guard !words.isEmpty else { return true }
            let text = "\(worker.app) \(worker.pid ?? 0) \(worker.state) \(worker.request?.line ?? "")"
            return text.lowercased().contains(words)
        }
        let sorted = shown.sorted { first, second in
            let order = compare(first, second)
            guard order == 0 else { return (order < 0) != (sort.isDescending != isReversed) }
            return (first.app, first.id) < (second.app, second.id)
        }
        return sorted
    }

    private func compare(_ a: WorkerFacts, _ b: WorkerFacts) -> Int {
        func order<Value: Comparable>(_ a: Value, _ b: Value) -> Int { a < b ? -1 : a > b ? 1 : 0 }
        switch sort {
        case .time: return order(a.request?.seconds ?? -1, b.request?.seconds ?? -1)
        case .pid: return order(a.pid ?? 0, b.pid ?? 0)
        case .state: return order(a.state, b.state)
        case .requests: return order(a.requests ?? 0, b.requests ?? 0)
        case .age: return order(a.ageSeconds ?? 0, b.ageSeconds ?? 0)
        case .memory: return order(a.memory ?? 0, b.memory ?? 0)
        case .path: return order(a.request?.path ?? "\u{10FFFF}", b.request?.path ?? "\u{10FFFF}")
        }
    }

    var requests: [RequestFacts] { report.requests.filter { app == nil || $0.app == app } }

    /// The place of the selected worker in the list; the first one's when it is gone.
    var selection: Int? {
        let workers = workers
        guard !workers.isEmpty else { return nil }
        return workers.firstIndex { WorkerName($0) == selected } ?? 0
    }

    mutating func show(_ report: TopReport) {
        self.report = report
        if let app, !report.apps.contains(where: { $0.facts.name == app }) { self.app = nil }
    }

    // MARK: Keys

    mutating func press(_ key: TopKey) -> Action {
        switch mode {
        case .filtering: typeFilter(key)
        case .confirming(let worker):
            mode = .watching
            if key == .character("y") || key == .character("Y") { return .recycle(worker) }
            message = "not recycled"
        case .help: mode = .watching
        case .watching: return watch(key)
        }
        return .nothing
    }

    private mutating func typeFilter(_ key: TopKey) {
        switch key {
        case .enter: mode = .watching
        case .escape:
            filter = ""
            mode = .watching
        case .backspace: filter = String(filter.dropLast())
        case .character(let character): if filter.count < 60 { filter.append(character) }
        case .up, .down: break
        }
    }

    private mutating func watch(_ key: TopKey) -> Action {
        message = ""
        switch key {
        case .up, .character("k"): move(by: -1)
        case .down, .character("j"): move(by: 1)
        case .escape: filter = ""
        case .character("q"): return .quit
        case .character("s"):
            let all = Sort.allCases
            sort = all[((all.firstIndex(of: sort) ?? 0) + 1) % all.count]
            isReversed = false
        case .character("S"): isReversed.toggle()
        case .character("/"): mode = .filtering
        case .character("a"): nextApp()
        case .character("r"):
            if let selection {
                mode = .confirming(WorkerName(workers[selection]))
            } else {
                message = "no worker to recycle"
            }
        case .character(" "): isPaused.toggle()
        case .character("+"): interval = Self.intervals.first { $0 > interval } ?? interval
        case .character("-"): interval = Self.intervals.last { $0 < interval } ?? interval
        case .character("h"), .character("?"): mode = .help
        default: break
        }
        return .nothing
    }

    private mutating func move(by step: Int) {
        let workers = workers
        guard let selection else { return }
        selected = WorkerName(workers[min(max(selection + step, 0), workers.count - 1)])
    }

    /// All, then each in turn.
    private mutating func nextApp() {
        let names = report.apps.map(\.facts.name)
        guard let current = app, let index = names.firstIndex(of: current) else {
            app = names.first
            return
        }
        app = index + 1 < names.count ? names[index + 1] : nil
    }
}

extension TopState.WorkerName {
    init(_ worker: WorkerFacts) { self.init(app: worker.app, id: worker.id, pid: worker.pid) }
}
