/// What the processes of a program may use together, of which each is told its part.
///
///     M = s * max(0, L * (1 - r) - W)
///
///     L  what the container may use        r  `resources.reserve`        W  the server's own
///     s  the app's part among all, by `weight`
///
/// The processes are as many as the cores keep busy, or as somebody says, so that the memory is divided among them, where
/// workers of PHP are as many as the memory holds.
///
/// Worked row: L = 512 MiB, r = 10 %, W = 30.8 MiB, s = 1/2: M = 215 MiB.
package struct ProgramShare: Sendable {
    package var app: String
    package var limit: Bytes
    /// r * L.
    package var reserve: Bytes
    package var server: Bytes
    /// 0...1.
    package var part: Double
    package var cores: Double
    package var coresSource: String
    package var processes = 1

    package init(
        app: String, limit: Bytes, reserveShare: Double, server: Bytes, part: Double, cores: Double,
        coresSource: String
    ) {
        self.app = app
        self.limit = limit
        reserve = limit * reserveShare
        self.server = server
        self.part = part
        self.cores = cores
        self.coresSource = coresSource
    }

    package var memory: Bytes { max(0, limit - reserve - server) * part }

    // MARK: A process of Node.js

    package var nodeProcesses: Int { NodeSizing.processes(cores: cores, memory: memory) }
    package var oldSpace: Bytes {
        .mebibytes(NodeSizing.oldSpaceMebibytes(memory: memory, processes: processes))
    }
    package var semiSpace: Bytes {
        .mebibytes(NodeSizing.semiSpaceMebibytes(memory: memory, processes: processes))
    }
    package var threadpool: Int { NodeSizing.threadpool(cores: cores, processes: processes) }

    // MARK: A process of Go

    package var maxProcs: Int { GoSizing.maxProcs(cores: cores) }
    package var memoryLimit: String { GoSizing.memoryLimit(memory: memory, processes: processes) }
}
