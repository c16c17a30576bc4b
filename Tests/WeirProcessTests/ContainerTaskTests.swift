import Testing
import WeirCore

@testable import WeirProcess

/// ECS's metadata, from a small server that answers as the agent does.
@Suite struct ContainerTaskTests {
    static let task = """
        {"Cluster":"c","TaskARN":"arn:aws:ecs:…","Family":"web","Limits":{"CPU":0.25,"Memory":512},"Containers":[
        {"Name":"web","Limits":{"CPU":2,"Memory":8},"Labels":{"a\\"b":"}{"}}],"LaunchType":"FARGATE"}
        """
    static let container =
        #"{"DockerId":"d","Name":"web","Labels":{"x":"\"Limits\":{"},"Limits":{"CPU":10,"Memory":384}}"#

    @Test func theTightestOfTaskAndContainerHolds() throws {
        let server = try AnsweringServer(["/v4/abc/task": Self.task, "/v4/abc": Self.container])
        defer { server.stop() }
        let task = ContainerTask.read(address: server.address + "/v4/abc", patience: .seconds(20))
        #expect(task.problems.isEmpty)
        #expect(task.memory.map(\.size) == [.mebibytes(512), .mebibytes(384)])
        #expect(task.cpu == 0.25)

        let machine = ContainerMemory(
            limit: .gibibytes(2), source: "MemTotal", charged: 0, inactiveFiles: 0, activeFiles: 0)
        let cpu = ContainerCPU(cores: 2, source: "cores", used: nil, throttledPeriods: 0, throttled: .zero)
        let limits = ContainerLimits(memory: machine, cpu: cpu, task: task)
        #expect(limits.memory == .mebibytes(384) && limits.memorySource == "Limits.Memory of the ECS container")
        #expect(limits.cpu == 0.25 && limits.cpuSource == "Limits.CPU of the ECS task")
    }

    @Test func aLimitWiderThanTheCgroupsChangesNothing() {
        let memory = ContainerMemory(
            limit: .mebibytes(128), source: "memory.max", charged: 0, inactiveFiles: 0, activeFiles: 0)
        let cpu = ContainerCPU(cores: 0.1, source: "cpu.max", used: nil, throttledPeriods: 0, throttled: .zero)
        let task = ContainerTask(memory: [.init(size: .mebibytes(512), source: "task")], cpu: 0.25)
        let limits = ContainerLimits(memory: memory, cpu: cpu, task: task)
        #expect(limits.memorySource == "memory.max" && limits.cpuSource == "cpu.max")
    }

    @Test func whatCannotBeAskedIsReportedAndNotFatal() throws {
        let server = try AnsweringServer(["/v4/abc": Self.container])
        defer { server.stop() }
        let half = ContainerTask.read(address: server.address + "/v4/abc", patience: .seconds(20))
        #expect(half.memory.map(\.size) == [.mebibytes(384)])
        #expect(half.problems == ["no limits from \(server.address)/v4/abc/task: status 404"])

        for (address, reason) in [
            ("https://169.254.170.2/v4", "does not begin with http://"), ("http://metadata/v4", "not an IPv4 address"),
            ("http://127.0.0.1:99999/v4", "not an IPv4 address and a port"), ("http://127.0.0.1/a b", "or is not one"),
            ("", "does not begin with http://"),
        ] {
            let task = ContainerTask.read(address: address)
            #expect(task.problems.count == 2)
            #expect(task.problems.allSatisfy { $0.contains(reason) }, "\(task.problems)")
        }
    }

    @Test func aServerThatSaysNothingCostsNoMoreThanThePatience() throws {
        let server = try AnsweringServer([:], isSilent: true)
        defer { server.stop() }
        let start = ContinuousClock.now
        let task = ContainerTask.read(address: server.address, patience: .milliseconds(200))
        #expect(task.problems.count == 2)
        #expect(task.problems.allSatisfy { $0.hasSuffix("no complete answer in time") })
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test func anAnswerThatNeverEndsIsCutOff() throws {
        let server = try AnsweringServer(["/": String(repeating: " ", count: PlainHTTPRequest.largestAnswer)])
        defer { server.stop() }
        let task = ContainerTask.read(address: server.address + "/", patience: .seconds(20))
        #expect(task.problems.last?.contains("larger than") == true)
    }

    @Test func numbersAreFoundByTheirPath() {
        func read(_ text: String) -> [String: Double] { JSONNumbers.read(Array(text.utf8)) }
        #expect(read(#"{"a": {"b" : -1.5e2, "c": [1, {"d": 2}]}, "e":3}"#) == ["a.b": -150, "e": 3])
        #expect(read(#"{"a": "\"b\": 4", "c": true, "d": null}"#).isEmpty)
        #expect(read(#"{"a": 1"#) == ["a": 1])
        #expect(read("\"\\").isEmpty && read("{\"").isEmpty && read("}{]").isEmpty && read("--").isEmpty)
        #expect(read(String(repeating: "[", count: 10_000)).isEmpty)
    }
}
