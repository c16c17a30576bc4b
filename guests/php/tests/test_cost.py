"""What a hello request costs in system calls, held by a threshold."""

import collections
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from guest import UNDER_ASAN, Guest, WorkerMode, wait_until

REQUESTS = 20


@unittest.skipIf(UNDER_ASAN or not shutil.which("strace"), "needs strace, and a build without sanitizers")
class Cost(unittest.TestCase):
    def calls_of(self, worker):
        """The system calls of REQUESTS requests."""
        for _ in range(5):
            worker.get("hello.php")
        with tempfile.NamedTemporaryFile("r") as trace:
            strace = subprocess.Popen(
                ["strace", "-p", str(worker.pid), "-o", trace.name], stderr=subprocess.PIPE, text=True
            )
            if "attached" not in strace.stderr.readline():
                strace.wait()
                strace.stderr.close()
                self.skipTest("strace may not attach here")
            for _ in range(REQUESTS):
                worker.get("hello.php")
            wait_until(lambda: open_count(trace.name)["sendmsg"] >= REQUESTS, "the trace")
            strace.send_signal(signal.SIGINT)
            strace.wait()
            strace.stderr.close()
            calls = open_count(trace.name)
        self.assertEqual(calls["sendmsg"], REQUESTS)
        # The one more is the read that waits for the next request.
        self.assertLessEqual(calls["recvfrom"], REQUESTS + 1)
        return calls

    def test_a_hello_request_is_one_read_and_one_write_and_little_else(self):
        with Guest() as guest:
            calls = self.calls_of(guest.fork())
        # Whether the script is still a file is looked up about once a second.
        checks = sum(calls.pop(name, 0) for name in ["openat", "newfstatat", "fstat", "close"])
        self.assertLessEqual(checks, 12)
        self.assertLessEqual(sum(calls.values()), 11 * REQUESTS + 5, dict(calls))

    def test_in_worker_mode_it_is_nothing_else(self):
        with WorkerMode("hello.php") as mode:
            calls = self.calls_of(mode.fork())
        # The timer of max_execution_time is set again a few times a second.
        timers = calls.pop("setitimer", 0)
        self.assertLessEqual(timers, 2 * 12)
        # One more each than a read and a write: the poll that waits.
        self.assertLessEqual(sum(calls.values()), 3 * REQUESTS + 3, dict(calls))


def open_count(path):
    with open(path) as trace:
        return collections.Counter(re.findall(r"^(\w+)\(", trace.read(), re.M))


if __name__ == "__main__":
    unittest.main()
