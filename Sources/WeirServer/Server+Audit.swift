import WeirCore

extension Server {
    /// What the workers of this configuration have reported to survive requests.
    package var auditFindings: [AuditFindings.Finding] {
        generation.apps.flatMap { app -> [AuditFindings.Finding] in
            guard case .managed(let pool) = app.backend else { return [] }
            return pool.reports.audit.list
        }
    }
}
