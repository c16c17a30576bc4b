import WeirCore

/// How an app's worker processes come to be, and go: forked by a process that has started their runtime, or started one
/// by one. Reports to its ``ManagedPool``. On the control loop.
protocol WorkerLauncher: AnyObject {
    /// The process that workers are forked from; nil: it does not run, or there is none.
    var serverPID: Int32? { get }
    func startServer()
    func stopServer()
    func killServer()
    func spawn(_ id: WorkerID)
    /// Gives it no more work: it goes after what it has.
    func retire(_ id: WorkerID)
    /// SIGKILL. `directly`: past the fork server, which is being killed as well.
    func kill(_ id: WorkerID, pid: Int32?, directly: Bool)
    /// It has exited: what was kept of it for this moment.
    func lastWords(of id: WorkerID) -> [String]
    func askForStack(_ id: WorkerID)
    func askForOpcache()
    /// Ten times a second.
    func tick(now: Instant)
}
