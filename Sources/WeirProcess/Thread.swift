import CWeirSystem
import Glibc

/// A plain thread for code that blocks in a system call.
package enum Thread {
    private final class Start {
        let name: String
        let body: @Sendable () -> Void
        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Runs `body` on a new thread; `name` has at most 15 characters.
    package static func detach(name: String, _ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let start = Unmanaged.passRetained(Start(name, body))
        let result = pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer else { return nil }
                let start = Unmanaged<Start>.fromOpaque(pointer).takeRetainedValue()
                weir_name_thread(start.name)
                start.body()
                return nil
            }, start.toOpaque()
        )
        precondition(result == 0, "cannot start thread '\(name)': \(String(cString: strerror(result)))")
        pthread_detach(thread)
    }
}
