import Foundation
import Testing
import WeirTestSupport

extension PHPApplications {
    /// What scripts read in `$_SERVER`, compared with nginx and php-fpm.
    @Suite("$_SERVER")
    struct ServerVariablesTests {
        /// Theirs alone: who they are, where they listen, when it was.
        private static let own: Set = [
            "SERVER_SOFTWARE", "SERVER_PORT", "SERVER_NAME", "REMOTE_PORT", "REQUEST_TIME", "REQUEST_TIME_FLOAT",
            "HTTP_X_REQUEST_ID", "X-Request-Id", "SCRATCH",
            // The shell's that starts php-fpm.
            "PWD", "OLDPWD", "SHLVL", "_",
            // nginx repeats these two under their other names, as CGI does not.
            "HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE",
            // The body arrives whole: how it was cut up on its way is over.
            "HTTP_TRANSFER_ENCODING", "Transfer-Encoding",
        ]

        private static let requests = [
            get("/server.php"),
            get("/server.php?a=1&b[]=x%20y+z&=&c"),
            get("/server.php?"),
            get("/"),
            get("/?q"),
            get("/folder/?q=%2F"),
            get("/no/such/thing?q=1"),
            get("/missing.php/x"),
            get("/caf%C3%A9/%3Fx"),
            get("/a/../server.php"),
            get("//server.php"),
            get("/%73erver.php?x=%73"),
            get("/files/note.txt/more"),
            get("/server.php", "Authorization: Basic dXNlcjpwYXNz", "Referer: r", "User-Agent: ua", "X-Empty:"),
            get("/server.php", "X_Underscore: dropped", "X.Dot: kept", "Proxy: hidden", "TE: x", "Upgrade: y"),
            get("/server.php", "X-Forwarded-Proto: https", "X-Forwarded-For: 1.2.3.4"),
            "GET /server.php HTTP/1.0\r\nHost: old.test\r\n\r\n",
            post("/server.php", "a=1&b=2", "Content-Type: application/x-www-form-urlencoded"),
            post("/server.php", ""),
            post("/server.php", "3\r\nabc\r\n0\r\n\r\n", "Transfer-Encoding: chunked", length: false),
            "PUT /server.php HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
        ]

        private static func get(_ target: String, _ fields: String...) -> String {
            "GET \(target) HTTP/1.1\r\nHost: example.test:8123\r\nConnection: close\r\n"
                + fields.map { $0 + "\r\n" }.joined() + "\r\n"
        }

        private static func post(_ target: String, _ body: String, _ fields: String..., length: Bool = true) -> String {
            "POST \(target) HTTP/1.1\r\nHost: example.test:8123\r\nConnection: close\r\n"
                + (length ? "Content-Length: \(body.utf8.count)\r\n" : "") + fields.map { $0 + "\r\n" }.joined()
                + "\r\n" + body
        }

        @Test(.installed("/usr/sbin/nginx", "/usr/sbin/php-fpm8.2", package: "nginx-light, php8.2-fpm"))
        func areThoseOfNginxAndFPM() throws {
            let reference = try Command([
                "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
                Package.path("Tests/Applications/with-fpm.sh"), PHPServer.site, "index.php", "--",
                "bash", "-c", "echo $BASE_URL; cat",
            ])
            eventually("php-fpm is up") { reference.output.contains("http://") }
            let line = reference.output.split(separator: "\n").first { $0.hasPrefix("http://") }
            let peer = try #require(line?.split(separator: ":").last.flatMap { Int($0) })
            let environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"]
            var options = WeirProcess.Options()
            options.environment = environment
            let server = try PHPServer(options: options)
            for request in Self.requests {
                let theirs = try RawClient(port: peer).exchange(request).object()
                let ours = try server.connect().exchange(request).object()
                for part in ["server", "headers", "get", "cookies"] {
                    let (a, b) = (Self.texts(theirs[part]), Self.texts(ours[part]))
                    for key in Set(a.keys).union(b.keys).subtracting(Self.own).sorted() {
                        #expect(a[key] == b[key], "\(part) \(key) of \(request)")
                    }
                }
            }
        }

        private static func texts(_ value: Any?) -> [String: String] {
            ((value as? [String: Any]) ?? [:]).mapValues { "\($0)" }
        }

        /// nginx decodes %2F and takes the segments for its own; Weir leaves it as it is. `DOCUMENT_URI` is the address
        /// that was asked for, as with nginx where no try_files changes it.
        @Test func pathInfoFollowsTheScript() throws {
            let server = try PHPServer()
            let answer = try server.get("/server.php/a/b%20c/..%2fd?x").object()
            let variables = try #require(answer["server"] as? [String: Any])
            #expect(variables["SCRIPT_NAME"] as? String == "/server.php")
            #expect(variables["PATH_INFO"] as? String == "/a/b c/..%2Fd")
            #expect(variables["PHP_SELF"] as? String == "/server.php/a/b c/..%2Fd")
            #expect(variables["REQUEST_URI"] as? String == "/server.php/a/b%20c/..%2fd?x")
            #expect(variables["SCRIPT_FILENAME"] as? String == PHPServer.site + "/server.php")
            #expect(variables["PATH_TRANSLATED"] as? String == nil)
        }

        /// RFC 9112, 3.2.2: then `Host` counts for nothing. nginx passes on what was sent.
        @Test func anAbsoluteAddressIsTheHost() throws {
            let variables = try #require(
                try PHPServer().connect().exchange(Self.get("http://other.test:99/server.php?x=1"))
                    .object()["server"] as? [String: Any])
            #expect(variables["HTTP_HOST"] as? String == "other.test:99")
            #expect(variables["SERVER_NAME"] as? String == "other.test")
            #expect(variables["REQUEST_URI"] as? String == "/server.php?x=1")
        }

        /// php-fpm would show the last one only.
        @Test func repeatedFieldsAreJoined() throws {
            let server = try PHPServer()
            let answer = try server.get("/server.php", "X-A: 1", "X-A: 2", "Cookie: a=1", "Cookie: b=2").object()
            let variables = try #require(answer["server"] as? [String: Any])
            #expect(variables["HTTP_X_A"] as? String == "1, 2")
            #expect(variables["HTTP_COOKIE"] as? String == "a=1; b=2")
            #expect(answer["cookies"] as? [String: String] == ["a": "1", "b": "2"])
        }

        @Test func aTrustedProxySaysWhoAndHow() throws {
            let server = try PHPServer(top: "trusted_proxies: [127.0.0.1]")
            let answer = try server.get("/server.php", "X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https")
            let variables = try #require(try answer.object()["server"] as? [String: Any])
            #expect(variables["REMOTE_ADDR"] as? String == "192.0.2.7")
            #expect(variables["HTTPS"] as? String == "on")
            #expect(variables["REQUEST_SCHEME"] as? String == "https")
        }

        /// WordPress offers readable addresses to servers it knows only.
        @Test func softwareNamesNginxToo() throws {
            let variables = try #require(try PHPServer().get("/server.php").object()["server"] as? [String: Any])
            #expect(variables["SERVER_SOFTWARE"] as? String == "weir (nginx compatible)")
        }

        @Test func theEnvironmentIsTheAppsOwn() throws {
            var options = WeirProcess.Options()
            options.environment = ["SECRET_OF_THE_HOST": "x"]
            let server = try PHPServer(options: options)
            let environment =
                try server.get("/settings.php?keys=memory_limit").object()["environment"] as? [String: Any]
            #expect(environment?["SCRATCH"] as? String == server.scratch.path)
            #expect(environment?["SECRET_OF_THE_HOST"] == nil)
            #expect(environment?["PATH"] != nil)
        }
    }
}
