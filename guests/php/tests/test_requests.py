"""What a script sees, and what it can say."""

import base64
import hashlib
import json
import os
import tempfile
import unittest

from guest import SCRIPTS, Guest


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.guest = Guest(env={"PATH": "/usr/bin", "USER": "weir", "HOME": "/home/weir", "APP_ENV": "production"})
        cls.worker = cls.guest.fork()

    @classmethod
    def tearDownClass(cls):
        cls.guest.stop()

    def get(self, *args, **kwargs):
        return self.worker.get(*args, **kwargs)

    def test_hello_is_answered_in_one_piece(self):
        answer = self.get("hello.php")
        self.assertEqual(bytes(answer.stdout), b"Content-type: text/html; charset=UTF-8\r\n\r\nHello, world\n")
        self.assertTrue(answer.answer_complete)
        self.assertEqual((answer.app_status, answer.status, answer.log), (0, 0, []))

    def test_variables_come_from_params_and_environment(self):
        answer = self.get("server.php", query="a=1&b[]=2", HTTP_COOKIE="x=1; y=2", PATH_INFO="/p", HTTP_PROXY="evil")
        seen = json.loads(answer.text)
        server = seen["server"]
        self.assertEqual(server["PHP_SELF"], "/server.php/p")
        self.assertEqual(server["APP_ENV"], "production")
        self.assertEqual(server["HOME"], "/home/weir")
        self.assertEqual(server["FCGI_ROLE"], "RESPONDER")
        self.assertEqual(seen["get"], {"a": "1", "b": ["2"]})
        self.assertEqual(seen["cookie"], {"x": "1", "y": "2"})
        self.assertEqual((seen["one"], seen["param"]), ("production", "/server.php?a=1&b[]=2"))
        self.assertEqual(seen["sapi"], "fpm-fcgi")
        self.assertEqual(seen["cwd"], SCRIPTS)
        self.assertTrue(seen["shutdown"])

    def test_proxy_header_never_becomes_a_variable(self):
        seen = json.loads(self.get("server.php", HTTP_PROXY="evil").text)
        self.assertNotIn("HTTP_PROXY", seen["server"])
        self.assertNotIn("HTTP_PROXY", seen["getenv"])
        self.assertFalse(seen["proxy"])

    def test_request_headers_are_listed(self):
        seen = json.loads(self.get("server.php", HTTP_X_MY_HEADER="v", HTTP_DNT="1").text)["headers"]
        self.assertEqual(seen["X-My-Header"], "v")
        self.assertEqual(seen["Dnt"], "1")
        self.assertEqual(seen["Host"], "localhost:8080")
        self.assertIn("Content-Type", seen)
        self.assertNotIn("Script-Name", seen)

    def test_many_and_long_params_arrive_whole(self):
        extra = {f"HTTP_X_{i}": "v" * (i * 7) for i in range(300)} | {"HTTP_LONG": "z" * 200_000}
        seen = json.loads(self.get("server.php", **extra).text)["server"]
        self.assertEqual({key: seen[key] for key in extra}, extra)
        self.assertEqual(self.get("hello.php").text, "Hello, world\n")

    def test_urlencoded_form(self):
        body = b"name=J%C3%BCrgen&list[]=1&list[]=2"
        answer = self.worker.request(
            "server.php", method="POST", body=body, content_type="application/x-www-form-urlencoded"
        )
        self.assertEqual(json.loads(answer.text)["post"], {"name": "Jürgen", "list": ["1", "2"]})

    def test_uploads_arrive_byte_for_byte(self):
        content = os.urandom(1_500_000)
        boundary = "XyZ"
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="field"\r\n\r\nvalue\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode() + content + f"\r\n--{boundary}--\r\n".encode()
        answer = self.worker.request(
            "upload.php", method="POST", body=body, content_type=f"multipart/form-data; boundary={boundary}"
        )
        seen = json.loads(answer.text)
        self.assertEqual(seen["post"], {"field": "value"})
        self.assertEqual(seen["files"]["file"]["sha256"], hashlib.sha256(content).hexdigest())
        self.assertTrue(seen["files"]["file"]["uploaded"])

    def test_head_has_headers_and_no_body(self):
        answer = self.worker.request("hello.php", method="HEAD")
        self.assertEqual(answer.header("content-type"), "text/html; charset=UTF-8")
        self.assertEqual(answer.body, b"")

    def test_cookies_and_headers_are_sent(self):
        answer = self.get("headers.php")
        self.assertEqual(answer.code, 418)
        self.assertEqual([v for k, v in answer.headers if k == "Set-Cookie"], ["a=1", "b=2; HttpOnly"])
        self.assertEqual([v for k, v in answer.headers if k == "X-Custom"], ["yes", "again"])
        self.assertEqual(answer.header("X-Late"), "callback")
        self.assertEqual(json.loads(answer.text)["X-Custom"], "again")

    def test_status_lines(self):
        wanted = {
            "line": "404 Gone Fishing",
            "cgi": "503 Busy",
            "code": "201 Created",
            "location": "302 Found",
            "not_modified": "304 Not Modified",
            "odd": "799",
        }
        for how, status in wanted.items():
            self.assertEqual(self.get("status.php", query="as=" + how).header("Status"), status, how)
        self.assertIsNone(self.get("status.php", query="as=not_modified").header("Content-type"))

    def test_basic_authentication(self):
        basic = "Basic " + base64.b64encode(b"user:pass").decode()
        self.assertEqual(json.loads(self.get("auth.php", HTTP_AUTHORIZATION=basic).text), ["user", "pass", None])
        digest = json.loads(self.get("auth.php", HTTP_AUTHORIZATION='Digest username="u"').text)
        self.assertEqual(digest, [None, None, 'username="u"'])
        self.assertEqual(json.loads(self.get("auth.php").text), [None, None, None])

    def test_sessions_last_over_requests_and_workers(self):
        other = self.guest.fork()
        with tempfile.TemporaryDirectory() as path:
            first = self.get("session.php", query="path=" + path)
            cookie = first.header("Set-Cookie").split(";")[0]
            second = self.get("session.php", query="path=" + path, HTTP_COOKIE=cookie)
            third = other.get("session.php", query="path=" + path, HTTP_COOKIE=cookie)
        self.assertEqual((first.text, second.text, third.text), ("1", "2", "3"))

    def test_missing_script_is_404(self):
        answer = self.get("not_there.php")
        self.assertEqual((answer.code, answer.text), (404, "File not found.\n"))
        self.assertIn("Primary script unknown", answer.log[0])
        self.worker.begin([("REQUEST_METHOD", "GET")])
        self.assertEqual(self.worker.finish().code, 404)

    def test_only_the_named_regular_file_is_executed(self):
        for name in ["sub", "hello.php/", "hello.php/x.php", "/", "/dev/null", "", "hello.php\0.php", "sub/../hello.php", "sub/.."]:
            answer = self.get("hello.php", SCRIPT_FILENAME=os.path.join(SCRIPTS, name) if name else "")
            self.assertEqual((answer.code, answer.text), (404, "File not found.\n"), name)
            self.assertEqual(self.get("hello.php").text, "Hello, world\n")
        self.assertEqual(self.get("hello.php", SCRIPT_FILENAME="hello.php").code, 404)

    def test_names_with_dots_are_ordinary(self):
        with tempfile.TemporaryDirectory() as path:
            os.mkdir(path + "/..a")
            with open(path + "/..a/b..php", "w") as file:
                file.write("<?php echo 1;")
            self.assertEqual(self.get(path + "/..a/b..php").text, "1")

    def test_file_is_the_real_path_behind_a_symbolic_link(self):
        with tempfile.TemporaryDirectory() as path:
            os.symlink(os.path.join(SCRIPTS, "server.php"), path + "/link.php")
            self.assertEqual(json.loads(self.get(path + "/link.php").text)["file"], SCRIPTS + "/server.php")

    def test_deleted_script_becomes_404(self):
        with tempfile.TemporaryDirectory() as path:
            script = os.path.join(path, "here.php")
            with open(script, "w") as file:
                file.write("<?php echo 'here';")
            self.assertEqual(self.get(script).text, "here")
            os.unlink(script)
            import time

            time.sleep(1.1)
            self.assertEqual(self.get(script).code, 404)


if __name__ == "__main__":
    unittest.main()
