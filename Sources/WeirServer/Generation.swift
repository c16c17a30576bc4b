import WeirConfig
import WeirCore
import WeirEdge

/// A configuration with all that serves it: routes, limits and apps. A reload makes another one beside it, which takes
/// over when it is ready; this one then finishes what it has begun.
final class Generation: Sendable {
    let number: Int
    let settings: Settings
    let apps: [App]
    /// What runs beside them.
    let supervision: Supervision.Plan
    /// What the event loops go by.
    let shared: EdgeShared

    init(number: Int, settings: Settings, apps: [App], supervision: Supervision.Plan, shared: EdgeShared) {
        self.number = number
        self.settings = settings
        self.apps = apps
        self.supervision = supervision
        self.shared = shared
    }

    /// Ends the apps that its successor does not go on with.
    func retire(for successor: Generation) async {
        let deadline = EdgeLoop.now + settings.timeouts.graceful
        await withTaskGroup(of: Void.self) { group in
            for app in apps(notIn: successor) { group.addTask { await app.drain(deadline: deadline) } }
        }
    }

    func apps(notIn other: Generation?) -> [App] {
        apps.filter { app in !(other?.apps.contains { $0 === app } ?? false) }
    }
}
