import NIOCore
import Synchronization
import WeirConfig
import WeirCore
import WeirRuntimes

/// What a definition of `processes:` or `schedule:` runs as.
protocol RosterMember: AnyObject, Sendable {
    associatedtype Settings: Equatable, Sendable

    var settings: Settings { get }
    var name: String { get }
    func tick()
    /// Done when no process of it is left.
    func retire() -> EventLoopFuture<Void>
    /// Ends everything at once.
    func kill()
}

extension SupervisedProgram: RosterMember { var name: String { settings.name } }
extension ScheduledCommand: RosterMember { var name: String { settings.name } }

/// The members that a configuration wants. Another configuration leaves those alone whose definition it has too; one
/// that is changed or gone leaves first, with all its processes, before its successor begins. Touched on the control loop
/// only, but for ``members``.
final class Roster<Member: RosterMember>: @unchecked Sendable {
    struct Wanted {
        var name: String
        var settings: Member.Settings
        /// `predecessor`: of the same name, which has ended.
        var make: (_ predecessor: Member?) -> Member
    }

    private var wanted: [Wanted] = []
    private var current: [Member] = []
    private var leaving: [Member] = []
    private let published = Mutex<[Member]>([])

    /// Those that leave still, included; in the order of the configuration.
    var members: [Member] { published.withLock { $0 } }

    func use(_ wanted: [Wanted]) {
        self.wanted = wanted
        for member in current
        where !wanted.contains(where: { $0.name == member.name && $0.settings == member.settings }) {
            current.removeAll { $0 === member }
            leaving.append(member)
            member.retire().whenComplete { [self] _ in
                leaving.removeAll { $0 === member }
                begin(after: member)
            }
        }
        begin()
    }

    /// Those that nothing stands in the way of.
    private func begin(after predecessor: Member? = nil) {
        for entry in wanted where !current.contains(where: { $0.name == entry.name }) {
            guard !leaving.contains(where: { $0.name == entry.name }) else { continue }
            let member = entry.make(predecessor.flatMap { $0.name == entry.name ? $0 : nil })
            current.append(member)
            member.tick()
        }
        publish()
    }

    private func publish() {
        let order = Dictionary(wanted.enumerated().map { ($1.name, $0) }) { first, _ in first }
        let all = (current + leaving).sorted { (order[$0.name] ?? .max) < (order[$1.name] ?? .max) }
        published.withLock { $0 = all }
    }

    func tick() { for member in current + leaving { member.tick() } }

    /// Done when no process is left.
    func retire(on control: any EventLoop) -> EventLoopFuture<Void> {
        wanted = []
        return .andAllComplete((current + leaving).map { $0.retire() }, on: control)
    }
}
