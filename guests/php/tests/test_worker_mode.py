"""Worker mode: a script is booted once and serves request after request."""

import hashlib
import json
import os
import tempfile
import time
import unittest

from guest import LEAVES, SCRIPTS, READY, WorkerMode, readable, standard_params, wait_until

ENTRY = os.path.join(SCRIPTS, "hello.php")
ENV = {"PATH": "/usr/bin:/bin", "USER": "weir", "HOME": "/nonexistent"}


class WorkerTest(unittest.TestCase):
    script = "loop.php"
    arguments = ("-d", "memory_limit=64M")
    env = ENV

    @classmethod
    def setUpClass(cls):
        cls.mode = WorkerMode(cls.script, *cls.arguments, env=cls.env)
        cls.guest = cls.mode.guest

    @classmethod
    def tearDownClass(cls):
        cls.mode.stop()

    def setUp(self):
        self.worker = self.mode.fork()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def tearDown(self):
        if self.worker:
            # Whatever happened, the worker goes on, and leaves in order.
            self.assertEqual(self.do("hello").text, "Hello, world\n")
            self.assertEqual(self.leave(self.worker)[0], (0, 0))

    def do(self, action, worker=None, method="GET", body=b"", content_type="", query="", params=None, **arguments):
        query = "&".join([f"do={action}", *(f"{k}={v}" for k, v in arguments.items())] + ([query] if query else []))
        worker = worker or self.worker
        return worker.request(ENTRY, method=method, body=body, content_type=content_type, query=query, **(params or {}))

    def ask(self, *args, **kwargs):
        return json.loads(self.do(*args, **kwargs).text)

    def begin(self, action, body=b"", end_body=True, method="GET", content_type="", params=None, **arguments):
        query = "&".join([f"do={action}", *(f"{k}={v}" for k, v in arguments.items())])
        extra = dict(method=method, body=body, content_type=content_type, query=query, **(params or {}))
        self.worker.begin(standard_params(ENTRY, **extra), body, end_body=end_body)

    def leave(self, worker):
        worker.sock.shutdown(1)
        status = self.guest.exited(worker)
        return status, worker.read_log()

    def assert_leaves(self, code=0):
        """The worker ends by itself, and tells so with the answer."""
        self.assertEqual(self.guest.exited(self.worker), (code, 0))
        log = self.worker.read_log()
        self.worker = None
        return log


class Loop(WorkerTest):
    def test_requests_are_served_by_one_run_of_the_script(self):
        for _ in range(5):
            answer = self.do("hello")
            self.assertEqual(bytes(answer.stdout), b"Content-type: text/html; charset=UTF-8\r\n\r\nHello, world\n")
            self.assertEqual((answer.app_status, answer.status, answer.log), (0, 0, []))
        status, log = self.leave(self.worker)
        self.assertEqual((status, log), ((0, 0), "served 5\n"))
        self.worker = None

    def test_the_script_may_leave_its_loop_by_itself(self):
        with WorkerMode("loop.php", env=ENV | {"REQUESTS": "2"}) as mode:
            worker = mode.fork()
            self.do("hello", worker)
            self.do("hello", worker)
            self.assertEqual(mode.guest.exited(worker), (0, 0))
            self.assertEqual(worker.read_log(), "served 2\n")

    def test_a_script_that_never_waits_says_so(self):
        with WorkerMode("ends.php", "-u") as mode:
            worker = mode.guest.fork()
            self.assertEqual(mode.guest.exited(worker), (1, 0))
            log = worker.read_log()
            self.assertIn("nothing to do", log)
            self.assertIn("ends.php ended without waiting for a request: it must call weir_handle_request()", log)

    def test_a_script_that_cannot_boot_says_why(self):
        with WorkerMode("fails.php", "-u") as mode:
            worker = mode.guest.fork()
            self.assertEqual(mode.guest.exited(worker), (255, 0))
            self.assertIn("cannot boot", worker.read_log())
        with WorkerMode("not_there.php", "-u") as mode:
            worker = mode.guest.fork()
            self.assertNotEqual(mode.guest.exited(worker), (0, 0))
            self.assertIn("not_there.php", worker.read_log())

    def test_the_boot_sees_the_environment_and_the_directory_of_the_entry(self):
        with tempfile.TemporaryDirectory() as path:
            script = os.path.join(path, "worker.php")
            with open(script, "w") as file:
                file.write(
                    "<?php $seen = [getcwd(), $_SERVER['SCRIPT_FILENAME'], $_SERVER['USER'], $_GET, getenv('WEIR_ENTRY'),"
                    "PHP_SAPI, file_get_contents('php://input')];"
                    "while (weir_handle_request(function () use ($seen) { echo json_encode([$seen, getcwd()]); }));"
                )
            with WorkerMode(script, env=ENV | {"WEIR_ENTRY": ENTRY}) as mode:
                seen, cwd = json.loads(self.do("x", mode.fork()).text)
                self.assertEqual(seen, [SCRIPTS, script, "weir", [], ENTRY, "fpm-fcgi", ""])
                self.assertEqual(cwd, SCRIPTS)
            with WorkerMode(script, env=ENV) as mode:
                self.assertEqual(json.loads(self.do("x", mode.fork()).text)[1], path)

    def test_what_the_boot_prints_goes_to_its_log(self):
        with tempfile.TemporaryDirectory() as path:
            script = os.path.join(path, "worker.php")
            with open(script, "w") as file:
                file.write(
                    "<?php header('X-Boot: 1'); http_response_code(500); echo 'booting '; ob_start(); echo 'in a buffer';"
                    "while (weir_handle_request(function () { echo 'x', ob_get_level(); })) { header('X-B: 1'); echo ' between'; }"
                )
            with WorkerMode(script, "-d", "output_buffering=0") as mode:
                worker = mode.fork()
                for _ in range(2):
                    answer = self.do("x", worker)
                    self.assertEqual(bytes(answer.stdout), b"Content-type: text/html; charset=UTF-8\r\n\r\nx0")
                worker.sock.shutdown(1)
                mode.guest.exited(worker)
                self.assertEqual(mode.guest.read_log() + worker.read_log(), "booting in a buffer between between")

    def test_ready_is_said_once_and_before_any_request(self):
        self.assertFalse(readable(self.worker.sock, 0.05))
        self.do("hello")
        self.assertNotIn(READY, [record[0] for record in self.worker.between])

    def test_the_alias_is_defined_on_request_only(self):
        self.assertEqual(self.ask("frankenphp"), False)
        with tempfile.TemporaryDirectory() as path:
            script = os.path.join(path, "worker.php")
            with open(script, "w") as file:
                file.write("<?php $_SERVER['FRANKENPHP_WORKER'] or die; while (frankenphp_handle_request(function () { echo 'alias'; }));")
            with WorkerMode(script, "-f") as mode:
                self.assertEqual(self.do("x", mode.fork()).text, "alias")

    def test_head_has_headers_and_no_body(self):
        for _ in range(2):
            answer = self.do("hello", method="HEAD")
            self.assertEqual((answer.header("content-type"), answer.body), ("text/html; charset=UTF-8", b""))
            self.assertEqual(self.do("hello").text, "Hello, world\n")

    def test_it_works_with_and_without_compiled_code(self):
        jit = ["-d", "opcache.jit_buffer_size=32M", "-d", "opcache.jit=tracing", "-d", "opcache.jit_hot_func=2"]
        for settings in [jit, ["-d", "opcache.enable=0"]]:
            with WorkerMode("loop.php", *settings, env=ENV) as mode:
                worker = mode.fork()
                before = self.ask("state", worker)
                for _ in range(100):
                    self.assertEqual(self.do("exit", worker).text, "before exit and shutdown")
                    self.assertEqual(self.do("exception", worker).code, 500)
                    self.assertEqual(self.do("change", worker, exit=1).text, "CHANGED")
                self.assertEqual(self.ask("state", worker), before)
                self.assertEqual(self.do("fatal", worker).status, LEAVES)
                self.assertEqual(mode.guest.exited(worker), (0, 0))

    def test_a_call_within_a_request_is_an_error(self):
        for _ in range(2):
            self.assertEqual(
                self.do("nested").text, "Error: weir_handle_request() was called within a request"
            )

    def test_the_request_that_broke_off_before_it_began_is_not_handled(self):
        self.worker.begin(standard_params(ENTRY)[:1], end_body=False)
        self.worker.sock.sendall(b"")
        self.worker.abort()
        self.worker.finish()

    def test_malformed_input_ends_the_worker(self):
        self.worker.sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        self.assertIn("not a FastCGI record", self.assert_leaves(1))

    def test_the_child_of_a_script_that_forks_stays_out_of_it(self):
        self.assertEqual(self.do("fork").text, "parent")


class Endings(WorkerTest):
    def test_exit_ends_the_request_only(self):
        for _ in range(3):
            answer = self.do("exit")
            self.assertEqual((answer.code, answer.text, answer.app_status), (200, "before exit and shutdown", 0))
            answer = self.do("exit_status", status=3)
            self.assertEqual((answer.code, answer.app_status), (200, 3))
        self.assertEqual(self.do("hello").app_status, 0)

    def test_exit_works_wherever_it_is_called(self):
        for _ in range(3):
            self.assertEqual(self.do("exit_in_fiber").text, "in the fiber")
            self.assertEqual(self.do("exit_in_destructor").text, "destructor")
            self.assertEqual(self.do("exit_in_generator").text, "generator")

    def test_an_uncaught_exception_is_500_and_logged(self):
        for _ in range(3):
            answer = self.do("exception")
            self.assertEqual((answer.code, answer.text, answer.app_status), (500, "partial ", 255))
            self.assertIn("PHP Fatal error:  Uncaught RuntimeException: nobody catches me", answer.log[0])

    def test_an_exception_of_a_shutdown_function_is_logged(self):
        for _ in range(2):
            answer = self.do("exception_in_shutdown")
            self.assertIn("from the shutdown function", answer.log[0])
            self.assertEqual((answer.code, answer.text), (500, "answer"))

    def test_what_is_thrown_late_ends_nothing_but_the_request(self):
        for how in ["exit", "throw"]:
            answer = self.do("headers_callback", how=how)
            self.assertEqual((answer.text, answer.header("X-Late"), answer.status), ("x", "callback", 0))
            self.assertEqual(self.do("hello").log, [])
        for where in ["handler", "session", "_GET", "_SERVER", "_POST", "_ENV", "_REQUEST"]:
            answer = self.do("loud", **{"in": where})
            self.assertEqual((answer.text, answer.status), ("quiet", 0))
            self.assertIn("Uncaught LogicException: destroyed", answer.log[0])
            hello = self.do("hello")
            self.assertEqual((hello.code, hello.log, hello.text), (200, [], "Hello, world\n"))
            self.assertIsNone(self.ask("superglobals")["session"])
            self.assertIsNone(self.ask("state")["error"])

    def test_shutdown_functions_run_in_order_and_once(self):
        self.assertEqual(self.do("shutdown").text, "123")
        self.assertEqual(self.do("shutdown").text, "123")

    def test_a_fatal_error_is_answered_and_ends_the_worker(self):
        answer = self.do("fatal")
        self.assertEqual((answer.code, answer.text, answer.app_status), (500, "partial ", 255))
        self.assertEqual(answer.status, LEAVES)
        self.assertIn("PHP Fatal error:  Cannot redeclare serve()", answer.log[0])
        self.assertIn("shutdown sees: Cannot redeclare serve()", answer.log[1])
        self.assertEqual(self.assert_leaves(), "")

    def test_the_memory_limit_ends_the_worker(self):
        answer = self.do("memory")
        self.assertEqual((answer.code, answer.status), (500, LEAVES))
        self.assertIn("Allowed memory size of 67108864", answer.log[0])
        self.assert_leaves()

    def test_the_time_limit_ends_the_worker(self):
        answer = self.do("time")
        self.assertEqual((answer.code, answer.status), (500, LEAVES))
        self.assertIn("Maximum execution time of 1 second exceeded", answer.log[0])
        self.assert_leaves()

    def test_a_fatal_error_of_a_shutdown_function_ends_the_worker(self):
        answer = self.do("fatal_in_shutdown")
        self.assertEqual((answer.text, answer.status), ("answer before", LEAVES))
        self.assertIn("Cannot redeclare serve()", answer.log[0])
        self.assert_leaves()

    def test_the_time_limit_counts_for_each_request(self):
        with WorkerMode("loop.php", "-d", "max_execution_time=1", env=ENV) as mode:
            worker = mode.fork()
            for _ in range(4):
                self.assertEqual(self.do("busy", worker, ms=400).text, "done")
            self.assertIn("Maximum execution time", self.do("busy", worker, ms=20000).log[0])
            self.assertEqual(mode.guest.exited(worker), (0, 0))

    def test_a_time_limit_of_one_request_is_not_the_next_ones(self):
        self.assertEqual(self.do("limit").text, "30 64M")
        self.do("change")
        self.assertEqual(self.do("limit").text, "30 64M")
        with WorkerMode("loop.php", "-d", "max_execution_time=1", env=ENV) as mode:
            worker = mode.fork()
            self.do("change", worker)
            self.assertIn("Maximum execution time of 1 second", self.do("busy", worker, ms=20000).log[0])

    def test_boot_shutdown_functions_run_at_the_workers_end_and_see_the_fatal_error(self):
        with WorkerMode("loop.php", env=ENV | {"BOOT": "boot.php"}) as mode:
            worker = mode.fork()
            self.assertEqual(self.do("shutdown", worker).text, "123")
            answer = self.do("fatal", worker)
            self.assertEqual(answer.status, LEAVES)
            said = [line for line in answer.log if "shutdown" in line]
            self.assertIn("shutdown of the boot: \"Cannot redeclare serve()", said[0])
            self.assertIn("shutdown sees: Cannot redeclare", said[1])
            worker = mode.fork()
            self.do("hello", worker)
            status, log = self.leave_of(mode, worker)
            self.assertEqual(status, (0, 0))
            self.assertIn("shutdown of the boot: null", log)

    def test_the_boots_exception_handler_answers(self):
        with WorkerMode("loop.php", env=ENV | {"BOOT": "boot.php"}) as mode:
            worker = mode.fork()
            for _ in range(2):
                answer = self.do("exception", worker)
                self.assertEqual((answer.code, answer.text), (503, "partial the boot caught nobody catches me"))
                self.assertEqual(answer.status, 0)

    def leave_of(self, mode, worker):
        worker.sock.shutdown(1)
        return mode.guest.exited(worker), worker.read_log()


class Clients(WorkerTest):
    def test_a_client_that_leaves_stops_the_request_and_not_the_worker(self):
        for round in range(3):
            mark = f"{self.directory}/mark{round}"
            self.begin("abort", mark=mark)
            self.worker.finish(until=lambda answer: b"tick" in answer.stdout)
            self.worker.abort()
            answer = self.worker.finish()
            self.assertEqual(answer.status, 0)
            with open(mark) as file:
                seen = json.load(file)
            self.assertEqual((seen["aborted"], seen["ended"]), (1, False))
            self.assertLess(seen["rounds"], 2000)

    def test_a_request_may_go_on_without_its_client(self):
        mark = f"{self.directory}/mark"
        self.begin("abort", mark=mark, ignore=1)
        self.worker.finish(until=lambda answer: b"tick" in answer.stdout)
        self.worker.abort()
        self.worker.finish()
        with open(mark) as file:
            self.assertEqual(json.load(file)["ended"], True)

    def test_half_a_form_is_not_acted_upon(self):
        body = b"a=1&b="
        self.begin("hello", body=body + b"rest", end_body=False, method="POST",
                   content_type="application/x-www-form-urlencoded")  # fmt: skip
        self.worker.send_body(body, end=False)
        self.worker.abort()
        answer = self.worker.finish()
        self.assertEqual(bytes(answer.stdout), b"")

    def test_a_closed_connection_ends_the_request_and_the_worker(self):
        mark = f"{self.directory}/mark"
        self.begin("abort", mark=mark)
        self.worker.finish(until=lambda answer: b"tick" in answer.stdout)
        self.worker.sock.close()
        self.assertEqual(self.guest.exited(self.worker), (0, 0))
        with open(mark) as file:
            self.assertFalse(json.load(file)["ended"])
        self.worker = None

    def test_the_answer_may_be_finished_before_the_request(self):
        gate = f"{self.directory}/gate"
        for _ in range(2):
            self.begin("finish", gate=gate)
            answer = self.worker.finish(until=lambda answer: answer.answer_complete)
            self.assertEqual((answer.text, answer.ended), ("the answer", False))
            answer = self.worker.finish(answer, until=lambda answer: answer.log)
            self.assertEqual(answer.log, ["after the answer"])
            open(gate, "w").close()
            self.assertEqual(self.worker.finish(answer).text, "the answer")
            os.remove(gate)

    def test_requests_may_follow_each_other_without_a_pause(self):
        for _ in range(5):
            self.worker.begin(standard_params(ENTRY, query="do=hello"))
            first = self.worker.next_id
            self.worker.begin(standard_params(ENTRY, query="do=session_without"))
            self.worker.next_id = first
            self.assertEqual(self.worker.finish().text, "Hello, world\n")
            self.worker.next_id = first + 1
            self.assertEqual(self.worker.finish().code, 200)

    def test_growth_is_told(self):
        self.assertGreaterEqual(self.do("hello").growth_kib, 0)


class Stack(WorkerTest):
    def ask_for_stack(self):
        while True:
            self.guest.control.send(f"stack {self.worker.id} {self.worker.next_id}".encode())
            if readable(self.guest.control, 0.4):
                return self.guest.expect(f"stack {self.worker.id} ").split("\n")[1:]

    def told(self, action, innermost, **arguments):
        self.begin(action, **arguments)
        frames = [""]
        deadline = time.monotonic() + 20
        while innermost not in frames[0] and time.monotonic() < deadline:
            frames = self.ask_for_stack()
        self.worker.finish()
        return frames

    def test_a_stack_goes_from_the_handler_to_the_loop(self):
        frames = self.told("usleep", "usleep", us=1500000)
        self.assertEqual(frames[0], "[internal] usleep()")
        self.assertRegex(frames[1], r"actions.php:\d+ do_usleep\(\)$")
        self.assertRegex(frames[2], r"actions.php:\d+ serve\(\)$")
        self.assertEqual(frames[3], "[internal] weir_handle_request()")
        self.assertRegex(frames[4], r"loop.php:\d+ {main}$")
        frames = self.told("busy", "do_busy", ms=1500)
        self.assertRegex(frames[0], r"actions.php:\d+ do_busy\(\)$")

    def test_a_request_whose_form_has_not_arrived_says_so(self):
        form = "application/x-www-form-urlencoded"
        self.begin("hello", body=b"a=1", end_body=False, method="POST", content_type=form)
        self.assertEqual(self.ask_for_stack(), ["[internal] request startup or shutdown"])
        self.worker.send_body(b"a=1")
        self.assertEqual(self.worker.finish().text, "Hello, world\n")


class Uploads(WorkerTest):
    def test_uploads_arrive_and_are_removed(self):
        for _ in range(2):
            content = os.urandom(100_000)
            body = (
                b'--X\r\nContent-Disposition: form-data; name="field"\r\n\r\nvalue\r\n'
                b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n' + content + b"\r\n--X--\r\n"
            )
            seen = self.ask("upload", method="POST", body=body, content_type="multipart/form-data; boundary=X")
            self.assertEqual(seen["sha256"], hashlib.sha256(content).hexdigest())
            self.assertEqual((seen["uploaded"], seen["post"]), (True, {"field": "value"}))
            self.assertEqual(self.ask("is_uploaded", path=seen["path"]), [False, False, []])

    def test_the_body_is_the_requests_own(self):
        self.assertEqual(self.ask("body", method="PUT", body=b"first body"), ["none", "first body", 10])
        self.assertEqual(self.ask("body", method="PUT", body=b"second", n=3), ["closed", "sec", 6])
        self.assertEqual(self.ask("body"), ["closed", "", 0])
        large = os.urandom(300_000).hex().encode()
        self.assertEqual(self.ask("body", method="PUT", body=large, n=2)[2], 600_000)
        before = len(os.listdir(f"/proc/{self.worker.pid}/fd"))
        for _ in range(5):
            self.ask("body", method="PUT", body=large, n=2)
        self.assertLessEqual(len(os.listdir(f"/proc/{self.worker.pid}/fd")), before)

    def test_a_body_nobody_reads_is_passed_over(self):
        self.assertEqual(self.do("hello", method="PUT", body=b"x" * 200_000).text, "Hello, world\n")


if __name__ == "__main__":
    unittest.main()
