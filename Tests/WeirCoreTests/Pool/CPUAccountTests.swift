import Testing
import WeirCore

@Suite("Processor time of workers")
struct CPUAccountTests {
    private func seconds(_ workers: [Int32: Int]) -> [Int32: Nanoseconds] { workers.mapValues { .seconds($0) } }

    @Test func itsWorkedRow() {
        var account = CPUAccount()
        account.take(server: (1, .zero), workers: seconds([10: 5, 11: 2]))
        #expect(account.total == .seconds(7))
        account.take(server: (1, .seconds(6)), workers: seconds([11: 2]))
        #expect(account.total == .seconds(8))
        account.take(server: nil, workers: seconds([11: 3]))
        #expect(account.total == .seconds(9))
        account.take(server: (2, .zero), workers: [:])
        #expect(account.total == .seconds(9))
    }

    @Test func itNeverGoesBack() {
        var account = CPUAccount()
        account.take(server: (1, .seconds(1)), workers: seconds([10: 5]))
        // It ended between the two readings: it is in neither.
        account.take(server: (1, .seconds(1)), workers: [:])
        #expect(account.total == .seconds(6))
        account.take(server: (1, .seconds(7)), workers: [:])
        #expect(account.total == .seconds(7))
    }

    @Test func aNewForkServerBeginsAgain() {
        var account = CPUAccount()
        account.take(server: (1, .seconds(4)), workers: [:])
        account.take(server: (2, .seconds(1)), workers: seconds([20: 1]))
        #expect(account.total == .seconds(6))
    }
}
