import Foundation
import Testing
import WeirTestSupport

/// Laravel's own queue worker on its database and Redis queues, kept running by Weir.
@Suite("A queue loses no job")
struct LaravelQueueTests {
    private static let jobs = 1_000

    @Test(
        "1,000 jobs, two workers, reloads and a stop in between: none is lost, none runs twice",
        .installed("/usr/share/php/Illuminate/Foundation", package: "php-laravel-framework"))
    func database() throws {
        let site = try TemporaryDirectory()
        try everyJobRunsOnce(in: site, application: try prepare(site), on: "database")
    }

    @Test(
        "the same with Redis",
        .installed("/usr/share/php/Illuminate/Foundation", package: "php-laravel-framework"),
        .installed("/usr/bin/redis-server", package: "redis-server"),
        .installed("/usr/share/php/Predis", package: "php-predis"))
    func redis() throws {
        let site = try TemporaryDirectory()
        let application = try prepare(site)
        let socket = application + "/storage/redis.sock"
        let server = try Command(
            ["redis-server", "--port", "0", "--unixsocket", socket, "--unixsocketperm", "777", "--save", ""])
        try #require(holds(within: 10) { access(socket, W_OK) == 0 }, "\(server.output)")
        try everyJobRunsOnce(in: site, application: application, on: "redis")
        try server.end()
    }

    private func prepare(_ site: TemporaryDirectory) throws -> String {
        let application = site("application")
        try run([Package.path("Tests/Applications/laravel/prepare.sh"), application])
        return application
    }

    /// `queue`: as Laravel calls it.
    private func everyJobRunsOnce(in site: TemporaryDirectory, application: String, on queue: String) throws {
        let fill = "php fill-queue.php \(Self.jobs) \(queue)"
        try run([
            "bash", "-c",
            "set -e; source \(Package.path("Tests/Applications/common.sh")); cd \(application); as_worker \(fill)",
        ])

        var server = try WeirProcess(site, settings(queue, lifetime: "3s"))
        try eventually(within: 30, "jobs run") { try numbers(application).count > 50 }
        // Another definition: both workers are stopped, each after its job, before others start.
        try site.write("weir.yaml", settings(queue, lifetime: "2s"))
        server.signal(SIGHUP)
        try eventually(within: 30, "more jobs run") { try numbers(application).count > 300 }
        #expect(server.stop(within: 30) == 0)
        let stopped = try numbers(application).count
        #expect(stopped < Self.jobs, "there is something left to do")
        usleep(300_000)
        #expect(try numbers(application).count == stopped, "nobody works on")

        server = try WeirProcess(site, settings(queue, lifetime: "off"))
        try eventually(within: 30, "more jobs run") { try numbers(application).count > stopped + 50 }
        server.signal(SIGHUP)
        try eventually(within: 60, "all jobs run") { try numbers(application).count >= Self.jobs }
        usleep(500_000)
        #expect(try numbers(application).sorted() == Array(1...Self.jobs))
        #expect(server.stop(within: 30) == 0)
        #expect(!server.standardError.contains("process.killed"))
    }

    private func settings(_ queue: String, lifetime: String) -> String {
        """
        access_log: off
        processes:
          queue:
            command: php artisan queue:work \(queue) --sleep=0.1 --tries=1
            directory: application
            instances: 2
            max_lifetime: \(lifetime)
            stop_timeout: 20s

        """
    }

    private func numbers(_ application: String) throws -> [Int] {
        let text = (try? String(contentsOfFile: application + "/storage/numbers", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { Int($0) }
    }

    private func run(_ command: [String]) throws {
        let run = try Command(command)
        let status = try run.finish(within: 60)
        try #require(status == 0, "\(command):\n\(run.output.suffix(2_000))")
    }
}
