import Testing
import WeirTestSupport

/// Another app of the same server, which is asked all the time and must not notice what happens to the first.
struct Neighbour {
    static let route = "routes: [{path: /pid, app: calm}]"
    static func app() -> ProgramApp { .node("node-raw", name: "calm") }

    private let load: Load

    init(of server: ProgramServer) { load = Load(port: server.weir.port, clients: 2, paths: ["/pid"]) }

    func expectUndisturbed(sourceLocation: SourceLocation = #_sourceLocation) {
        let outcomes = load.stop()
        #expect(outcomes.failed == 0, "\(outcomes)", sourceLocation: sourceLocation)
        #expect(outcomes.statuses[200] ?? 0 > 3, "\(outcomes)", sourceLocation: sourceLocation)
    }
}
