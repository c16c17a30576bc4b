import Testing
import WeirTestSupport

@Suite("A server at work")
struct SmokeTests {
    @Test func servesPHPAndFilesOfADirectory() throws {
        let site = try TemporaryDirectory()
        try site.write("index.php", "<?php echo 'hello from ', PHP_SAPI;")
        try site.write("style.css", "body {}")
        let server = try WeirProcess(site)
        let client = try server.connect()
        #expect(try client.get("/").text == "hello from fpm-fcgi")
        #expect(try client.get("/style.css").text == "body {}")
        #expect(server.stop() == 0)
        #expect(try server.accessLog().map { $0["path"] as? String } == ["/", "/style.css"])
    }
}
