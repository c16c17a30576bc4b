import Glibc
import Logging
import NIOCore
import Synchronization
import WeirConfig
import WeirCore
import WeirEdge
import WeirProcess
import WeirWire

/// Starts the processes of a program that speaks HTTP, finds out when each listens, and ends them: no request is handed
/// to one that was told to leave, and it is told to end once it has none. Lives on the control loop.
final class ProcessLauncher: WorkerLauncher, @unchecked Sendable {
    unowned let pool: ManagedPool
    let app: AppSettings
    private var program: ChildProcess
    private let binding: Binding
    /// Of the processes' sockets; nil: it is not made yet, or not there any more.
    private var directory: SocketDirectory?
    private var serial = 0
    var instances: [WorkerID: ProgramInstance] = [:]
    /// As of the last tick, for other threads.
    private let shown = Mutex<[ProgramStatus]>([])
    let serverPID: Int32? = nil
    private var health: HealthWatch?
    private let upstreamLog: UpstreamLog

    init(_ pool: ManagedPool, app: AppSettings, program: ChildProcess) {
        self.pool = pool
        self.app = app
        self.program = program
        binding = Binding(app)
        upstreamLog = UpstreamLog(pool.logger)
    }

    /// How long a process that lost a request gets no other while others can take them.
    private static let doubt = TimeAmount.milliseconds(50)

    var control: any EventLoop { pool.control }
    var gateway: AppGateway { pool.gateway }
    var logger: Logger { pool.logger }

    // MARK: There is no server that forks

    func startServer() {
        do throws(SystemError) {
            try findProgram()
            directory = try SocketDirectory()
            health = HealthWatch(
                app.healthCheck, asks: app.healthCheck.path != nil, control: control, logger: logger
            ) { [weak self] id, pid, complaint in self?.fitness(of: id, pid: pid, complaint: complaint) }
            gateway.decidePool { pool, _ in pool.forkServerReady(now: EdgeLoop.now) }
        } catch {
            pool.serverFailed(error.description)
        }
    }

    func stopServer() {
        directory?.remove()
        directory = nil
        gateway.decidePool { pool, _ in pool.forkServerExited(reason: "it was stopped", now: EdgeLoop.now) }
    }

    /// Its processes are killed with it. After a second signal nobody is left to see them end.
    func killServer() { stopServer() }

    /// Again: whoever Weir was at its start could see more of `PATH` than the user it has become.
    private func findProgram() throws(SystemError) {
        let name = program.path.split(separator: "/").last.map(String.init) ?? program.path
        guard access(program.path, X_OK) != 0 else { return }
        let path = program.environment["PATH"] ?? ProgramEnvironment.path
        guard let other = ProgramEnvironment.find(name, in: path, directory: app.root) else {
            throw SystemError("starting \(program.path) as user \(UserIdentity.current?.name ?? "?")", errno: EACCES)
        }
        program.path = other
    }

    // MARK: Starting one

    func spawn(_ id: WorkerID) {
        control.preconditionInEventLoop()
        do throws(SystemError) {
            guard let directory else { throw SystemError("starting a process", errno: ENOENT) }
            serial += 1
            var program = program
            let address = try binding.bind(&program, in: directory, serial: serial)
            let instance = ProgramInstance(id: id, serial: serial, address: address, started: EdgeLoop.now)
            instances[id] = instance
            let standardError = try log(of: instance, isError: true)
            let standardOutput = try log(of: instance, isError: false)
            let reports = try GuestChannel(on: control) { [weak self] line in
                guard let self, let report = NodeReport(line) else { return }
                take(report, of: instance)
            }
            instance.process = try SpawnedProcess(
                program, control: app.runtime == .node ? reports.descriptor : -1, output: standardOutput.descriptor,
                error: standardError.descriptor, takesGroupAlong: true
            ) { [weak self] status in
                guard let self else { return }
                control.execute { self.ended(instance, status) }
            }
            gateway.decidePool { pool, _ in pool.workerForked(id, pid: instance.pid, now: EdgeLoop.now) }
        } catch {
            instances[id] = nil
            pool.spawnFailed(id, error.description)
        }
    }

    private func log(of instance: ProgramInstance, isError: Bool) throws(SystemError) -> GuestLog {
        try GuestLog(
            on: control, onEnd: { if isError { instance.words.isComplete = true } }
        ) { [logger] line in
            if isError { instance.words.add(line) }
            GuestLog.log(line, to: logger, pid: instance.pid, request: "", isError: isError)
        }
    }

    // MARK: Its life

    /// Ten times a second.
    func tick(now: Instant) {
        health?.tick(now: now)
        if binding.kind == .node { gateway.sampleWindow(now: now) }
        for instance in instances.values {
            switch instance.state {
            case .starting: probeStart(of: instance)
            case .serving:
                watch(instance, now: now)
                readVariables(of: instance, now: now)
            case .leaving(let since): endTunnels(of: instance, since: since, now: now)
            case .ending: break
            }
        }
        let statuses = instances.values.map(\.status).sorted { $0.worker < $1.worker }
        shown.withLock { $0 = statuses }
    }

    /// From any thread.
    var programs: [ProgramStatus]? { shown.withLock { $0 } }

    /// A process that has a guest says when it listens; any other is asked, and so is one behind npm, which takes the stream
    /// for reports with it.
    private func probeStart(of instance: ProgramInstance) {
        let saysSo = binding.kind == .node && app.command.isEmpty
        guard !instance.isProbing, instance.hasReported || !saysSo else { return }
        instance.isProbing = true
        Probe.ask(instance.address, path: app.healthCheck.path, timeout: app.healthCheck.timeout, on: control)
            .whenComplete { [weak self] result in
                instance.isProbing = false
                guard let self, instance.state == .starting else { return }
                switch result {
                case .success: becomeReady(instance)
                case .failure(let error): instance.complaint = "\(error)"
                }
            }
    }

    private func becomeReady(_ instance: ProgramInstance) {
        instance.state = .serving
        let process = HTTPProcess(
            id: instance.id, pid: instance.pid, address: instance.address, loops: pool.loops, app: app,
            events: HTTPProcess.Events(
                finished: { [gateway] in gateway.finished($1, pid: $0.pid, isServed: $2.isAnswered) },
                lost: { [weak self, gateway] process, exchange, loss, spent in
                    // It may be about to die: the request would come back to it, which has room now.
                    gateway.suspend(process.id, pid: process.pid, true)
                    gateway.lost(exchange, loss, by: process.pid, after: spent)
                    guard let self else { return }
                    control.scheduleTask(in: Self.doubt) { self.steer(instance) }
                },
                idle: { [weak self] process in
                    guard let self else { return }
                    control.execute { self.end(instance) }
                },
                settled: { [health] in health?.take($1, of: $0) }),
            log: upstreamLog)
        instance.http = process
        health?.add(instance.id, pid: instance.pid, address: instance.address)
        gateway.add(process)
        gateway.startRunnable(now: EdgeLoop.now)
        noteOtherPorts(of: instance)
    }

    /// The program serves there too, past Weir: somebody may have meant that port to be the application's.
    private func noteOtherPorts(of instance: ProgramInstance) {
        guard binding.kind != .node else { return }
        for port in ListeningPorts.of(pid: instance.pid) where instance.address != .tcp(host: "127.0.0.1", port: port) {
            noteOtherPort(port, of: instance)
        }
    }

    func noteOtherPort(_ port: Int, of instance: ProgramInstance) {
        logger.notice(
            "program.second_port",
            metadata: [
                "pid": "\(instance.pid)", "port": "\(port)",
                "next": "requests do not reach it through Weir; give it an app of its own ('runtime: http', 'address')",
            ])
    }

    // MARK: Its end

    func retire(_ id: WorkerID) {
        guard let instance = instances[id] else { return }
        instance.state = .leaving(since: EdgeLoop.now)
        health?.remove(id)
        if let http = instance.http { http.retire() } else { end(instance) }
    }

    /// Upgraded connections may last for ever: they are given most of the time that there is.
    private func endTunnels(of instance: ProgramInstance, since: Instant, now: Instant) {
        let patience = Nanoseconds(pool.drainTimeout.count / 5 * 4)
        if now - since > patience { instance.http?.closeTunnels() }
    }

    /// It has nothing left to do. Behind a shell or npm the application is a child, which is told as well.
    private func end(_ instance: ProgramInstance) {
        guard case .leaving = instance.state else { return }
        instance.state = .ending
        instance.process?.signal(SIGTERM, includingChildren: true)
    }

    /// `directly`: the pool stops. Else one that is still starting did not listen in time.
    func kill(_ id: WorkerID, pid: Int32?, directly: Bool) {
        guard let instance = instances[id] else { return }
        if instance.state == .starting, !directly { explain(instance) }
        instance.process?.signal(SIGKILL, includingChildren: true)
    }

    private func explain(_ instance: ProgramInstance) {
        let ports = ListeningPorts.of(pid: instance.pid)
        let wanted = binding.told(instance.address)
        let found =
            ports.isEmpty
            ? "it listens on no port" : "it listens on port \(ports.map(String.init).joined(separator: ", ")) instead"
        logger.error(
            "program.not_ready",
            metadata: [
                "pid": "\(instance.pid)", "expected": "\(wanted)",
                "found": "\(instance.hasReported ? "it listens" : found)",
                "last_try": "\(instance.complaint ?? "none")",
                "next": "let it listen there, or name a longer pool.boot_timeout",
            ])
    }

    private func ended(_ instance: ProgramInstance, _ status: ExitStatus) {
        if case .unix(let path) = instance.address { unlink(path) }
        instance.words.whenRead(on: control) { [self] in
            if let http = instance.http {
                // What it wrote last may still be on its way to clients.
                http.whenClosed { self.control.execute { self.gone(instance, status) } }
            } else {
                gone(instance, status)
            }
        }
    }

    private func gone(_ instance: ProgramInstance, _ status: ExitStatus) {
        guard instances[instance.id] === instance else { return }
        health?.remove(instance.id)
        pool.exited(instance.id, pid: instance.pid, status.description, isCrash: status != .exited(code: 0))
    }

    func lastWords(of id: WorkerID) -> [String] {
        guard let instance = instances.removeValue(forKey: id) else { return [] }
        return instance.words.lines + (instance.exception.map { [$0] } ?? [])
    }

    // MARK: Not for programs

    func askForStack(_ id: WorkerID) {}
    func askForOpcache() {}
}
