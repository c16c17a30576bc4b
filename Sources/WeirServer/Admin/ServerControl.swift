/// What only the server as a whole can do for an operator. Until it is there, pages that need it answer 501.
package protocol ServerControl: AnyObject, Sendable {
    /// Reads the configuration again and goes over to it; returns when that is done or given up.
    func reload() async -> ReloadReport
    /// Closes the log files and opens them again by their names.
    func reopenLogs()
    /// Every automatic number, and what does not fit.
    func explain() -> ExplainReport
}
