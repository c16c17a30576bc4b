"""A worker's PHP stack for the slow log: asked for on the control socket, without a signal, a thread or a debugger."""

import json
import os
import re
import select
import sqlite3
import tempfile
import time
import unittest

from guest import SCRIPTS, UNDER_ASAN, Guest, standard_params, wait_until

STACK = SCRIPTS + "/stack.php"


def at(text):
    """The place in stack.php where this stands."""
    with open(STACK) as script:
        return f"{STACK}:" + next(str(number) for number, line in enumerate(script, 1) if text in line)


BUSY = rf"{STACK}:1[1-5] busy\(\)"


class Stack(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.stop = self.directory.name + "/stop"
        self.guest = self.start()

    def start(self, *arguments):
        guest = Guest(*arguments)
        self.addCleanup(guest.stop)
        return guest

    def ask(self, worker, token=None):
        worker.server.control.send(f"stack {worker.id} {token or worker.next_id}".encode())

    def told(self, worker):
        head, *frames = worker.server.expect(f"stack {worker.id} ").split("\n")
        self.assertEqual(head, f"stack {worker.id} {worker.next_id}")
        return frames

    def ask_until_told(self, worker):
        """A question that comes before the worker has read the request stays without an answer."""
        self.ask(worker)
        while not select.select([worker.server.control], [], [], 0.3)[0]:
            self.ask(worker)
        return self.told(worker)

    def assert_silent(self, guest, seconds=0.5):
        readable, _, _ = select.select([guest.control], [], [], seconds)
        self.assertEqual(readable, [], guest.message() if readable else "")

    def begin(self, how, guest=None, **query):
        worker = (guest or self.guest).fork()
        query = {"how": how, "stop": self.stop, **query}
        worker.begin(standard_params("stack.php", query="&".join(f"{k}={v}" for k, v in query.items())))
        return worker

    def stack_of_busy(self, how, guest=None):
        worker = self.begin(how, guest)
        frames = []
        deadline = time.monotonic() + 20
        while not any("busy()" in frame for frame in frames) and time.monotonic() < deadline:
            frames = self.ask_until_told(worker)
        open(self.stop, "w").close()
        self.assertTrue(worker.finish().ended)
        os.remove(self.stop)
        return frames

    def stack_while_in(self, function, worker):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            frames = self.ask_until_told(worker)
            if function in frames[0]:
                return frames
        self.fail(f"never seen in {function}: {frames}")

    def assert_frames(self, frames, *patterns):
        self.assertEqual(len(frames), len(patterns), frames)
        for frame, pattern in zip(frames, patterns):
            self.assertRegex(frame, f"^{pattern}$")

    def check_running_code(self, guest):
        main = rf"{STACK}:\d+ {{main}}"
        self.assert_frames(self.stack_of_busy("loop", guest), BUSY, at("case 'loop'") + rf" {{main}}")
        self.assert_frames(
            self.stack_of_busy("method", guest), BUSY, at("function serve") + rf" Shop::serve\(\)", at("function open") + rf" Shop->open\(\)", main
        )
        self.assert_frames(
            self.stack_of_busy("closure", guest), BUSY, at("case 'closure'") + rf" {{closure}}\(\)", r"\[internal\] array_map\(\)", main
        )
        generator = self.stack_of_busy("generator", guest)
        self.assert_frames([generator[0], generator[1], generator[-1]], BUSY, at("function more_numbers") + rf" more_numbers\(\)", main)
        self.assert_frames(
            self.stack_of_busy("fiber", guest), BUSY, at("case 'fiber'") + rf" {{closure}}\(\)", r"\[internal\] Fiber->start\(\)", main
        )
        self.assert_frames(self.stack_of_busy("include", guest), BUSY, rf"{SCRIPTS}/sub/busy.php:1 {{include}}", main)
        self.assert_frames(
            self.stack_of_busy("eval", guest), BUSY, re.escape(STACK) + r"\(\d+\) : eval\(\)'d code:1 {eval}", main
        )
        self.assert_frames(
            self.stack_of_busy("anonymous", guest), BUSY, at("case 'anonymous'") + rf" class@anonymous->run\(\)", main
        )

    def test_running_code_shows_where_it_is(self):
        self.check_running_code(self.guest)

    @unittest.skipIf(UNDER_ASAN, "the JIT and the sanitizer want the same addresses")
    def test_compiled_code_shows_where_it_is(self):
        for jit in ["tracing", "function"]:
            self.check_running_code(
                self.start("-d", "opcache.jit_buffer_size=32M", "-d", f"opcache.jit={jit}", "-d", "opcache.jit_hot_loop=2")
            )

    def test_without_opcache_too(self):
        self.check_running_code(self.start("-d", "opcache.enable=0"))

    def test_a_sleeping_script_tells_and_sleeps_on(self):
        worker = self.begin("sleep", seconds=3)
        frames = self.stack_while_in("sleep", worker)
        self.assert_frames(
            frames, r"\[internal\] sleep\(\)", at("function wait") + rf" Shop->wait\(\)", at("case 'sleep'") + rf" {{main}}"
        )
        left, took = worker.finish().text.split("\n")
        self.assertEqual(json.loads(left), {"left": 0})
        self.assertGreaterEqual(float(took), 3.0)
        self.assertLess(float(took), 3.9)

    def test_waiting_is_not_cut_short(self):
        for how, function in [("usleep", "usleep"), ("select", "stream_select"), ("read", "fread")]:
            worker = self.begin(how, seconds=2)
            self.assertEqual(self.stack_while_in(function, worker)[0], f"[internal] {function}()")
            *result, took = worker.finish().text.split("\n")
            self.assertGreaterEqual(float(took), 2.0, how)
            if how == "select":
                self.assertEqual(json.loads(result[0]), {"ready": 0})
            if how == "read":
                self.assertEqual(json.loads(result[0]), {"read": False, "timed_out": True})

    def test_a_script_that_waits_in_a_fiber_tells(self):
        worker = self.begin("fiber-sleep")
        self.assert_frames(
            self.stack_while_in("usleep", worker),
            r"\[internal\] usleep\(\)", at("case 'fiber-sleep'") + rf" {{closure}}\(\)", r"\[internal\] Fiber->start\(\)", at("case 'fiber-sleep'") + rf" {{main}}",
        )  # fmt: skip
        worker.finish()

    def test_a_busy_database_is_seen(self):
        path = self.directory.name + "/busy.sqlite"
        other = sqlite3.connect(path, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("CREATE TABLE t (x)")
        other.execute("BEGIN EXCLUSIVE")
        worker = self.begin("pdo", seconds=2, database=path)
        self.assert_frames(
            self.stack_while_in("PDO", worker), r"\[internal\] PDO->exec\(\)", rf"{STACK}:\d+ {{main}}"
        )
        self.assertIn("database is locked", worker.finish().text)

    def test_a_function_that_computes_is_seen(self):
        worker = self.begin("regular-expression")
        frames = self.stack_while_in("preg_match", worker)
        self.assert_frames(frames, r"\[internal\] preg_match\(\)", rf"{STACK}:\d+ {{main}}")
        self.guest.kill(worker, 9)

    def test_shutdown_functions_are_seen(self):
        worker = self.begin("shutdown")
        frames = self.stack_while_in("usleep", worker)
        self.assert_frames(frames, r"\[internal\] usleep\(\)", rf"{STACK}:\d+ {{closure}}\(\)")
        worker.finish()

    def test_a_request_whose_form_has_not_arrived_says_so(self):
        worker = self.guest.fork()
        form = "application/x-www-form-urlencoded"
        worker.begin(
            standard_params("hello.php", method="POST", body=b"a=1", content_type=form), b"", end_body=False
        )
        self.assertEqual(self.ask_until_told(worker), ["[internal] request startup or shutdown"])

    def test_a_deep_stack_is_cut(self):
        frames = self.stack_of_busy("deep")
        self.assertEqual(len(frames), 50)
        self.assertRegex(frames[0], BUSY)
        self.assertRegex(frames[48], r"dig\(\)$")
        self.assertEqual(frames[49], "[more frames]")

    def test_nothing_is_told_between_requests(self):
        worker = self.guest.fork()
        self.ask(worker, token=1)
        worker.get("hello.php")
        self.ask(worker)
        self.guest.control.send(b"stack 999 1")
        self.assert_silent(self.guest)
        self.assertEqual(worker.get("hello.php").text, "Hello, world\n")
        worker.sock.close()
        self.guest.exited(worker)
        self.assertEqual(worker.read_log(), "")

    def test_an_old_request_is_not_asked(self):
        worker = self.begin("usleep", seconds=1)
        for token in [worker.next_id + 1, 65535, 99999]:
            self.ask(worker, token)
        self.assert_silent(self.guest)
        worker.finish()

    def test_a_request_that_ends_meanwhile_is_left_alone(self):
        worker = self.begin("usleep", seconds=0.15)
        self.ask(worker)
        worker.finish()
        worker.begin(standard_params("stack.php", query="how=usleep&seconds=0.5"))
        while select.select([self.guest.control], [], [], 0.6)[0]:
            # Only where it was in its last moment.
            self.assertTrue(self.guest.message().startswith(f"stack {worker.id} {worker.next_id - 1}\n"))
        worker.finish()

    def test_many_may_be_asked_at_once(self):
        workers = [self.begin("usleep", seconds=6) for _ in range(10)]
        for worker in workers:
            self.stack_while_in("usleep", worker)
        for worker in workers:
            self.ask(worker)
        for worker in workers[:8]:
            self.assertEqual(self.told(worker)[0], "[internal] usleep()")
        for worker in workers[8:]:
            self.assertRegex(self.guest.expect(f"stack-failed {worker.id} "), "too many at once$")
        for worker in workers:
            worker.finish()

    def test_a_worker_that_dies_while_asked_does_no_harm(self):
        for _ in range(12):
            worker = self.begin("usleep", seconds=5)
            self.ask(worker)
            self.guest.kill(worker, 9)
            self.guest.exited(worker)
        worker = self.begin("usleep", seconds=1)
        self.assertEqual(self.stack_while_in("usleep", worker)[0], "[internal] usleep()")
        worker.finish()

    def test_a_worker_has_no_thread_and_no_handler_for_it(self):
        worker = self.begin("usleep", seconds=1)
        self.stack_while_in("usleep", worker)
        with open(f"/proc/{worker.pid}/status") as status:
            self.assertIn("Threads:\t1\n", status.read())
        worker.finish()
        self.assertEqual(json.loads(worker.get("signals.php").text), json.loads(self.guest.fork().get("signals.php").text))

    def test_a_stack_asked_for_often_changes_nothing(self):
        worker = self.begin("loop", seconds=2)
        before = len(os.listdir(f"/proc/{self.guest.pid}/fd"))
        for _ in range(100):
            self.ask_until_told(worker)
        self.assertEqual(len(os.listdir(f"/proc/{self.guest.pid}/fd")), before)
        self.assertTrue(worker.finish().ended)


if __name__ == "__main__":
    unittest.main()
