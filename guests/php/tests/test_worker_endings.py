"""Worker mode: the ways a request ends, and what ends with it."""

import unittest

import worker_case
from guest import LEAVES, WorkerMode


class Endings(worker_case.WorkerTest):
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
        with WorkerMode("loop.php", "-d", "max_execution_time=1", env=worker_case.ENV) as mode:
            worker = mode.fork()
            for _ in range(4):
                self.assertEqual(self.do("busy", worker, ms=400).text, "done")
            self.assertIn("Maximum execution time", self.do("busy", worker, ms=20000).log[0])
            self.assertEqual(mode.guest.exited(worker), (0, 0))

    def test_a_time_limit_of_one_request_is_not_the_next_ones(self):
        self.assertEqual(self.do("limit").text, "30 64M")
        self.do("change")
        self.assertEqual(self.do("limit").text, "30 64M")
        with WorkerMode("loop.php", "-d", "max_execution_time=1", env=worker_case.ENV) as mode:
            worker = mode.fork()
            self.do("change", worker)
            self.assertIn("Maximum execution time of 1 second", self.do("busy", worker, ms=20000).log[0])

    def test_boot_shutdown_functions_run_at_the_workers_end_and_see_the_fatal_error(self):
        with WorkerMode("loop.php", env=worker_case.ENV | {"BOOT": "boot.php"}) as mode:
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
        with WorkerMode("loop.php", env=worker_case.ENV | {"BOOT": "boot.php"}) as mode:
            worker = mode.fork()
            for _ in range(2):
                answer = self.do("exception", worker)
                self.assertEqual((answer.code, answer.text), (503, "partial the boot caught nobody catches me"))
                self.assertEqual(answer.status, 0)

    def leave_of(self, mode, worker):
        worker.sock.shutdown(1)
        return mode.guest.exited(worker), worker.read_log()


if __name__ == "__main__":
    unittest.main()
