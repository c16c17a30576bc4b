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

    /// Ends the apps that its successor does not go on with, and before them the tunnels to them.
    func retire(for successor: Generation, on loops: [EdgeLoop]) async {
        let deadline = EdgeLoop.now + settings.timeouts.graceful
        await withTaskGroup(of: Void.self) { group in
            for app in apps(notIn: successor) {
                group.addTask {
                    for loop in loops { await Self.endTunnels(to: app, on: loop, deadline: deadline) }
                    await app.drain(deadline: deadline)
                }
            }
        }
    }

    /// A tunnel may go on for hours: it is waited for until the deadline. Requests under way may become others.
    private static func endTunnels(to app: App, on loop: EdgeLoop, deadline: Instant) async {
        func count() async -> Int {
            (try? await loop.eventLoop.submit { loop.tunnelCount(to: app.gateway) }.get()) ?? 0
        }
        while EdgeLoop.now < deadline {
            let isOver = await count() == 0
            if isOver && app.gateway.isDrained { break }
            try? await Task.sleep(for: .milliseconds(20))
        }
        try? await loop.eventLoop.submit { loop.closeTunnels(to: app.gateway) }.get()
    }

    func apps(notIn other: Generation?) -> [App] {
        apps.filter { app in !(other?.apps.contains { $0 === app } ?? false) }
    }
}
