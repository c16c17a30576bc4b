import WeirCore
import WeirRuntimes

/// The server at one moment, beside what its event loops count: what the metrics page is written from. nil is "not
/// known", and is shown nowhere.
struct ServerSnapshot: Sendable {
    struct Container: Sendable {
        var cores: Double
        var memoryLimit: Int?
        var memoryUsed: Int?
    }

    var apps: [AppSnapshot]
    var processes: [(name: String, state: SupervisedProgram.State)] = []
    var schedule: [(name: String, state: ScheduleStateMachine)] = []
    var container: Container
    var process: OwnProcess
    /// By log.
    var droppedLogLines: [String: Int]
    /// By result.
    var reloads: [String: Int]?
}
