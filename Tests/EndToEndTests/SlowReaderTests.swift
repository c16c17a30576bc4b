import Foundation
import Glibc
import Testing
import WeirTestSupport

/// Answers larger than what their readers take at once.
@Suite("Slow readers", .serialized)
struct SlowReaderTests {
    private static let block = 65_536

    /// Answers with `?blocks=N` blocks, each of which repeats its number.
    private func site() throws -> TemporaryDirectory {
        let site = try TemporaryDirectory()
        try site.write(
            "blocks.php",
            """
            <?php
            $blocks = (int) $_GET['blocks'];
            if (!isset($_GET['chunked'])) header('Content-Length: ' . $blocks * 65536);
            for ($i = 0; $i < $blocks; $i++) echo str_repeat(pack('P', $i), 8192);
            """)
        try site.write("index.php", "<?php echo 'hello';")
        try site.makeDirectory("spool", mode: 0o777)
        return site
    }

    private func yaml(_ site: TemporaryDirectory, _ limits: String = "", loops: Int = 2) -> String {
        Site.php(
            """
            loops: \(loops)
            health: {status: /status}
            limits: {temporary_directory: \(site("spool")) \(limits)}
            """, pool: "{manager: static, max_workers: 1}")
    }

    /// Reads the head and `blocks` blocks, which must be the right ones.
    private func readBlocks(_ blocks: Int, from client: RawClient, isLast: Bool = true) throws {
        client.patience = 60
        let head = try client.readAnswer(toHead: true)
        #expect(head["Content-Length"] == "\(blocks * Self.block)")
        for number in 0..<blocks {
            let expected = [UInt64](repeating: UInt64(number), count: Self.block / 8)
            let received = try client.read(Self.block)
            let isSame = received.withUnsafeBytes { a in
                expected.withUnsafeBytes { b in
                    guard let a = a.baseAddress, let b = b.baseAddress else { return false }
                    return memcmp(a, b, Self.block) == 0
                }
            }
            guard isSame else { throw TestFailure("block \(number) is not itself") }
        }
        if isLast { #expect(client.buffered.isEmpty) }
    }

    @Test(arguments: [1, 2])
    func aSlowReaderCostsNeitherMemoryNorAWorker(_ loops: Int) throws {
        let blocks = 4_400  // 275 MiB
        let site = try site()
        let server = try WeirProcess(site, yaml(site, loops: loops))
        #expect(try server.get("/").text == "hello")
        let before = server.residentMemory
        let slow = try server.connect(receiveBuffer: 16_384)
        try slow.send(RawRequest.get("/blocks.php?blocks=\(blocks)"))
        #expect(slow.hasInput(within: 10))
        // The only worker is free as soon as its own work is done.
        let other = try server.connect(patience: 30)
        #expect(try other.get("/").text == "hello")
        #expect(server.residentMemory - before < 32 << 20)
        #expect(server.openFiles(under: site("spool")) == 1)
        try readBlocks(blocks, from: slow)
        #expect(server.residentMemory - before < 32 << 20)
        eventually("the spool is gone") { server.openFiles(under: site("spool")) == 0 }
        #expect(try slow.get("/").text == "hello", "the connection goes on")
    }

    /// A socket that took a part of an answer gets the rest, and the next answer only then.
    @Test func answersToPipelinedRequestsStayInOrderWhateverTheReaderTakes() throws {
        let site = try site()
        let server = try WeirProcess(site, yaml(site))
        let client = try server.connect(receiveBuffer: 4_096)
        #expect(try client.get("/").text == "hello")
        for round in 0..<5 {
            for blocks in [1, 3, 0, 2] {
                try client.send(RawRequest.get("/blocks.php?blocks=\(blocks)&round=\(round)"))
            }
            for blocks in [1, 3, 0, 2] { try readBlocks(blocks, from: client, isLast: blocks == 2) }
        }
        #expect(try client.get("/").text == "hello")
    }

    @Test(arguments: [1, 2])
    func beyondTheSpoolTheWorkerWaitsAndTheAnswerArrivesWhole(_ loops: Int) throws {
        let blocks = 1_600  // 100 MiB
        let site = try site()
        let server = try WeirProcess(site, yaml(site, ", response_spool: 1MiB", loops: loops))
        #expect(try server.get("/").text == "hello")
        let before = server.residentMemory
        let slow = try server.connect(receiveBuffer: 16_384)
        try slow.send(RawRequest.get("/blocks.php?blocks=\(blocks)"))
        #expect(slow.hasInput(within: 10))
        let other = try server.connect(patience: 60)
        try other.send(RawRequest.get("/"))
        #expect(!other.hasInput(within: 1.5), "the worker waits for the reader")
        #expect(server.residentMemory - before < 32 << 20)
        try readBlocks(blocks, from: slow)
        #expect(try other.readAnswer().text == "hello")
        #expect(server.residentMemory - before < 32 << 20)
    }

    @Test func nothingIsSpooledWhenThatIsSwitchedOff() throws {
        let site = try site()
        let server = try WeirProcess(site, yaml(site, ", response_spool: 0, response_memory: 0"))
        let slow = try server.connect(receiveBuffer: 16_384)
        try slow.send(RawRequest.get("/blocks.php?blocks=800"))
        #expect(slow.hasInput(within: 10))
        try readBlocks(800, from: slow)
        #expect(try slow.get("/").text == "hello")
    }

    @Test func aChunkedAnswerThroughTheSpoolArrivesWhole() throws {
        let site = try site()
        let server = try WeirProcess(site, yaml(site, ", response_memory: 100000"))
        let slow = try server.connect(receiveBuffer: 16_384, patience: 60)
        try slow.send(RawRequest.get("/blocks.php?blocks=400&chunked=1") + RawRequest.get("/"))
        #expect(try server.get("/").text == "hello")
        let answer = try slow.readAnswer()
        #expect(answer["Transfer-Encoding"] == "chunked")
        let numbers = answer.body.withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) }
        #expect(numbers == (0..<400).flatMap { [UInt64](repeating: $0, count: 8_192) })
        #expect(try slow.readAnswer().text == "hello")
    }

    @Test func aSlowReaderThatLeavesFreesItsSpoolAndItsWorker() throws {
        for spool in ["", ", response_spool: 1MiB"] {
            let site = try site()
            let server = try WeirProcess(site, yaml(site, spool))
            let slow = try server.connect(receiveBuffer: 16_384)
            try slow.send(RawRequest.get("/blocks.php?blocks=1600"))
            #expect(slow.hasInput(within: 10))
            eventually("the answer is spooled") { server.openFiles(under: site("spool")) == 1 }
            slow.reset()
            eventually("the spool is gone") { server.openFiles(under: site("spool")) == 0 }
            #expect(try server.get("/").text == "hello")
        }
    }

    @Test func oneSlowReaderDoesNotHoldUpOthersOfItsLoop() throws {
        let site = try site()
        try site.write("large.bin", [UInt8](repeating: 7, count: 32 << 20))
        let server = try WeirProcess(site, yaml(site, loops: 1))
        let slow = try server.connect(receiveBuffer: 16_384)
        try slow.send(RawRequest.get("/large.bin"))
        #expect(slow.hasInput(within: 10))
        for _ in 0..<20 {
            let started = Clock.now
            #expect(try server.get("/").text == "hello")
            #expect(Clock.now - started < 2)
        }
        slow.patience = 60
        #expect(try slow.readAnswer().body.count == 32 << 20)
    }
}
