import Foundation
import Testing

/// Waits until `condition` holds; records an issue when it does not within `seconds`.
@discardableResult
package func eventually(
    within seconds: Double = 10, _ what: String = "the condition", sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () throws -> Bool
) rethrows -> Bool {
    if try holds(within: seconds, condition) { return true }
    Issue.record("\(what) did not come true within \(seconds) s", sourceLocation: sourceLocation)
    return false
}

/// Whether `condition` comes true within `seconds`.
package func holds(within seconds: Double, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = Clock.now + seconds
    repeat {
        if try condition() { return true }
        usleep(10_000)
    } while Clock.now < deadline
    return try condition()
}

package enum Clock {
    /// Seconds of the monotonic clock.
    package static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
