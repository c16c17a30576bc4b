"""What the guest reports of itself: OPcache, limits, and what a request left behind in its worker."""

import json
import os
import signal
import tempfile
import unittest

from guest import HERE, UNDER_ASAN, Guest, readable, wait_until

LEAK = os.path.realpath(os.path.join(HERE, "../../../Tests/PHPTests/Site/leak.php"))
NAMES = """enabled used free wasted keys max_keys scripts hits misses oom_restarts hash_restarts
    interned_used interned_free full jit jit_size jit_free""".split()


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


class Reports(unittest.TestCase):
    def start(self, *arguments, **kwargs):
        guest = Guest(*arguments, **kwargs)
        self.addCleanup(guest.stop)
        return guest

    def opcache(self, guest):
        guest.control.send(b"opcache")
        words = guest.expect("opcache ").split()
        self.assertEqual(len(words), 1 + len(NAMES), words)
        return dict(zip(NAMES, map(int, words[1:])))

    def test_limits_follow_ready(self):
        for setting, expected in [("96M", 96 << 20), ("-1", -1), ("1G", 1 << 30)]:
            guest = self.start("-d", f"memory_limit={setting}")
            self.assertEqual(guest.message(), f"limits {expected}")

    def test_opcache_is_what_a_script_would_see(self):
        guest = self.start("-d", "opcache.memory_consumption=32", "-d", "opcache.interned_strings_buffer=4")
        before = self.opcache(guest)
        self.assertEqual((before["enabled"], before["full"], before["scripts"]), (1, 0, 0))
        self.assertAlmostEqual(before["used"] + before["free"], 32 << 20, delta=1 << 20)
        worker = guest.fork()
        for _ in range(3):
            worker.get("hello.php")
        after = self.opcache(guest)
        self.assertEqual(after["scripts"], 1)
        self.assertGreaterEqual(after["keys"], 1)
        self.assertGreaterEqual(after["max_keys"], 1000)
        self.assertGreaterEqual(after["hits"], 2)
        self.assertEqual((after["misses"], after["oom_restarts"], after["hash_restarts"]), (1, 0, 0))
        self.assertGreater(after["used"], before["used"])
        self.assertGreater(after["interned_used"], 0)
        self.assertGreater(after["interned_free"], 0)
        wait_until(lambda: children(guest.pid) == [worker.pid], "the end of who asked")

    def test_opcache_that_is_off_says_so(self):
        guest = self.start("-d", "opcache.enable=0")
        guest.control.send(b"opcache")
        self.assertEqual(guest.expect("opcache"), "opcache off")

    def test_a_restricted_opcache_tells_us_all_the_same(self):
        self.assertEqual(self.opcache(self.start("-d", "opcache.restrict_api=/nowhere"))["enabled"], 1)

    def test_a_disabled_function_is_named(self):
        guest = self.start("-d", "disable_functions=opcache_get_status")
        guest.control.send(b"opcache")
        self.assertRegex(guest.expect("opcache"), "^opcache-failed opcache_get_status.*disable_functions")

    def test_asking_begins_no_session(self):
        with tempfile.TemporaryDirectory() as path:
            self.opcache(self.start("-D", "session.auto_start=1", "-d", f"session.save_path={path}"))
            self.assertEqual(os.listdir(path), [])

    def test_one_process_at_a_time_asks_opcache(self):
        guest = self.start()
        for _ in range(50):
            guest.control.send(b"opcache")
        guest.expect("opcache 1 ")
        self.assertLessEqual(len(children(guest.pid)), 1)
        guest.expect("opcache 1 ")
        wait_until(lambda: children(guest.pid) == [], "the end of who asked")
        self.assertEqual(self.opcache(guest)["enabled"], 1)
        self.assertEqual(guest.fork().get("hello.php").text, "Hello, world\n")

    def test_who_asks_opcache_and_takes_too_long_is_ended(self):
        guest = self.start()
        answer = "opcache 1 "
        for _ in range(50):
            if not answer.startswith("opcache 1 "):
                break
            # It is there for a millisecond or two: met in time it is stopped, else it answers.
            guest.control.send(b"opcache")
            asking = []
            while not asking and not readable(guest.control, 0):
                asking = children(guest.pid)
            for child in asking:
                os.kill(child, signal.SIGSTOP)
            answer = guest.expect("opcache")
        self.assertRegex(answer, r"^opcache-failed .* signal 9$")
        wait_until(lambda: children(guest.pid) == [], "its end")
        self.assertEqual(guest.fork().get("hello.php").text, "Hello, world\n")

    @unittest.skipIf(UNDER_ASAN, "the sanitizer's malloc is not counted")
    def test_what_a_request_leaks_is_told_with_its_end(self):
        guest = self.start("-d", "ffi.enable=1")
        worker = guest.fork()
        worker.get(LEAK, query="mb=0")
        resident = json.loads(worker.get(LEAK, query="mb=0").text)["resident_kib"]
        for _ in range(10):
            answer = worker.get(LEAK)
            self.assertGreaterEqual(answer.growth_kib, 5 << 10)
            self.assertLess(answer.growth_kib, 6 << 10)
        grown = json.loads(worker.get(LEAK, query="mb=0").text)["resident_kib"] - resident
        self.assertGreaterEqual(grown, 50 << 10)
        self.assertLess(grown, 55 << 10)

    def test_what_a_request_gives_back_is_no_growth(self):
        worker = self.start().fork()
        for mb in [20, 1, 20, 5] * 2:
            worker.get("keep.php", query=f"mb={mb}")
        for mb in [20, 1, 20, 5] * 4:
            self.assertLess(worker.get("keep.php", query=f"mb={mb}").growth_kib, 64)


if __name__ == "__main__":
    unittest.main()
