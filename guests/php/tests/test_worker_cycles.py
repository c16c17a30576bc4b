"""Reference cycles that requests leave are collected between requests, when that is due."""

import worker_case
from guest import WorkerMode

# At so many possible roots, and so much memory, a collection is due; PHP's own is at 10,001 roots.
ROOTS, BYTES = 500, 512 << 10


class Cycles(worker_case.WorkerTest):
    def collections(self, worker=None):
        return self.ask("collections", worker)

    def test_few_cycles_wait(self):
        before = self.collections()
        for _ in range(3):
            self.do("cycles", count=20)
        after = self.collections()
        self.assertEqual(after["runs"], before["runs"])
        self.assertGreaterEqual(after["roots"], 60)

    def test_many_are_collected_after_their_request(self):
        before = self.collections()
        self.do("cycles", count=ROOTS + 100)
        after = self.collections()
        self.assertEqual(after["runs"], before["runs"] + 1)
        self.assertGreaterEqual(after["collected"], before["collected"] + ROOTS)
        self.assertLess(after["roots"], 100)

    def test_few_are_too_that_hold_much(self):
        self.do("cycles", count=2, bytes=BYTES)
        self.assertEqual(self.collections()["runs"], 1)

    def test_memory_stays_where_it_is(self):
        warm = None
        for number in range(200):
            self.do("cycles", count=100, bytes=200)
            if number == 50:
                warm = self.collections()["memory"]
        # Without a collection it is 200 times 100 times more than 200 bytes.
        self.assertLess(self.collections()["memory"] - warm, 2 * BYTES)

    def test_an_application_that_disabled_it_is_left_alone(self):
        with WorkerMode("loop.php", "-d", "zend.enable_gc=0", env=worker_case.ENV) as mode:
            worker = mode.fork()
            self.do("cycles", worker, count=ROOTS + 100)
            self.assertEqual(self.collections(worker)["runs"], 0)


if __name__ == "__main__":
    worker_case.unittest.main()
