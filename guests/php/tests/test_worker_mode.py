"""Worker mode: a script is booted once and serves request after request."""

import json
import os
import tempfile
import time
import unittest

import worker_case
from guest import LEAVES, READY, SCRIPTS, WorkerMode, readable, standard_params


class Loop(worker_case.WorkerTest):
    def test_requests_are_served_by_one_run_of_the_script(self):
        for _ in range(5):
            answer = self.do("hello")
            self.assertEqual(bytes(answer.stdout), b"Content-type: text/html; charset=UTF-8\r\n\r\nHello, world\n")
            self.assertEqual((answer.app_status, answer.status, answer.log), (0, 0, []))
        status, log = self.leave(self.worker)
        self.assertEqual((status, log), ((0, 0), "served 5\n"))
        self.worker = None

    def test_the_script_may_leave_its_loop_by_itself(self):
        with WorkerMode("loop.php", env=worker_case.ENV | {"REQUESTS": "2"}) as mode:
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
            with WorkerMode(script, env=worker_case.ENV | {"WEIR_ENTRY": worker_case.ENTRY}) as mode:
                seen, cwd = json.loads(self.do("x", mode.fork()).text)
                self.assertEqual(seen, [SCRIPTS, script, "weir", [], worker_case.ENTRY, "fpm-fcgi", ""])
                self.assertEqual(cwd, SCRIPTS)
            with WorkerMode(script, env=worker_case.ENV) as mode:
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
            with WorkerMode("loop.php", *settings, env=worker_case.ENV) as mode:
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
        self.worker.begin(standard_params(worker_case.ENTRY)[:1], end_body=False)
        self.worker.sock.sendall(b"")
        self.worker.abort()
        self.worker.finish()

    def test_malformed_input_ends_the_worker(self):
        self.worker.sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        self.assertIn("not a FastCGI record", self.assert_leaves(1))

    def test_the_child_of_a_script_that_forks_stays_out_of_it(self):
        self.assertEqual(self.do("fork").text, "parent")


class Stack(worker_case.WorkerTest):
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


if __name__ == "__main__":
    unittest.main()
