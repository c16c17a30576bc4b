import WeirCore
import WeirEdge

/// A request that left its worker larger than it was.
struct RequestGrowth: Sendable {
    let worker: WorkerID
    let pid: Int32
    let by: Bytes
    let requestID: [UInt8]
    let path: [UInt8]
}

/// What is known of the request at hand when its worker says how much it grew: by then the exchange may be another
/// request's. Keeps its capacity, so that noting costs no allocation.
struct RequestNote {
    static let pathBytesMax = 512
    /// A worker's first requests fill its caches.
    static let requestsToWarm = 5

    private(set) var requestID: [UInt8] = []
    private(set) var path: [UInt8] = []
    private var requests = 0

    /// From any loop: while a worker has a request, nobody changes what was asked.
    mutating func take(_ exchange: Exchange) {
        requests += 1
        requestID.removeAll(keepingCapacity: true)
        requestID.append(contentsOf: exchange.requestID)
        path.removeAll(keepingCapacity: true)
        path.append(contentsOf: exchange.path.prefix(Self.pathBytesMax))
    }

    var isWarm: Bool { requests > Self.requestsToWarm }
}

extension WorkerConnection {
    /// After the end of the request, and before the next one begins.
    func tellGrowth() {
        let by = Bytes.kibibytes(decoder.growthKiB)
        guard by > 0, note.isWarm, let growth = events.growth else { return }
        growth.note(note.path, by)
        guard let limit = growth.limit, by > limit else { return }
        growth.tell(RequestGrowth(worker: id, pid: pid, by: by, requestID: note.requestID, path: note.path))
    }
}
