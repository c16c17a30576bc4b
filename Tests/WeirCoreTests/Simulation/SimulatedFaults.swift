/// How often the world goes wrong: each once in so many times; 0: never.
struct SimulatedFaults {
    var forkFails = 0
    var forkHangs = 0
    var bootFails = 0
    var bootHangs = 0
    /// A worker that is given a request dies at any point during it, or soon after.
    var dies = 0
    /// A tick: an idle worker dies.
    var diesIdle = 0
    var requestHangs = 0
    var ignoresRetirement = 0
    var forkServerFails = 0
    var forkServerHangs = 0
    /// A tick.
    var forkServerDies = 0
    /// The end of a process is told late, when its number may be another's, or is told twice.
    var lateNews = 0
    /// A tick: the clock jumps forward, by up to hours.
    var clockJumps = 0
    /// A tick: somebody asks for a worker's replacement, or has it killed.
    var meddling = 0

    static let none = SimulatedFaults()
    static let some = SimulatedFaults(
        forkFails: 30, forkHangs: 100, bootFails: 15, bootHangs: 40, dies: 15, diesIdle: 20, requestHangs: 40,
        ignoresRetirement: 20, forkServerFails: 10, forkServerHangs: 10, forkServerDies: 200, lateNews: 3,
        clockJumps: 60, meddling: 30)
    static let many = SimulatedFaults(
        forkFails: 4, forkHangs: 20, bootFails: 3, bootHangs: 6, dies: 4, diesIdle: 8, requestHangs: 10,
        ignoresRetirement: 3, forkServerFails: 2, forkServerHangs: 4, forkServerDies: 40, lateNews: 2, clockJumps: 20,
        meddling: 10)
}
