import WeirEdge

extension Server: ServerControl {
    package func reopenLogs() { logs.reopen() }

    package func explain() -> ExplainReport { assembly.sizing.report(now: EdgeLoop.now) }
}
