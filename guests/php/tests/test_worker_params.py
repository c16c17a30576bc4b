"""Params that stand in other places than in the request before, while somebody still has those."""

import unittest

from guest import WorkerMode, standard_params


class MovingParams(unittest.TestCase):
    def test_names_that_are_still_in_use_stay_whole(self):
        with WorkerMode("keeps_server.php") as mode:
            worker = mode.fork()
            for i in range(200):
                # Other fields each time, before those that stay: all places change.
                moved = [(f"HTTP_X_{name}_{i % 7}", str(i)) for name in "ABCDEFGH"[: i % 8]]
                worker.begin(moved + standard_params("hello.php") + [("HTTP_LAST", str(i))])
                answer = worker.finish()
                self.assertEqual((answer.code, answer.text.split()[1]), (200, str(i)))


if __name__ == "__main__":
    unittest.main()
