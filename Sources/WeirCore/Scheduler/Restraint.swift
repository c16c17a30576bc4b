/// Whether a worker gets one request at a time: none while it has not answered the one it was given last. What would be
/// given to it meanwhile waits in the queue for whoever answers first, and does not stand behind a request that blocks the
/// worker's event loop, which is noticed only later. That is of use where blocks are what takes the time, and would harm
/// where a request mostly waits for something else, or where the next one should lie ready. So what it saves is weighed
/// against what it costs, request by request:
///
///     x =  b                        the first answer after a report that the worker stood still, b after it was given
///     x = -a * (1 + a / 4 ms)       any other, a after it was given or after the worker moved again; a is at most 100 ms
///     B += (x - B) / 256            on while B > 0
///
/// b is what a second request would have waited. a is what it would have waited for nothing, and its square is in there
/// because a queue that is served one by one grows with the mean square of the service time. Without reports B is never
/// above 0: a program without a guest gets its requests as they come.
///
/// After `longest` without an answer or a report the worker is alive, and gets another one: a long poll takes a worker out
/// for no longer than that, and only if such requests are rare. It is longer than a report takes, 50 ms and a beat of
/// 20 ms by default; where `blocked_after` is much more, some requests still meet blocks.
///
/// Worked row: 2 % of the requests block for 200 ms, the others take 1 ms: 0.02 * 200 = 4 > 0.98 * 1 * 1.25 = 1.2, on. If 1 %
/// wait for 100 ms besides, 0.01 * 100 * 26 = 26 > 4: off. If all the others take 4 ms, 0.98 * 4 * 2 = 7.8 > 4: off.
///
/// Assumes: requests come as often while a worker is blocked as while it is not.
///
/// Source: for the square Pollaczek and Khinchine's mean wait of M/G/1. 4 ms and 256 by simulation (`EventLoopSimulation`):
/// where blocks are all that takes long, others wait as for one queue that knows who is blocked; where requests wait for
/// other things too, restraint is off nearly always.
struct Restraint: Sendable {
    static let longest = Nanoseconds.milliseconds(100)
    private static let knee = Nanoseconds.milliseconds(4)
    private static let memory = 256.0

    /// B, in nanoseconds.
    private var balance = 0.0

    var isOn: Bool { balance > 0 }

    mutating func blocked(for span: Nanoseconds) { add(Double(span.count)) }

    mutating func answered(after span: Nanoseconds) {
        let held = Double(min(span, Self.longest).count)
        add(-held * (1 + held / Double(Self.knee.count)))
    }

    private mutating func add(_ sample: Double) { balance += (sample - balance) / Self.memory }
}
