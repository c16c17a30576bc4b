"""Worker mode: clients that leave, requests in a row, and what clients send."""

import hashlib
import json
import os
import unittest

import worker_case
from guest import standard_params


class Clients(worker_case.WorkerTest):
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
            self.worker.begin(standard_params(worker_case.ENTRY, query="do=hello"))
            first = self.worker.next_id
            self.worker.begin(standard_params(worker_case.ENTRY, query="do=session_without"))
            self.worker.next_id = first
            self.assertEqual(self.worker.finish().text, "Hello, world\n")
            self.worker.next_id = first + 1
            self.assertEqual(self.worker.finish().code, 200)

    def test_growth_is_told(self):
        self.assertGreaterEqual(self.do("hello").growth_kib, 0)


class Uploads(worker_case.WorkerTest):
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
