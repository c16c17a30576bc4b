extension Server: ServerControl {
    package func reopenLogs() { logs.reopen() }

    package func explain() async -> ExplainReport? { nil }
}
