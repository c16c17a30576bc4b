"""What a request of a worker leaves behind: nothing of what PHP itself keeps."""

import base64
import json
import tempfile
import unittest

import worker_case
from guest import WorkerMode

ENV = worker_case.ENV


class Reset(worker_case.WorkerTest):
    def assert_put_back(self, worker):
        before = self.ask("state", worker)
        for extra in [{}, {"exit": 1}]:
            answer = self.do("change", worker, **extra)
            self.assertEqual((answer.code, answer.text), (418, "CHANGED"))
            self.assertEqual(answer.header("X-Who"), "request")
            self.maxDiff = None
            self.assertEqual(self.ask("state", worker), before)
        return before

    def test_everything_a_request_changes_is_put_back(self):
        state = self.assert_put_back(self.worker)
        self.assertEqual(state["env"], [False, False, False, "/nonexistent"])
        self.assertEqual((state["code"], state["handlers"], state["error"]), (200, [None, None], None))

    def test_what_the_boot_changes_stays(self):
        with WorkerMode("loop.php", env=ENV | {"BOOT": "boot.php"}) as mode:
            state = self.assert_put_back(mode.fork())
        self.assertEqual(state["ini"][:4], ["boot", "120M", "9", "/boot"])
        self.assertEqual(state["ini"][6:], ["77", "0", "BOOT", "public"])
        self.assertEqual(state["handlers"], ["boot_errors", "boot_exceptions"])
        self.assertEqual((state["cwd"], state["umask"]), ("/usr", 0o27))
        self.assertEqual(state["env"], ["boot", "1", False, False])
        self.assertEqual((state["timezone"], state["asserts"]), ("Europe/Berlin", "boot_asserts"))
        self.assertEqual(state["mb"][0], "ISO-8859-1")
        self.assertEqual(state["context"], {"http": {"header": "X-Who: boot"}})
        self.assertIn("boot", state["wrappers"])
        self.assertEqual((state["_env"], state["_server"]), ("boot", "boot"))

    def test_handlers_the_request_took_away_come_back(self):
        with tempfile.TemporaryDirectory() as path:
            script = path + "/worker.php"
            with open(script, "w") as file:
                file.write("""<?php
                    set_error_handler('strlen'); set_error_handler('trim', E_WARNING); set_error_handler('is_null');
                    function now() { $all = []; while ($h = set_error_handler(null)) { $all[] = $h; restore_error_handler(); restore_error_handler(); } return $all; }
                    while (weir_handle_request(function () { echo json_encode(now()); }));
                """)
            with WorkerMode(script) as mode:
                worker = mode.fork()
                for _ in range(3):
                    self.assertEqual(self.ask("x", worker), ["is_null", "trim", "strlen"])

    def test_superglobals_are_the_requests_own(self):
        form = "application/x-www-form-urlencoded"
        basic = "Basic " + base64.b64encode(b"user:pass").decode()
        for _ in range(2):
            seen = self.ask("superglobals", query="a=1&b[]=2", method="POST", body=b"p=3", content_type=form,
                            params={"HTTP_COOKIE": "c=4", "HTTP_X_ONE": "1", "HTTP_AUTHORIZATION": basic})  # fmt: skip
            self.assertEqual(seen["get"], {"do": "superglobals", "a": "1", "b": ["2"]})
            self.assertEqual((seen["post"], seen["cookie"], seen["files"]), ({"p": "3"}, {"c": "4"}, []))
            self.assertEqual(seen["request"], seen["get"] | {"p": "3"})
            self.assertEqual(seen["filter"], ["1", "4", "POST"])
            self.assertEqual((seen["auth"], seen["param"], seen["input"]), ("user", "1", "p=3"))
            self.assertEqual(seen["server"]["USER"], "weir")
            self.assertEqual(seen["server"]["PHP_SELF"], "/hello.php")
            self.assertIn("X-One", seen["headers"])
            seen = self.ask("superglobals")
            self.assertEqual(seen["get"], {"do": "superglobals"})
            self.assertEqual([seen[key] for key in ["post", "cookie", "files", "auth", "param"]], [[], [], [], None, False])
            self.assertEqual(seen["request"], seen["get"])
            self.assertEqual(seen["filter"], [None, None, "GET"])
            self.assertNotIn("HTTP_X_ONE", seen["server"])
            self.assertNotIn("X-One", seen["headers"])

    def test_overwritten_superglobals_come_back(self):
        for _ in range(2):
            self.do("overwrite")
            seen = self.ask("superglobals", query="a=1", params={"HTTP_COOKIE": "c=4"})
            self.assertEqual((seen["get"]["a"], seen["post"], seen["cookie"]), ("1", [], {"c": "4"}))
            self.assertEqual(seen["session"], None)

    def test_code_compiled_late_sees_its_own_request(self):
        for n in ["1", "2"]:
            request, env = self.ask("late", n=n)
            self.assertEqual((request["n"], env), (n, 0))

    def test_the_time_of_the_request_is_its_own(self):
        first = self.ask("superglobals")["server"]["REQUEST_TIME_FLOAT"]
        self.assertGreater(self.ask("superglobals")["server"]["REQUEST_TIME_FLOAT"], first)

    def test_headers_and_their_callback_are_the_requests_own(self):
        answer = self.do("headers", a="first")
        self.assertEqual((answer.code, answer.header("X-Custom"), answer.header("X-Late")), (202, "first", "callback"))
        self.do("callback_left")
        answer = self.do("hello")
        self.assertEqual((answer.code, answer.header("X-Custom"), answer.header("X-Late")), (200, None, None))

    def test_settings_of_one_request_hold_for_it_only(self):
        params = {"PHP_VALUE": "memory_limit=90M", "PHP_ADMIN_VALUE": "user_agent=admin\nmax_execution_time=9"}
        for _ in range(2):
            ini = self.ask("state", params=params)["ini"]
            self.assertEqual((ini[0], ini[1], ini[6]), ("admin", "90M", "9"))
            ini = self.ask("state")["ini"]
            self.assertEqual((ini[0], ini[1], ini[6]), ("", "64M", "30"))

    def test_random_numbers_do_not_repeat(self):
        other = self.mode.fork()
        seen = [json.dumps(self.ask("random", worker)) for worker in [self.worker, other] for _ in range(4)]
        self.assertEqual(len(set(seen)), 8)
        seeded = [self.ask("random", seed=1)[:3] for _ in range(2)]
        self.assertEqual(seeded[0], seeded[1])
        self.assertNotEqual(self.ask("random")[:3], seeded[0])

    def test_output_buffering_begins_anew(self):
        with WorkerMode("loop.php", "-d", "output_buffering=4096", env=ENV) as mode:
            worker = mode.fork()
            for _ in range(3):
                self.assertEqual(self.do("change", worker).text, "CHANGED")
                self.assertEqual(self.ask("state", worker)["level"], 1)


    def test_a_worker_does_not_grow(self):
        upload = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\nabc\r\n--X--\r\n'
        basic = "Basic " + base64.b64encode(b"user:pass").decode()
        kinds = [
            ("hello", {"params": {"PHP_VALUE": "memory_limit=90M"}}), ("change", {}), ("change", {"exit": 1}),
            ("superglobals", {"query": "a=1", "params": {"HTTP_COOKIE": "a=1", "HTTP_AUTHORIZATION": basic}}),
            ("state", {}), ("session", {"user": "x"}), ("body", {"method": "PUT", "body": b"x" * 1000}),
            ("upload", {"method": "POST", "body": upload, "content_type": "multipart/form-data; boundary=X"}),
            ("exception", {}), ("exception_in_shutdown", {}), ("exit", {}), ("exit_in_fiber", {}),
            ("exit_in_generator", {}), ("shutdown", {}), ("headers", {}), ("callback_left", {}), ("log", {}),
            ("metric", {}), ("random", {}), ("overwrite", {}), ("late", {}), ("nested", {}),
        ]  # fmt: skip
        for action, arguments in kinds:
            used = []
            for _ in range(3):
                for _ in range(20):
                    self.do(action, **arguments)
                used.append(int(self.do("usage").text))
            self.assertLessEqual(used[2], used[1], action)


class Sessions(worker_case.WorkerTest):
    def setUp(self):
        super().setUp()
        self.start()

    def start(self, *arguments, **env):
        path = f"session.save_path={self.directory}"
        mode = WorkerMode("loop.php", "-d", path, *arguments, env=ENV | env)
        self.addCleanup(mode.stop)
        self.sessions = mode.fork()

    def visit(self, action, user, cookie=None, **arguments):
        params = {"HTTP_COOKIE": f"PHPSESSID={cookie}"} if cookie else {}
        return self.ask(action, self.sessions, user=user, params=params, **arguments)

    def test_users_never_see_each_others_session(self):
        cookies = {}
        for round in range(2500):
            for user in ["ada", "bob"]:
                arguments = {"exit": 1} if round % 3 == 0 else {}
                session_id, session = self.visit("session", user, cookies.get(user), **arguments)
                self.assertEqual(session, {"user": user, "n": round + 1})
                self.assertEqual(cookies.setdefault(user, session_id), session_id)
            self.assertEqual(self.visit("session_without", "eve"), ["", 1, None])
            self.assertEqual(self.visit("session_without", "ada", cookies["ada"]), ["", 1, None])
        self.assertNotEqual(cookies["ada"], cookies["bob"])

    def test_users_never_see_each_others_session_that_starts_by_itself(self):
        self.start("-d", "session.auto_start=1")
        cookies = {}
        for _ in range(50):
            for user in ["ada", "bob"]:
                session_id, session = self.visit("session_read", user, cookies.get(user))
                self.assertEqual(session, [])
                self.assertEqual(cookies.setdefault(user, session_id), session_id)
            fresh, session = self.visit("session_read", "eve")
            self.assertNotIn(fresh, cookies.values())
            self.assertEqual(session, [])

    def test_a_new_session_sends_its_own_cookie(self):
        sent = set()
        for _ in range(5):
            answer = self.do("session", self.sessions, user="x")
            sent.add(answer.header("Set-Cookie"))
            self.assertEqual(answer.header("Cache-Control"), "no-store, no-cache, must-revalidate")
        self.assertEqual(len(sent), 5)

    def test_a_save_handler_of_the_boot_stays(self):
        self.start(BOOT="session_handler.php")
        cookie = self.do("session_handler", self.sessions).header("Set-Cookie").split(";")[0]
        for n in range(2, 5):
            answer = self.do("session_handler", self.sessions, params={"HTTP_COOKIE": cookie})
            self.assertEqual(answer.text, f"{n} user")
            other = self.do("session_other_handler", self.sessions, params={"HTTP_COOKIE": cookie})
            self.assertEqual(other.text, f"{n - 1} user")

    def test_a_save_handler_of_a_request_goes(self):
        for _ in range(2):
            self.assertEqual(self.do("session_other_handler", self.sessions).text, "1 user")
            self.assertEqual(self.do("session_handler", self.sessions).text, "1 files")


if __name__ == "__main__":
    unittest.main()
