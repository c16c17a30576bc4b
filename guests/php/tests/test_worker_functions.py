"""What applications tell Weir: log, metrics, the id of the request; and tasks between requests."""

import json
import unittest

import worker_case
from guest import LOG, METRIC, Guest, WorkerMode, wait_until

ENV = worker_case.ENV


class Functions(worker_case.WorkerTest):
    def test_log_messages_are_records(self):
        answer = self.do("log")
        self.assertEqual(answer.text, "logged")
        first, bad, long, cut = answer.records
        self.assertEqual(first[:11], (LOG, "warning", "a message", "text", "täxt", "list", '[1,"a/b"]', "null", "null", "7", "true"))
        self.assertRegex(first[12], r"^DomainException: broken at .*actions.php:\d+$")
        self.assertEqual(bad, (LOG, "info", "bad ?? bytes"))
        self.assertEqual(long[:2], (LOG, "debug"))
        self.assertEqual(len(long), 3)
        self.assertEqual(set(long[2]), {"ä"})
        self.assertLessEqual(len("\0".join(long[1:]).encode()) + 1, 16 << 10)
        self.assertEqual(cut, (LOG, "info", "long value", "kept", "x"))

    def test_metrics_are_records(self):
        answer = self.do("metric")
        self.assertEqual(answer.records, [
            (METRIC, "counter", "orders_total", "1"),
            (METRIC, "gauge", "shop:basket_euro", "12.5", "currency", "EUR", "vip", "true"),
            (METRIC, "gauge", "temperature", "-3.25"),
        ])  # fmt: skip

    def test_wrong_arguments_are_refused(self):
        messages = self.ask("log_wrong")
        self.assertNotIn("nothing", messages)
        self.assertEqual(len(messages), 11)

    def test_the_request_id_is_what_weir_sent(self):
        self.assertEqual(self.ask("id", params={"HTTP_X_REQUEST_ID": "abc-1"}), "abc-1")
        self.assertIsNone(self.ask("id"))

    def test_in_classic_mode_they_work_too(self):
        with Guest() as guest:
            worker = guest.fork()
            for _ in range(2):
                answer = worker.get("worker_functions.php", HTTP_X_REQUEST_ID="id-7")
                self.assertEqual(json.loads(answer.text), [
                    ["weir_handle_request() works only in worker mode", "weir_tick() works only in worker mode"],
                    "id-7", False,
                ])  # fmt: skip
                self.assertEqual(
                    answer.records,
                    [(LOG, "error", "from classic mode"), (METRIC, "counter", "classic_total", "1")],
                )


class Ticks(worker_case.WorkerTest):
    def test_tasks_run_between_requests(self):
        with WorkerMode("loop.php", env=ENV | {"BOOT": "ticks.php"}) as mode:
            worker = mode.fork()
            before = self.ask("state", worker)
            wait_until(lambda: self.ask("ticks", worker)["exit"] >= 3, "the tasks")
            seen = self.ask("ticks", worker)
            self.assertGreaterEqual(seen["fast"], 3)
            self.assertGreaterEqual(seen["bad"], 2)
            self.assertEqual(seen["nested"], "weir_handle_request() was called within a request")
            self.assertEqual(self.ask("state", worker), before)
            self.assertIsNone(self.do("hello", worker).header("X-Tick"))
            self.assertIn((LOG, "info", "from a task"), worker.between)
            worker.sock.shutdown(1)
            self.assertEqual(mode.guest.exited(worker), (0, 0))
            log = worker.read_log()
            self.assertIn("Uncaught LogicException: a task failed", log)
            self.assertNotIn("nobody reads this", log)

    def test_a_task_does_not_keep_a_request_waiting_that_is_there(self):
        with WorkerMode("loop.php", env=ENV | {"BOOT": "ticks.php"}) as mode:
            worker = mode.fork()
            for _ in range(200):
                self.assertEqual(self.do("hello", worker).text, "Hello, world\n")


if __name__ == "__main__":
    unittest.main()
