import Logging
import NIOCore
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge

/// Asks an app's processes, or external servers, how they are, hears what requests find, and says which of them are fit.
/// Told by requests on any loop; asks and tells on the control loop.
final class HealthWatch: Sendable {
    /// A target as it is known by name in the log.
    struct Target: Sendable {
        let id: WorkerID
        let pid: Int32
        let address: ListenAddress
        /// What the last question found wrong; nil: nothing, or it was not asked yet.
        var complaint: String?
        /// It takes connections; nil: it was not asked yet.
        var isConnectable: Bool?
    }

    private struct State {
        var ejection: OutlierEjection
        var targets: [WorkerID: Target] = [:]
    }

    private let settings: HealthCheckSettings
    private let control: any EventLoop
    private let logger: Logger
    /// A target became fit, or unfit for this reason. On the control loop.
    private let onFitness: @Sendable (WorkerID, _ pid: Int32, _ complaint: String?) -> Void
    private let state: Mutex<State>
    /// Some request has failed since all was well: until then, one that was answered is no news.
    private let hasFailures = Atomic<Bool>(false)

    /// `asks`: whether there are questions besides what requests find.
    init(
        _ settings: HealthCheckSettings, asks: Bool, control: any EventLoop, logger: Logger,
        onFitness: @escaping @Sendable (WorkerID, _ pid: Int32, _ complaint: String?) -> Void
    ) {
        self.settings = settings
        self.control = control
        self.logger = logger
        self.onFitness = onFitness
        let probes = HealthConfiguration.Probes(
            interval: settings.interval, timeout: settings.timeout, rise: settings.rise, fall: settings.fall)
        state = Mutex(State(ejection: OutlierEjection(HealthConfiguration(probes: asks ? probes : nil))))
    }

    func add(_ id: WorkerID, pid: Int32, address: ListenAddress) {
        state.withLock { state in
            state.ejection.add(id, now: EdgeLoop.now)
            state.targets[id] = Target(id: id, pid: pid, address: address)
        }
    }

    func remove(_ id: WorkerID) {
        state.withLock { state in
            state.ejection.remove(id)
            state.targets[id] = nil
        }
    }

    /// In order of their numbers.
    var targets: [(target: Target, isFit: Bool)] {
        state.withLock { state in
            state.targets.values.sorted { $0.id.index < $1.id.index }.map {
                ($0, state.ejection[$0.id]?.isFit ?? false)
            }
        }
    }

    // MARK: What requests find, on their loops

    func take(_ outcome: RequestOutcome, of process: HTTPProcess) {
        guard let outcome = HealthOutcome(outcome) else { return }
        guard outcome.isNews || hasFailures.load(ordering: .relaxed) else { return }
        hasFailures.store(true, ordering: .relaxed)
        record(outcome, process.id, pid: process.pid)
    }

    private func record(_ outcome: HealthOutcome, _ id: WorkerID, pid: Int32) {
        let changes = state.withLock { state -> [OutlierEjection.Change] in
            guard state.targets[id]?.pid == pid else { return [] }
            return state.ejection.record(outcome, id, now: EdgeLoop.now)
        }
        guard !changes.isEmpty else { return }
        control.execute { self.tell(changes) }
    }

    // MARK: Questions, on the control loop

    /// Ten times a second.
    func tick(now: Instant) {
        let (probes, changes) = state.withLock { state in
            let (due, changes) = state.ejection.tick(now: now)
            return (due.compactMap { state.targets[$0] }, changes)
        }
        tell(changes)
        for target in probes { ask(target) }
    }

    private func ask(_ target: Target) {
        Probe.ask(target.address, path: settings.path, timeout: settings.timeout, on: control)
            .whenComplete { [self] result in
                var failure: Probe.Failed?
                if case .failure(let error) = result { failure = error as? Probe.Failed ?? Probe.Failed("\(error)") }
                state.withLock { state in
                    state.targets[target.id]?.complaint = failure?.description
                    state.targets[target.id]?.isConnectable = !(failure?.isOfConnection ?? false)
                }
                record(failure == nil ? .probePassed : .probeFailed, target.id, pid: target.pid)
            }
    }

    private func tell(_ changes: [OutlierEjection.Change]) {
        for change in changes {
            switch change {
            case .unwell(let id):
                tell(id, .warning, "upstream.unwell") { target, metadata in
                    metadata["reason"] = "\(target.complaint ?? "no answer")"
                    metadata["next"] = "requests go to others while there are others; see what it logs"
                }
            case .well(let id): tell(id, .notice, "upstream.well") { _, _ in }
            case .ejected(let id, let until):
                tell(id, .warning, "upstream.ejected") { _, metadata in
                    metadata["seconds"] = "\((until - EdgeLoop.now).seconds.rounded())"
                    metadata["reason"] = "requests to it failed one after the other"
                }
            case .returned(let id): tell(id, .notice, "upstream.returned") { _, _ in }
            }
        }
    }

    private func tell(
        _ id: WorkerID, _ level: Logger.Level, _ event: Logger.Message,
        _ add: (Target, inout Logger.Metadata) -> Void
    ) {
        let (found, isFit) = state.withLock { ($0.targets[id], $0.ejection[id]?.isFit ?? false) }
        guard let target = found else { return }
        var metadata: Logger.Metadata =
            target.pid == 0 ? ["address": "\(target.address.configured)"] : ["pid": "\(target.pid)"]
        add(target, &metadata)
        logger.log(level: level, event, metadata: metadata)
        let complaint = isFit ? nil : target.complaint ?? "requests to it failed one after the other"
        onFitness(id, target.pid, complaint)
    }
}

extension HealthOutcome {
    /// nil: it says nothing of the process.
    fileprivate init?(_ outcome: RequestOutcome) {
        switch outcome {
        case .answered(let status): self = .answered(status: status)
        case .notConnected, .failed: self = .connectionFailed
        case .abandoned: return nil
        }
    }

    /// Also where all has been well.
    fileprivate var isNews: Bool {
        switch self {
        case .answered(let status): (502...504).contains(status)
        default: true
        }
    }
}
