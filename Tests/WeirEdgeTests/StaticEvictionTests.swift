import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing
import WeirCore
import WeirEdge
import WeirWire

/// The cache stays within its limits, and what is being sent outlives it.
@Suite struct StaticEvictionTests {
    private func limits(_ change: (inout FileCacheLimits) -> Void) -> FileCacheLimits {
        var limits = FileCacheLimits()
        change(&limits)
        return limits
    }

    @Test func randomNamesDoNotGrowTheCacheNorDriveOutWhatIsUsed() throws {
        let site = try StaticFixture(limits { $0.entries = 64 })
        try site.write("root/hot.txt", "hot")
        let root = site.root()
        #expect(site.get("/hot.txt", root) == "hot")
        for number in 0..<10_000 {
            #expect(site.kind("/random-\(number)", root) == .missing)
            #expect(site.cache.statistics.entries <= 64)
            if number % 20 == 0 { #expect(site.get("/hot.txt", root) == "hot") }
        }
        #expect(site.cache.statistics.misses == 10_001)
        #expect(site.cache.statistics.bytes < 64 * 512)
    }

    @Test func memoryIsBounded() throws {
        let site = try StaticFixture(limits { $0.memory = .kibibytes(256) })
        let root = site.root()
        for number in 0..<40 {
            try site.write("root/\(number).txt", String(repeating: "x", count: 20_000 + number))
            #expect(site.get("/\(number).txt", root).count == 20_000 + number)
            #expect(site.cache.statistics.bytes <= 256 << 10)
        }
        #expect(site.cache.statistics.evictions > 20)
    }

    @Test func anEntryThatFillsTheTableIsServedWithoutBeingKept() throws {
        let site = try StaticFixture(limits { $0.descriptors = 0 })
        try site.write("root/large.bin", String(repeating: "x", count: 100_000))
        let root = site.root()
        #expect(site.get("/large.bin", root).count == 100_000)
        #expect(site.cache.statistics.entries == 0)
        #expect(site.openDescriptors("root/large.bin") == 0)
    }

    @Test func evictionDoesNotCloseWhatIsBeingSent() throws {
        let site = try StaticFixture(limits { $0.descriptors = 2 })
        let large = String(repeating: "0123456789", count: 10_000)
        for number in 0..<6 { try site.write("root/\(number).bin", large + "\(number)") }
        let root = site.root()
        var body: StaticBody? = .some(.none)
        do {
            let file = try #require(site.file("/0.bin", root))
            body = file.body(file.plan(StaticRequest(method: .get, now: 0)))
        }
        for number in 1..<6 {
            _ = site.kind("/\(number).bin", root)
            #expect(site.cache.statistics.descriptors <= 2)
        }
        #expect(site.cache.statistics.evictions == 4)
        #expect(site.openDescriptors("root/0.bin") == 1)
        #expect((1..<6).reduce(0) { $0 + site.openDescriptors("root/\($1).bin") } == 2)
        #expect(body.map(bodyText) == large + "0")
        body = nil
        #expect(site.openDescriptors("root/0.bin") == 0)
    }

    @Test func aFileCutShortWhileBeingSentIsNoticed() throws {
        let site = try StaticFixture()
        try site.write("root/a.bin", String(repeating: "x", count: 100_000))
        let file = try #require(site.file("/a.bin", site.root()))
        truncate(site.path("root/a.bin"), 70_000)
        let text = bodyText(file.body(file.plan(StaticRequest(method: .get, now: 0))))
        #expect(text.count == 60_000 + "(truncated)".count)
        #expect(text.hasSuffix("(truncated)"))
    }

    /// Through the kernel, with nothing but the write's promise to keep the file open.
    @Test func aRegionBeingWrittenKeepsItsFileOpen() async throws {
        let site = try StaticFixture()
        let size = 5_000_000
        try site.write("root/a.bin", String(repeating: "x", count: size))
        let taken = TakenBody()
        do {
            let passing = FileCache()
            let root = passing.addRoot(site.settings)
            let path = Array("/a.bin".utf8)
            guard case .file(let file) = path.withUnsafeBytes({ passing.resolve($0, in: root, now: .zero) }) else {
                return
            }
            taken.put(file.body(file.plan(StaticRequest(method: .get, now: 0))))
        }
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Sender(taken)) }
            }
            .bind(unixDomainSocketPath: site.path("socket")).get()
        let total = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Int.self)
        _ = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Counter(total)) }
            }
            .connect(unixDomainSocketPath: site.path("socket")).get()
        #expect(try await total.futureResult.get() == size)
        try await server.close()
        // The client sees the end a moment before the server's promise lets go.
        let deadline = ContinuousClock.now + .seconds(5)
        while site.openDescriptors("root/a.bin") > 0, ContinuousClock.now < deadline { await Task.yield() }
        #expect(site.openDescriptors("root/a.bin") == 0)
    }
}

private final class TakenBody: Sendable {
    private let body = Mutex<StaticBody?>(nil)

    func put(_ body: StaticBody) { self.body.withLock { $0 = body } }

    func take() -> StaticBody? {
        body.withLock { body in
            defer { body = nil }
            return body
        }
    }
}

/// Writes the body and forgets it.
private final class Sender: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = IOData

    private let taken: TakenBody

    init(_ taken: TakenBody) { self.taken = taken }

    func channelActive(context: ChannelHandlerContext) {
        guard case .file(let file, let range) = taken.take() else { return context.close(promise: nil) }
        let promise = file.held(on: context.eventLoop)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        promise.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.fileRegion(file.region(range))), promise: promise)
    }
}

private final class Counter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let total: EventLoopPromise<Int>
    private var count = 0

    init(_ total: EventLoopPromise<Int>) { self.total = total }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { count += unwrapInboundIn(data).readableBytes }

    func channelInactive(context: ChannelHandlerContext) { total.succeed(count) }
}
