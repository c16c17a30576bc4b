import WeirCore
import WeirProcess

// What an app's code does to its workers, as parts of `/status`. Memory in bytes.

/// A path whose requests left their workers larger than they ever were.
struct GrowthReport: Encodable {
    let path: String
    let requests: Int
    let total: Int
    let largest: Int

    init(_ growth: MemoryGrowth.Path) {
        path = String(decoding: growth.path, as: UTF8.self)
        requests = growth.requests
        total = growth.total.count
        largest = growth.largest.count
    }
}

/// Something that survived a request.
struct FindingReport: Encodable {
    let kind: String
    let subject: String
    let before: String
    let after: String
    /// `file:line`, or empty.
    let place: String
    let requests: Int
    let severity: String
    let firstPath: String

    init(_ finding: AuditFindings.Finding) {
        kind = finding.subject.kind
        subject = finding.subject.name
        before = finding.report.before
        after = finding.report.after
        place = finding.subject.place
        requests = finding.report.requests
        severity = finding.report.severity
        firstPath = finding.firstPath
    }
}

struct OPcacheStatus: Encodable {
    struct JIT: Encodable {
        let buffer: Int
        let bufferFree: Int
    }

    let enabled: Bool
    let full: Bool
    let used: Int
    let free: Int
    let wasted: Int
    let keys: Int
    let maxKeys: Int
    let scripts: Int
    let hits: Int
    let misses: Int
    /// 0...1; nil: nothing was looked up.
    let hitRate: Double?
    let memoryRestarts: Int
    let keyRestarts: Int
    /// nil: it is off.
    let jit: JIT?

    init(_ report: OpcacheReport) {
        enabled = report.isEnabled
        full = report.isFull
        used = report.usedBytes
        free = report.freeBytes
        wasted = report.wastedBytes
        keys = report.keys
        maxKeys = report.maxKeys
        scripts = report.scripts
        hits = report.hits
        misses = report.misses
        hitRate = report.hitRate
        memoryRestarts = report.outOfMemoryRestarts
        keyRestarts = report.hashRestarts
        jit = report.jit.map { JIT(buffer: $0.bufferBytes, bufferFree: $0.bufferFreeBytes) }
    }
}
