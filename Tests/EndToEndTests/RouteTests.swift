import Testing
import WeirTestSupport

@Suite("Routes")
struct RouteTests {
    private func server() throws -> WeirProcess {
        let site = try Site.echo()
        try site.write("build/app.css", "css")
        try site.write("pictures/a.jpg", "jpg")
        try site.write("other/index.php", "<?php echo 'other ', $_SERVER['SCRIPT_NAME'];")
        return try WeirProcess(
            site,
            """
            apps:
              web: {runtime: php, root: ., entry: index.php, pool: {manager: static, max_workers: 1}}
              other: {runtime: php, root: other, pool: {manager: static, max_workers: 1}}
            routes:
              - {path: /first, respond: {body: first}}
              - {path: /first, respond: {body: second}}
              - {host: other.example, app: other}
              - {host: "*.wild.example", respond: {status: 203, body: wild, headers: {X-Kind: star, Content-Type: text/css}}}
              - {path: /old/*, redirect: {to: https://new.example$uri, status: 308}}
              - {path: /here, redirect: /there}
              - {path: /build/*, static: .}
              - {extension: jpg, static: pictures}
              - {method: [PURGE, BAN], respond: {status: 403}}
              - {path: /both, method: POST, respond: {body: posted}}
              - {path: /gone, respond: 410}
            """)
    }

    private func get(_ client: RawClient, _ host: String, _ path: String, method: String = "GET") throws -> RawAnswer {
        try client.exchange("\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
    }

    @Test func theFirstThatMatchesDecides() throws {
        let server = try server()
        let client = try server.connect()
        #expect(try get(client, "a", "/first").text == "first")
        #expect(try get(client, "a", "/first/").echoed()["uri"] as? String == "/first/", "an exact path is exact")
        #expect(try get(client, "other.example", "/first").text == "first")
        #expect(try get(client, "a", "/x").echoed()["uri"] as? String == "/x", "no route: the first app")
    }

    @Test func hostsAreComparedWithoutPortAndCase() throws {
        let server = try server()
        let client = try server.connect()
        for host in ["other.example", "OTHER.Example", "other.example:8080"] {
            #expect(try get(client, host, "/x").text == "other /index.php", "\(host)")
        }
        for host in ["a.other.example", "xother.example", "other.example.evil", "other.exampl"] {
            #expect(try get(client, host, "/x").echoed()["uri"] as? String == "/x", "\(host)")
        }
    }

    @Test func aWildcardIsForEveryNameBelow() throws {
        let server = try server()
        let client = try server.connect()
        for host in ["a.wild.example", "a.b.wild.example:1", "A.WILD.EXAMPLE"] {
            let answer = try get(client, host, "/x")
            #expect(answer.status == 203 && answer.text == "wild", "\(host)")
            #expect(answer["X-Kind"] == "star")
            #expect(answer.all("Content-Type") == ["text/css"])
        }
        for host in ["wild.example", "awild.example"] { #expect(try get(client, host, "/x").status == 200, "\(host)") }
    }

    @Test func redirectsGoWhereTheySay() throws {
        let server = try server()
        let client = try server.connect()
        let kept = try get(client, "a", "/old/a%20b?c=d")
        #expect(kept.status == 308)
        #expect(kept["Location"] == "https://new.example/old/a%20b?c=d")
        let plain = try get(client, "a", "/here?x")
        #expect(plain.status == 302)
        #expect(plain["Location"] == "/there")
        #expect(plain["Content-Length"] == "0")
    }

    @Test func redirectsCannotBeSplit() throws {
        let server = try server()
        let answer = try server.get("/old/%0d%0aSet-Cookie:%20a=b")
        #expect(answer["Set-Cookie"] == nil)
        #expect([308, 400].contains(answer.status))
    }

    @Test func pathsExtensionsAndMethodsAreConditions() throws {
        let server = try server()
        let client = try server.connect()
        #expect(try get(client, "a", "/build/app.css").text == "css")
        #expect(try get(client, "a", "/build/none.css").status == 404, "the route decides, not the app after it")
        #expect(try get(client, "a", "/a.jpg").text == "jpg")
        #expect(try get(client, "a", "/x", method: "PURGE").status == 403)
        #expect(try get(client, "a", "/x", method: "BAN").status == 403)
        #expect(try get(client, "a", "/both", method: "POST").text == "posted")
        #expect(try get(client, "a", "/both").echoed()["method"] as? String == "GET")
        #expect(try get(client, "a", "/gone").status == 410)
        #expect(try get(client, "a", "/%62uild/app.css").text == "css", "a path is one path however it is written")
        #expect(try get(client, "a", "/x/../build//app.css").text == "css")
    }

    @Test func withoutAnAppWhatNoRouteTakesIs404() throws {
        let site = try TemporaryDirectory()
        let server = try WeirProcess(site, "routes: [{path: /a, respond: {body: a}}]")
        let client = try server.connect()
        #expect(try client.get("/a").text == "a")
        #expect(try client.get("/b").status == 404)
    }
}
