import Foundation
import Glibc
import Testing
import WeirTelemetry

@Suite("The log's writer")
struct LogWriterTests {
    @Test func linesOfSeveralWritersAreWholeAndThoseOfOneInOrder() async throws {
        let pipe = Pipe()
        let writer = LogWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor, places: 3)
        let (writers, count) = (4, 2_000)
        let reading = Task.detached { Self.read(writers * count, from: pipe) }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<writers {
                group.addTask {
                    for line in 0..<count {
                        writer.write(place: number) { $0.append(contentsOf: "\(number) \(line) end".utf8) }
                    }
                }
            }
        }
        var next = [Int](repeating: 0, count: writers)
        for line in await reading.value {
            let parts = line.split(separator: " ")
            let number = try #require(parts.count == 3 && parts[2] == "end" ? Int(parts[0]) : nil, "\(line)")
            #expect(Int(parts[1]) == next[number])
            next[number] += 1
        }
        #expect(next == [Int](repeating: count, count: writers))
        #expect(writer.droppedLines == 0)
    }

    @Test func afterAFlushEverythingIsOut() throws {
        let pipe = Pipe()
        let writer = LogWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor, places: 2)
        for round in 0..<20 {
            for place in 0..<2 { writer.write(place: place) { $0.append(contentsOf: "\(round)".utf8) } }
            writer.flush()
            var waiting: Int32 = 0
            #expect(ioctl(pipe.fileHandleForReading.fileDescriptor, UInt(FIONREAD), &waiting) == 0)
            #expect(Int(waiting) == 2 * "\(round)\n".utf8.count)
            _ = Self.read(2, from: pipe)
        }
    }

    @Test func linesBeyondTheBoundAreCountedAndSaid() async throws {
        let pipe = Pipe()
        let writer = LogWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor, places: 2)
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        // Nobody reads: the pipe is full, and then so is the place.
        for _ in 0..<12 { writer.write { $0.append(contentsOf: line) } }
        let dropped = writer.droppedLines
        #expect((1...8).contains(dropped))
        let lines = await Task.detached { Self.read(12 - dropped + 1, from: pipe) }.value
        #expect(
            lines.filter { $0.contains("log lines dropped") } == [
                "{\"event\":\"log lines dropped\",\"count\":\(dropped)}"
            ])
    }

    private static func read(_ count: Int, from pipe: Pipe) -> [Substring] {
        var bytes = Data()
        var lines = 0
        while lines < count {
            let more = pipe.fileHandleForReading.availableData
            guard !more.isEmpty else { break }
            bytes += more
            lines += more.count { $0 == UInt8(ascii: "\n") }
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
}
