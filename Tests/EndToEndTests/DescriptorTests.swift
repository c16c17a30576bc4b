import Foundation
import Testing
import WeirTestSupport

@Suite("Out of descriptors", .serialized)
struct DescriptorTests {
    /// CPU time of a process in seconds.
    private func cpuSeconds(_ pid: pid_t) -> Double {
        let stat = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    @Test(arguments: [1, 2])
    func acceptingPausesAndRecovers(_ loops: Int) throws {
        let site = try Site.echo()
        try site.write("a.txt", "a")
        var options = WeirProcess.Options()
        options.wrapper = ["prlimit", "--nofile=80:80"]
        let server = try WeirProcess(
            site, Site.php("loops: \(loops)", pool: "{manager: static, max_workers: 1}"), options: options)
        let old = try server.connect()
        #expect(try old.get("/").status == 200)
        #expect(try old.get("/a.txt").text == "a")
        let crowd = try (0..<150).map { _ in try server.connect(patience: 5) }
        usleep(500_000)
        #expect(server.openDescriptors >= 75, "the server is at its limit")

        let before = cpuSeconds(server.pid)
        for _ in 0..<10 {
            #expect(try old.get("/").status == 200, "those who are connected are served")
            #expect(try old.get("/a.txt").text == "a")
            usleep(150_000)
        }
        #expect(cpuSeconds(server.pid) - before < 0.5, "no busy loop")

        for client in crowd.prefix(140) { client.close() }
        // Those who waited in the backlog get their turn, and so does a new one.
        for client in crowd.suffix(10) { #expect(try client.get("/").status == 200) }
        #expect(try server.get("/").status == 200)
        #expect(server.stop() == 0)
    }
}

extension WeirProcess {
    fileprivate var openDescriptors: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd"))?.count ?? 0
    }
}
