/// How many event loops serve connections.
///
///     loops = max(1, ceil(C))        C  cores the container may use, also a fraction
///
/// A loop uses one core at most. More loops than cores take turns on them and share connections for nothing; fewer
/// leave a core to the workers alone, which is what `loops` is for.
///
/// Worked rows: C = 0.5: 1 loop. C = 2: 2 loops. C = 2.5: 3 loops.
package enum EventLoopCount {
    package static func loops(cores: Double) -> Int { max(1, Int(min(max(0, cores), 1024).rounded(.up))) }

    package static func explanation(cores: Double, source: String) -> Explanation {
        Explanation(
            name: "loops", value: "\(loops(cores: cores))", formula: "cores, rounded up, at least 1",
            inputs: [("cores", Figures.short(cores)), ("from", source)], why: "one loop a core the container may use")
    }
}
