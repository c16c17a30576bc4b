import WeirWire

/// One process or external server of a program that speaks HTTP, at one moment.
package struct ProgramStatus: Sendable {
    package var worker: Int
    /// 0: another's.
    package var pid: Int32
    package var address: String
    /// It gets requests while others do.
    package var isWell: Bool
    /// Why not.
    package var complaint: String?
    /// Connections that were upgraded.
    package var tunnels: Int
    /// What the guest in Node.js said last.
    package var loop: NodeReport.Loop?
    /// What a Go program says of itself.
    package var goroutines: Int?
}
