import Testing
import WeirTestSupport

/// Real applications from Debian's packages, used by the scenarios of `Tests/Applications`.
@Suite("Real applications run", .serialized)
struct ApplicationTests {
    @Test func guestbook() throws { try prove("guestbook") }

    @Test(.installed("/usr/share/php/Symfony/Bundle/FrameworkBundle", package: "php-symfony"))
    func symfony() throws { try prove("symfony") }

    @Test(.installed("/usr/share/php/Illuminate/Foundation", package: "php-laravel-framework"))
    func laravel() throws { try prove("laravel") }

    @Test(.installed("/usr/share/wordpress", package: "wordpress"))
    func wordpress() throws { try prove("wordpress") }

    @Test(.installed("/usr/share/phpmyadmin", package: "phpmyadmin"))
    func phpmyadmin() throws { try prove("phpmyadmin") }

    @Test func guestbookBootedOnce() throws { try prove("guestbook", with: "worker") }

    @Test(.installed("/usr/share/php/Symfony/Bundle/FrameworkBundle", package: "php-symfony"))
    func symfonyBootedOnce() throws { try prove("symfony", with: "worker") }

    @Test(.installed("/usr/share/php/Illuminate/Foundation", package: "php-laravel-framework"))
    func laravelBootedOnce() throws { try prove("laravel", with: "worker") }

    /// What the reset removes is not seen by the next request, and what it cannot remove is: the audit has to find it.
    @Test func everyKnownPatternOfBleeding() throws { try prove("bleeding", with: "worker") }

    @Test(
        .installed("/usr/share/php/Symfony/Bundle/FrameworkBundle", package: "php-symfony"),
        .installed("/usr/share/php/Illuminate/Foundation", package: "php-laravel-framework")
    )
    func twoUsersNeverSeeEachOthersSession() throws { try prove("sessions", with: "worker", within: 600) }

    @Test(.installed("/usr/share/nodejs/express", package: "node-express"))
    func express() throws { try prove("node-express") }

    @Test(.installed("/usr/share/nodejs/ws", package: "node-ws"))
    func webSocketsOfAnESModule() throws { try prove("node-esm-ws") }

    @Test(.installed("/usr/bin/node", package: "nodejs"))
    func heavyWorkInThreadsOfNode() throws { try prove("node-threads") }

    @Test(.installed("/usr/bin/node", package: "nodejs"))
    func nodeWithoutAFramework() throws { try prove("node-raw") }

    @Test(.installed("/usr/bin/go", package: "golang-go"))
    func goServer() throws { try prove("go-server", within: 600) }

    /// Prepares the application, serves it, uses it and cleans up: what `prove.sh` does.
    private func prove(_ application: String, with server: String = "weir", within seconds: Double = 180) throws {
        let run = try Command(
            [Package.path("Tests/Applications/prove.sh"), server, application],
            environment: ["WEIR": try WeirProcess.binary()]
        )
        let status = try run.finish(within: seconds)
        #expect(status == 0, "\(application) with \(server):\n\(run.output.suffix(4_000))")
    }
}
