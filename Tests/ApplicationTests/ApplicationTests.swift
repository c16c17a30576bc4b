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

    /// Prepares the application, serves it, uses it and cleans up: what `prove-with-weir.sh` does.
    private func prove(_ application: String) throws {
        let run = try Command(
            [Package.path("Tests/Applications/prove-with-weir.sh"), application],
            environment: ["WEIR": try WeirProcess.binary()]
        )
        let status = try run.finish(within: 180)
        #expect(status == 0, "\(application):\n\(run.output.suffix(4_000))")
    }
}
