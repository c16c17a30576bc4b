import CEpoll
import Glibc

/// Sends the requests of a plan and counts what becomes of them. One thread and one epoll; nothing waits for anything.
final class Generator {
    struct Settings {
        var address: sockaddr_in
        /// A whole request a path.
        var requests: [[UInt8]]
        var keepsConnections = false
        var connections = 10_000
        var patience = 30 * Nanoseconds.second
        /// Never sleeps.
        var polls = false
    }

    /// Where requests come from.
    enum Source {
        case open(Arrivals)
        /// As many under way as the phase says.
        case closed([Phase])
    }

    /// A closed loop would spin where connections are refused.
    private static let pauseAfterFailure = Nanoseconds(seconds: 0.01)

    private let settings: Settings
    private var source: Source
    private var mix: PathMix
    private var results: Results

    private let events = epoll_create1(Int32(EPOLL_CLOEXEC))
    private let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 65_536)
    private var connections: [Connection?] = []
    private var open = 0
    private var idle: [Connection] = []
    /// Those that found no connection to use.
    private var waiting = RequestQueue()
    private var isSendingThoseThatWait = false
    /// All of them in the order in which patience ends.
    private var patient = RequestQueue()
    private var outstanding = 0
    private var next: Arrivals.Arrival?
    private var pausedUntil: Nanoseconds = 0
    private var start: Nanoseconds = 0

    init(_ settings: Settings, source: Source, mix: PathMix, results: Results) {
        (self.settings, self.source, self.mix, self.results) = (settings, source, mix, results)
    }

    deinit {
        buffer.deallocate()
        close(events)
    }

    func run() -> Results {
        start = Self.clock()
        advance()
        var ready = [epoll_event](repeating: epoll_event(), count: 512)
        while true {
            var now = self.now
            sendWhatIsDue(now)
            giveUpWhatIsLate(now)
            guard let wait = nextMoment(now).map({ settings.polls ? 0 : max(0, $0 - now) }) else { break }
            var timeout = timespec(tv_sec: Int(wait / .second), tv_nsec: Int(wait % .second))
            let count = epoll_pwait2(events, &ready, Int32(ready.count), &timeout, nil)
            now = self.now
            for index in 0..<max(0, Int(count)) {
                guard let connection = connections[Int(ready[index].data.fd)] else { continue }
                handle(connection.ready(ready[index].events, into: buffer), of: connection, now)
            }
        }
        for connection in connections { connection?.disconnect() }
        return results
    }

    private var now: Nanoseconds { Self.clock() - start }

    private static func clock() -> Nanoseconds {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Nanoseconds(time.tv_sec) * .second + Nanoseconds(time.tv_nsec)
    }

    /// When something has to be done even if no connection says anything; nothing: the run is over.
    private func nextMoment(_ now: Nanoseconds) -> Nanoseconds? {
        let patienceEnds = patient.first.map { $0.due + settings.patience }
        switch source {
        case .open:
            let due = next?.time
            guard let due, let patienceEnds else { return due ?? patienceEnds }
            return min(due, patienceEnds)
        case .closed:
            if now >= results.end { return outstanding > 0 ? patienceEnds : nil }
            // A ramp's amount changes all the time.
            return min(results.end, max(pausedUntil, now + Nanoseconds(seconds: 0.02)))
        }
    }
}

// What is due.
extension Generator {
    private func advance() {
        guard case .open(var arrivals) = source else { return }
        next = arrivals.next()
        source = .open(arrivals)
    }

    private func sendWhatIsDue(_ now: Nanoseconds) {
        while let arrival = next, arrival.time <= now {
            begin(Request(due: arrival.time, path: mix.draw(), phase: arrival.phase), now)
            advance()
        }
        guard case .closed(let phases) = source, now >= pausedUntil, let index = results.phase(at: now) else { return }
        let phase = phases[index]
        let phaseBegin = phases[..<index].reduce(0) { $0 + $1.duration }
        let amount = phase.from + (phase.to - phase.from) * Double(now - phaseBegin) / Double(phase.duration)
        while outstanding < Int(amount.rounded()), now >= pausedUntil {
            begin(Request(due: now, path: mix.draw(), phase: index), now)
        }
    }

    private func giveUpWhatIsLate(_ now: Nanoseconds) {
        while let request = patient.first {
            switch request.state {
            case .ended:
                break
            case _ where request.due + settings.patience > now:
                return sendThoseThatWait(now)
            case .waiting:
                end(request, .gaveUp(sent: request.wasRetried), now)
            case .underWay(let connection):
                drop(connection)
                end(request, .gaveUp(sent: true), now)
            }
            patient.removeFirst()
        }
    }

    private func begin(_ request: Request, _ now: Nanoseconds) {
        outstanding += 1
        results.isDue(request)
        results.isLate(by: now - request.due)
        patient.append(request)
        send(request, now)
    }
}

// A request's way.
extension Generator {
    private func send(_ request: Request, _ now: Nanoseconds) {
        if !request.wasRetried, let connection = idle.popLast() {
            return use(connection, for: request, now)
        }
        // The oldest idle one makes room for a fresh one.
        if open >= settings.connections, let oldest = idle.first { drop(oldest) }
        guard open < settings.connections else {
            request.state = .waiting
            return waiting.append(request)
        }
        var address = settings.address
        guard let connection = Connection(to: &address, events: events) else {
            return end(request, errno == ECONNREFUSED ? .refused : .notConnected, now)
        }
        open += 1
        let slot = Int(connection.descriptor)
        if connections.count <= slot { connections += repeatElement(nil, count: slot + 64 - connections.count) }
        connections[slot] = connection
        use(connection, for: request, now)
    }

    private func use(_ connection: Connection, for request: Request, _ now: Nanoseconds) {
        request.state = .underWay(connection)
        if !request.wasRetried { results.isSent(request) }
        handle(connection.send(request, settings.requests[request.path]), of: connection, now)
    }

    private func handle(_ event: Connection.Event, of connection: Connection, _ now: Nanoseconds) {
        switch event {
        case .nothing:
            return
        case .answered(let status, let keepsConnection):
            guard let request = connection.request else { return }
            if keepsConnection && settings.keepsConnections {
                connection.isAnswered()
                keep(connection)
            } else {
                drop(connection)
            }
            end(request, .answered(status: status), now)
        case .failed(let outcome):
            let request = connection.request
            drop(connection)
            guard let request else { return }
            if outcome == .reset && connection.isReused && !request.wasRetried {
                request.wasRetried = true
                results.isRetried(request)
                return send(request, now)
            }
            end(request, outcome, now)
        }
        sendThoseThatWait(now)
    }

    private func end(_ request: Request, _ outcome: Outcome, _ now: Nanoseconds) {
        request.state = .ended
        outstanding -= 1
        results.ended(request, outcome, at: now)
        switch outcome {
        case .answered, .gaveUp: break
        default: pausedUntil = now + Self.pauseAfterFailure
        }
    }

    private func sendThoseThatWait(_ now: Nanoseconds) {
        // A request that fails at once leads here again.
        guard !isSendingThoseThatWait else { return }
        isSendingThoseThatWait = true
        defer { isSendingThoseThatWait = false }
        while let request = waiting.first {
            if case .waiting = request.state {
                guard open < settings.connections || !idle.isEmpty else { return }
                waiting.removeFirst()
                send(request, now)
            } else {
                waiting.removeFirst()
            }
        }
    }

    private func keep(_ connection: Connection) {
        connection.idlePosition = idle.count
        idle.append(connection)
    }

    private func drop(_ connection: Connection) {
        if connection.request == nil, let last = idle.last, connection.idlePosition < idle.count,
            idle[connection.idlePosition] === connection
        {
            idle[connection.idlePosition] = last
            last.idlePosition = connection.idlePosition
            idle.removeLast()
        }
        connections[Int(connection.descriptor)] = nil
        open -= 1
        connection.request = nil
        connection.disconnect()
    }
}
