/// What the admin listener says, as far as the commands show it. What a server of another version leaves out is nil.
struct AppFacts: Decodable, Equatable {
    struct Workers: Decodable, Equatable {
        var starting: Int?
        var idle: Int?
        var active: Int?
        var leaving: Int?
        var max: Int?
    }

    var name: String
    var runtime: String?
    var mode: String?
    var draining: Bool?
    var available: Bool?
    var generation: Int?
    var workers: Workers?
    var queued: Int?
    var longestWaitSeconds: Double?
    var accepted: Int?
    var completed: Int?
    var shed: Int?
    var meanServiceSeconds: Double?
    var lastFailure: String?
    var recentFailures: [FailureFacts]?
}

struct FailureFacts: Decodable, Equatable {
    var worker: Int
    var pid: Int?
    var secondsAgo: Double?
    var what: String
    var lastWords: [String]?
    var requests: Int?
}

struct ServerFacts: Decodable, Equatable {
    struct Connections: Decodable, Equatable {
        var open: Int?
        var refused: Int?
    }

    var uptimeSeconds: Double?
    var connections: Connections?
    var processes: [ProcessFacts]?
    var schedule: [ScheduleFacts]?

    /// What runs beside the apps.
    var supervision: SupervisionFacts { SupervisionFacts(processes: processes ?? [], schedule: schedule ?? []) }
}

struct RequestFacts: Decodable, Equatable {
    var app: String?
    var lane: String?
    var pid: Int?
    var id: String?
    var method: String?
    var path: String?
    var client: String?
    var seconds: Double?
    var waitSeconds: Double?

    /// `GET /orders?page=2`.
    var line: String { Shown.text("\(method ?? "") \(path ?? "")") }
}

struct WorkerFacts: Decodable, Equatable {
    var app: String
    var mode: String?
    var id: Int
    var pid: Int?
    var state: String
    var requests: Int?
    var ageSeconds: Double?
    var memory: Int?
    var request: RequestFacts?
}

struct RecycledFacts: Decodable {
    struct Worker: Decodable {
        var id: Int
        var pid: Int?
    }

    var app: String
    var recycling: [Worker]
}

struct DrainFacts: Decodable {
    var draining: Bool
    var apps: [String]
}

struct ReloadFacts: Decodable {
    var result: String
    var generation: Int?
    var message: String?
    var problems: [String]?
}

struct ExplainFacts: Decodable, Equatable {
    struct Input: Decodable, Equatable {
        var name: String
        var value: String
    }

    struct Number: Decodable, Equatable {
        var app: String?
        var name: String
        var value: String
        var formula: String?
        var inputs: [Input]?
        var arithmetic: [String]?
        var changedSecondsAgo: Double?
        var why: String?
    }

    struct Warning: Decodable, Equatable {
        var app: String?
        var text: String
    }

    var numbers: [Number]
    var warnings: [Warning]?
}
