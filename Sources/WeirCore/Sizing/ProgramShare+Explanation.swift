/// What somebody has said of a number, which counts before what is found.
package struct SaidNumber: Sendable {
    package var value: String
    /// A key of the configuration, or where else it stands.
    package var by: String

    package init(_ value: String, by: String) {
        self.value = value
        self.by = by
    }
}

extension Explanation {
    /// `count` processes or addresses, as `kind` says, each of which runs `atOnce` requests. `isSaid`: by the configuration.
    package static func places(
        app: String, at count: Int, _ kind: String, atOnce: Int, isSaid: Bool
    ) -> Explanation {
        Explanation(
            name: "apps.\(app).pool.concurrency", value: "\(atOnce)",
            formula: "requests that each runs at once; more wait in the queue",
            inputs: [(kind, "\(count)"), ("places", "\(count * atOnce)")],
            why: isSaid ? "pool.concurrency says it" : "the runtime's default; pool.concurrency says another number")
    }
}

extension ProgramShare {
    package func processesExplanation(ofNode: Bool, said: SaidNumber?) -> Explanation {
        let found = ofNode ? nodeProcesses : 1
        return number(
            ".pool.max_workers", "\(found)",
            formula: ofNode
                ? "min(cores, rounded up; memory / \(NodeSizing.need.inMebibytes) a process), at least 1"
                : "1: a process of its own takes all cores",
            inputs: [("cores", Figures.short(cores)), ("from", coresSource), ("memory", memory.inMebibytes)],
            why: ofNode ? "one thread of a process runs JavaScript" : "pool.max_workers says another number", said)
    }

    package var memoryExplanation: Explanation {
        number(
            ".memory_budget", memory.inMebibytes, formula: "share x (limit - reserve - server)",
            inputs: [
                ("share", "\(Figures.short(part * 100)) %"), ("limit", limit.inMebibytes),
                ("reserve", reserve.inMebibytes), ("server", server.inMebibytes), ("processes", "\(processes)"),
                ("a process", (memory * (1 / Double(max(1, processes)))).inMebibytes),
            ],
            why: "what the processes may use together; each was told its part when it started")
    }

    package func nodeExplanations(oldSpace said: SaidNumber?, threadpool saidThreads: SaidNumber?) -> [Explanation] {
        [
            number(
                ".node.max_old_space", oldSpace.inMebibytes,
                formula: "3/4 x (memory / processes - \(NodeSizing.base.inMebibytes)),"
                    + " at least \(NodeSizing.leastOldSpace.inMebibytes)",
                inputs: [
                    ("memory", memory.inMebibytes), ("processes", "\(processes)"),
                    ("beside it, --max-semi-space-size", semiSpace.inMebibytes),
                ],
                why: "told to each process: --max-old-space-size", said),
            number(
                ".node.threadpool", "\(threadpool)",
                formula: "4 x cores / processes, rounded up,"
                    + " \(NodeSizing.threads.lowerBound) to \(NodeSizing.threads.upperBound)",
                inputs: [("cores", Figures.short(cores)), ("from", coresSource), ("processes", "\(processes)")],
                why: "told to each process: UV_THREADPOOL_SIZE", saidThreads),
        ]
    }

    package func goExplanations(maxProcs said: SaidNumber?, memoryLimit saidLimit: SaidNumber?) -> [Explanation] {
        [
            number(
                ".environment.GOMAXPROCS", "\(maxProcs)", formula: "cores, rounded up, at least 1",
                inputs: [("cores", Figures.short(cores)), ("from", coresSource)],
                why: "told to each process; Go's runtime looks at it, others do not", said),
            number(
                ".environment.GOMEMLIMIT", memoryLimit, formula: "4/5 x memory / processes",
                inputs: [("memory", memory.inMebibytes), ("processes", "\(processes)")],
                why: "told to each process; Go's runtime looks at it, others do not", saidLimit),
        ]
    }

    private func number(
        _ key: String, _ found: String, formula: String, inputs: [(name: String, value: String)], why: String,
        _ said: SaidNumber? = nil
    ) -> Explanation {
        Explanation(
            name: "apps.\(app)\(key)", value: said?.value ?? found, formula: formula, inputs: inputs,
            why: said.map { "\($0.by) says it; found would be \(found)" } ?? why)
    }
}
