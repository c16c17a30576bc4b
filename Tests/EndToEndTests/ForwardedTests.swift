import Testing
import WeirTestSupport

@Suite("What proxies say")
struct ForwardedTests {
    private func echo(_ trusted: String?, _ fields: String...) throws -> RawAnswer {
        let server = try WeirProcess(Site.echo(), Site.php(trusted.map { "trusted_proxies: [\($0)]" } ?? ""))
        let client = try server.connect()
        try client.send(RawRequest.get("/", fields))
        return try client.readAnswer()
    }

    @Test func nobodyIsBelievedByDefault() throws {
        let echo = try echo(
            nil, "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https", "Forwarded: for=203.0.113.7;proto=https"
        ).echoed()
        #expect(echo["address"] as? String == "127.0.0.1")
        #expect(echo["https"] as? String == "")
        #expect(echo["scheme"] as? String == "http")
    }

    @Test func anAddressThatIsNotTrustedIsNotBelieved() throws {
        let echo = try echo("10.0.0.0/8", "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https").echoed()
        #expect(echo["address"] as? String == "127.0.0.1")
        #expect(echo["https"] as? String == "")
    }

    @Test func aTrustedProxyIsBelieved() throws {
        let echo = try echo("127.0.0.0/8", "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https").echoed()
        #expect(echo["address"] as? String == "203.0.113.7")
        #expect(echo["https"] as? String == "on")
        #expect(echo["scheme"] as? String == "https")
    }

    @Test func theStandardFieldIsBelievedToo() throws {
        let echo = try echo("127.0.0.1", "Forwarded: for=\"[2001:db8::1]:4711\";proto=https;by=10.0.0.1").echoed()
        #expect(echo["address"] as? String == "2001:db8::1")
        #expect(echo["https"] as? String == "on")
    }

    @Test func aForgedForwardedFieldCountsForNothingBesideTheProxysOwn() throws {
        let echo = try echo("127.0.0.1", "X-Forwarded-For: 203.0.113.7", "Forwarded: for=6.6.6.6;proto=https").echoed()
        #expect(echo["address"] as? String == "203.0.113.7")
        #expect(echo["https"] as? String == "")
    }

    @Test func theClientIsTheLastWhoIsNotTrusted() throws {
        let claimed = "X-Forwarded-For: 6.6.6.6, 203.0.113.7, 10.1.2.3"
        #expect(try echo("127.0.0.0/8, 10.0.0.0/8", claimed).echoed()["address"] as? String == "203.0.113.7")
        #expect(try echo("127.0.0.0/8", claimed).echoed()["address"] as? String == "10.1.2.3")
    }

    @Test(arguments: ["unknown", "evil\\\"", "1.2.3.4.5", "<script>", ",", "_hidden"])
    func whatIsNoAddressIsNoClient(_ claimed: String) throws {
        #expect(try echo("127.0.0.0/8", "X-Forwarded-For: \(claimed)").echoed()["address"] as? String == "127.0.0.1")
    }

    @Test func theProxyFieldNeverReachesTheApp() throws {
        let answer = try echo(nil, "Proxy: http://evil.example", "pROXY: http://evil.example")
        #expect(try answer.serverVariable("HTTP_PROXY") == nil)
        #expect(!answer.text.contains("evil"))
    }

    @Test func fieldsThatWouldPassForOthersDoNotReachTheApp() throws {
        let answer = try echo(nil, "X_Forwarded_For: 6.6.6.6", "Content_Length: 7", "X.Real.IP: 6.6.6.6")
        #expect(!answer.text.contains("6.6.6.6"))
        #expect(try answer.echoed()["content_length"] as? String == "")
    }

    @Test func aRequestIDIsTakenOverPassedOnReturnedAndLogged() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let answer = try server.get("/", "X-Request-Id: from-the/client=1:2")
        #expect(answer.all("X-Request-Id") == ["from-the/client=1:2"])
        #expect(try answer.serverVariable("HTTP_X_REQUEST_ID") == "from-the/client=1:2")
        #expect(try server.logLine(id: "from-the/client=1:2")["status"] as? Int == 200)
    }

    @Test(arguments: ["a b", "", "<x>", "\"", String(repeating: "a", count: 129)])
    func anUnfitRequestIDIsReplaced(_ id: String) throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let answer = try server.get("/", "X-Request-Id: \(id)")
        let made = try #require(answer["X-Request-Id"])
        #expect(made != id && made.count == 32 && made.allSatisfy(\.isHexDigit))
        #expect(try answer.serverVariable("HTTP_X_REQUEST_ID") == made)
        #expect(try server.logLine(id: made)["status"] as? Int == 200)
    }

    @Test func requestIDsDiffer() throws {
        let server = try WeirProcess(Site.echo(), Site.php())
        let client = try server.connect()
        let ids = try (0..<50).map { _ in try client.get("/")["X-Request-Id"] ?? "" }
        let others = try (0..<20).map { _ in try server.get("/health")["X-Request-Id"] ?? "" }
        #expect(Set(ids + others).count == 70)
    }
}
