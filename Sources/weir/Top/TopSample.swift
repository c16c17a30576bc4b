/// Everything that `weir top` asks the server in one go.
struct TopSample {
    var seconds: Double
    var server = ServerFacts()
    var apps: [AppFacts] = []
    var workers: [WorkerFacts] = []
    var requests: [RequestFacts] = []
    var metrics = MetricsText()

    init(seconds: Double) { self.seconds = seconds }

    /// Metrics may be missing: they are an extra.
    init(from client: AdminClient, seconds: Double) throws {
        self.seconds = seconds
        server = try Self.get("/status", client).decoded()
        apps = try Self.get("/apps", client).decoded()
        workers = try Self.get("/workers", client).decoded()
        requests = try Self.get("/requests", client).decoded()
        let text = try client.ask(.get, "/metrics", patience: Self.patience)
        if text.status == 200 { metrics = MetricsText(text.text) }
    }

    private static let patience = 3.0

    private static func get(_ target: String, _ client: AdminClient) throws -> AdminAnswer {
        let answer = try client.ask(.get, target, patience: patience)
        guard answer.status == 200 else { throw AdminFailure.failed(answer.problem) }
        return answer
    }
}
