import Testing
import WeirCore

@testable import WeirConfig

@Suite struct WordsTests {
    @Test(arguments: [
        ("500ms", 500_000_000), ("30s", 30_000_000_000), ("5m", 300_000_000_000), ("1h", 3_600_000_000_000),
        ("1.5s", 1_500_000_000), ("1h30m", 5_400_000_000_000), ("1d", 86_400_000_000_000), ("0s", 0),
        ("100us", 100_000), ("7ns", 7),
    ])
    func durationsAreExact(text: String, nanoseconds: Int) throws {
        #expect(try Nanoseconds(configured: text).count == nanoseconds)
    }

    @Test(arguments: ["", "s", "30", "-1s", "1e3s", "1 s", "1,5s", "0.1ns", "9223372037s", "1.s", ".5s", "1S", "１s"])
    func whatIsNoDurationIsRefused(text: String) {
        #expect(throws: Refusal.self) { try Nanoseconds(configured: text) }
    }

    @Test(arguments: [
        ("64KiB", 65_536), ("256MiB", 268_435_456), ("1GiB", 1 << 30), ("10MB", 10_000_000), ("64KB", 64_000),
        ("64kB", 64_000), ("4096", 4096), ("240B", 240), ("1.5KiB", 1536), ("64 KiB", 65_536), ("0", 0),
    ])
    func sizesAreExact(text: String, bytes: Int) throws {
        #expect(try Bytes(configured: text).count == bytes)
    }

    @Test(arguments: ["", "KiB", "64M", "64k", "64kib", "-1", "1e3", "0.3B", "9999999TiB", "9223372036854775808"])
    func whatIsNoSizeIsRefused(text: String) {
        #expect(throws: Refusal.self) { try Bytes(configured: text) }
    }

    @Test func whatIsPrintedIsReadBack() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            let scale = Int.random(in: 0...40, using: &random)
            let span = Nanoseconds(Int.random(in: 0...(1 << scale), using: &random))
            #expect(try Nanoseconds(configured: span.configured) == span)
            let size = Bytes(
                Int.random(in: 0...(1 << scale), using: &random) * [1, 1000, 1024].randomElement(using: &random)!)
            #expect(try Bytes(configured: size.configured) == size)
            let share = Double(Int.random(in: 0...100_000, using: &random)) / 100_000
            let percent = Scalar<Double>.percent
            #expect(try percent.parse(percent.print(share)) == share)
            let bytes = (0..<16).map { _ in random.next() % 3 == 0 ? UInt8(truncatingIfNeeded: random.next()) : 0 }
            let block = AddressRange(bytes: bytes, prefix: Int.random(in: 0...128, using: &random))
            #expect(AddressRange(configured: block.configured) == block)
        }
    }

    @Test(arguments: [
        ("8080", "0.0.0.0:8080"), (":8080", "0.0.0.0:8080"), ("*:8080", "0.0.0.0:8080"),
        ("127.0.0.1:80", "127.0.0.1:80"), ("[::1]:8080", "[::1]:8080"), ("localhost:0", "localhost:0"),
        ("unix:/run/weir.sock", "unix:/run/weir.sock"), ("Php-FPM:9000", "php-fpm:9000"),
    ])
    func addressesAreRead(text: String, configured: String) throws {
        #expect(try ListenAddress(configured: text).configured == configured)
    }

    @Test func blocksAreMasked() throws {
        let block = try #require(AddressRange(configured: "10.1.2.3/12"))
        #expect(block.masked.configured == "10.0.0.0/12")
        #expect(try #require(AddressRange(configured: "2001:db8:0:0:1:0:0:1")).configured == "2001:db8::1:0:0:1")
        #expect(try #require(AddressRange(configured: "::")).bytes == [UInt8](repeating: 0, count: 16))
        #expect(AddressRange(configured: "1::2::3") == nil)
        #expect(AddressRange(configured: "10.0.0.0/") == nil)
    }

    @Test func theNearestWordIsOneThatCouldBeMeant() {
        let known = ["max_workers", "min_spare", "max_spare", "start", "warning"]
        #expect(NearestWord.to("max_worker", among: known) == "max_workers")
        #expect(NearestWord.to("max_sapre", among: known) == "max_spare")
        #expect(NearestWord.to("warn", among: known) == "warning")
        #expect(NearestWord.to("instances", among: known) == nil)
        #expect(NearestWord.to(String(repeating: "x", count: 1 << 20), among: known) == nil)
    }

    @Test func pathsAreResolvedByText() {
        #expect(Path.resolve("../a/./b//c", from: "/srv/app") == "/srv/a/b/c")
        #expect(Path.resolve("/a/../../b", from: "/srv") == "/b")
        #expect(Path.resolve(".", from: "/srv/app/") == "/srv/app")
        #expect(Path.relative("/srv/app/public/x", to: "/srv/app") == "public/x")
        #expect(Path.relative("/srv/application", to: "/srv/app") == nil)
        #expect(Path.relative("/x", to: "/") == "x")
    }
}

/// SplitMix64: the same numbers on every run and machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
