import Dispatch
import Synchronization

/// Runs what is asynchronous from where nothing is: the main thread waits while others work.
enum Waiting {
    static func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let outcome = Mutex<Result<Value, any Error>?>(nil)
        let ended = DispatchSemaphore(value: 0)
        Task {
            let result: Result<Value, any Error>
            do {
                result = .success(try await body())
            } catch {
                result = .failure(error)
            }
            outcome.withLock { $0 = result }
            ended.signal()
        }
        ended.wait()
        guard let result = outcome.withLock({ $0 }) else { preconditionFailure("set before the end is told") }
        return try result.get()
    }
}
