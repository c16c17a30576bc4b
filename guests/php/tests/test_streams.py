"""Bodies in, answers out: order, size, time, and clients that leave."""

import hashlib
import json
import os
import socket
import tempfile
import threading
import time
import unittest
from random import Random

from guest import UNDER_ASAN, Answer, Guest, encode_params, readable, record, standard_params, stream, wait_until

MIB = 1 << 20


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def has_ended(pid):
    """Gone, or a zombie that the worker's script did not wait for."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


class Streams(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.guest = Guest()

    @classmethod
    def tearDownClass(cls):
        cls.guest.stop()

    def setUp(self):
        self.worker = self.guest.fork()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "mark")

    def touch(self, suffix):
        open(self.path + suffix, "w").close()

    def still_works(self):
        self.assertEqual(self.worker.get("hello.php").text, "Hello, world\n")

    def test_large_body_is_read_lazily(self):
        size = 100 * MIB
        piece = os.urandom(MIB)
        digest = hashlib.sha256(piece * 100).hexdigest()
        before = resident(self.worker.pid)
        # php://input keeps what it has read in a temporary file, not in memory.
        self.worker.begin(
            standard_params("body.php", method="POST", body=b"x", CONTENT_LENGTH=str(size), PHP_VALUE="post_max_size=0"),
            end_body=False,
        )
        for i in range(100):
            self.worker.send_body(piece, end=i == 99)
        seen = json.loads(self.worker.finish().text)
        self.assertEqual((seen["size"], seen["sha256"]), (size, digest))
        self.assertLess(seen["memory"], 8 * MIB)
        if not UNDER_ASAN:
            self.assertLess(resident(self.worker.pid) - before, 24 * MIB)

    def test_body_in_small_records(self):
        self.worker.begin(standard_params("body.php", method="POST", CONTENT_LENGTH="3000"), end_body=False)
        for i in range(3000):
            self.worker.sock.sendall(record(5, self.worker.next_id, bytes([i % 251])))
        self.worker.sock.sendall(record(5, self.worker.next_id))
        seen = json.loads(self.worker.finish().text)
        self.assertEqual(seen["size"], 3000)
        self.assertEqual(seen["sha256"], hashlib.sha256(bytes(i % 251 for i in range(3000))).hexdigest())

    def test_body_that_nobody_reads_is_passed_over(self):
        for size in [10, 60_000, 3 * MIB]:
            body = os.urandom(size)
            sender = threading.Thread(
                target=self.worker.begin, args=(standard_params("hello.php", method="POST", body=body), body)
            )
            sender.start()
            wait_until(lambda: readable(self.worker.sock, 0.01), "the answer")
            sender.join()
            self.assertEqual(self.worker.finish().text, "Hello, world\n")
            self.still_works()

    def test_unread_body_and_large_answer_do_not_deadlock(self):
        # The peer writes all of its body before it reads a byte; the script writes all before it reads.
        body = os.urandom(8 * MIB)
        self.worker.begin(
            standard_params("large.php", method="POST", body=body, query="pieces=200&then_read=1",
                            PHP_VALUE="post_max_size=0"), body
        )  # fmt: skip
        answer = self.worker.finish()
        output, _, digest = answer.body.partition(b"\n")
        self.assertEqual(len(output), 200 * 65536)
        self.assertEqual(digest.decode(), hashlib.sha256(body).hexdigest())
        body = os.urandom(8 * MIB)
        self.worker.begin(standard_params("large.php", method="POST", body=body), body)
        self.assertEqual(len(self.worker.finish().body), 200 * 65536)
        self.still_works()

    def test_large_strings_arrive_whole(self):
        answer = self.worker.get("one_string.php")
        self.assertEqual(answer.body, b"head " + b"x" * 1_000_000 + b"y" * 20_000 + b" tail")

    def test_flush_streams(self):
        self.worker.begin(standard_params("stream.php", query="gate=" + self.path))
        answer = Answer()
        for i in range(3):
            self.worker.finish(answer, until=lambda a: f"data: {i}\n\n" in a.text)
            self.assertNotIn(f"data: {i + 1}", answer.text)
            self.assertFalse(answer.answer_complete)
            self.touch(str(i))
        self.worker.finish(answer)
        self.assertTrue(answer.text.endswith("end"))
        self.assertEqual(answer.header("Content-Type").split(";")[0], "text/event-stream")

    def test_finish_request_ends_the_answer_but_not_the_request(self):
        self.worker.begin(standard_params("finish.php", query="mark=" + self.path))
        answer = self.worker.finish(until=lambda a: a.answer_complete)
        self.assertEqual(answer.text, "the answer")
        self.worker.finish(answer, until=lambda a: a.log)
        self.assertEqual(answer.log, ["after the answer"])
        self.assertFalse(readable(self.worker.sock, 0.05), "END_REQUEST before the script's end")
        self.touch(".gate")
        self.worker.finish(answer)
        with open(self.path + ".done") as done:
            self.assertEqual(json.load(done), {"again": False, "aborted": 0})
        self.assertTrue(os.path.exists(self.path + ".shutdown"))
        self.still_works()

    def test_shutdown_functions_and_destructors_belong_to_the_answer(self):
        self.assertEqual(self.worker.get("shutdown.php").text, "SCRIPT SHUTDOWN DESTRUCTOR")

    def aborted(self, query="", leave=None):
        self.worker.begin(standard_params("abort.php", query=f"mark={self.path}{query}"))
        self.worker.finish(until=lambda a: "begin" in a.text)
        (leave or self.worker.abort)()
        wait_until(lambda: os.path.exists(self.path) and os.path.getsize(self.path), "the shutdown function")
        with open(self.path) as mark:
            return json.load(mark)

    def test_abort_stops_the_script(self):
        seen = self.aborted()
        self.assertEqual((seen["aborted"], seen["status"]), (1, 1))
        self.assertLess(seen["rounds"], 500)
        self.worker.finish()
        self.still_works()

    def test_ignore_user_abort_lets_it_run(self):
        seen = self.aborted("&ignore=1&rounds=40")
        self.assertEqual(seen["aborted"], 1)
        self.assertGreater(seen["rounds"], 20)
        self.worker.finish()
        self.still_works()

    def test_closed_connection_is_an_abort(self):
        seen = self.aborted(leave=lambda: self.worker.sock.close())
        self.assertEqual(seen["aborted"], 1)
        self.assertEqual(self.guest.exited(self.worker), (0, 0))

    def test_abort_is_seen_behind_an_unread_body(self):
        body = b"y" * 300_000
        self.worker.begin(standard_params("abort.php", method="POST", body=body, query="mark=" + self.path), body)
        self.worker.finish(until=lambda a: "begin" in a.text)
        self.worker.abort()
        answer = self.worker.finish()
        self.assertTrue(answer.ended)
        with open(self.path) as mark:
            self.assertLess(json.load(mark)["rounds"], 500)
        self.still_works()

    def test_abort_stops_output_that_is_never_flushed(self):
        self.worker.begin(standard_params("large.php", query="pieces=1000000"))
        self.worker.finish(until=lambda a: len(a.stdout) > 4 * MIB)
        self.worker.abort()
        answer = self.worker.finish()
        self.assertLess(len(answer.stdout), 16 * MIB)
        self.still_works()

    def test_a_forked_script_speaks_once_and_its_child_ends(self):
        answer = self.worker.get("fork.php", query="mark=" + self.path)
        wait_until(lambda: os.path.exists(self.path) and os.path.getsize(self.path), "the script's child")
        self.assertEqual(answer.text, "parent")
        with open(self.path) as mark:
            child = int(mark.read())
        wait_until(lambda: has_ended(child), "the end of the script's child")
        self.still_works()

    def test_form_larger_than_memory_costs_the_request_only(self):
        body = b"a=" + b"x" * (6 * MIB)
        answer = self.worker.request(
            "hello.php", method="POST", body=body, content_type="application/x-www-form-urlencoded",
            PHP_VALUE="memory_limit=3M", PHP_ADMIN_VALUE="post_max_size=20M",
        )  # fmt: skip
        self.assertIn("Allowed memory size", "".join(answer.log))
        self.assertEqual(answer.code, 500)
        self.still_works()

    def test_stale_abort_is_ignored(self):
        self.still_works()
        self.worker.abort()
        self.still_works()
        # An abort for the last request that arrives within the next one.
        stale = self.worker.next_id
        self.worker.begin(standard_params("stream.php", query="gate=" + self.path))
        answer = self.worker.finish(until=lambda a: "data: 0" in a.text)
        self.worker.sock.sendall(record(2, stale))
        for i in range(3):
            self.touch(str(i))
        self.worker.finish(answer)
        self.assertTrue(answer.text.endswith("end"))
        self.still_works()

    def test_half_a_form_is_not_acted_upon(self):
        params = standard_params(
            "server.php", method="POST", content_type="application/x-www-form-urlencoded", CONTENT_LENGTH="1000"
        )
        self.worker.begin(params, end_body=False)
        self.worker.send_body(b"delete=all&except=", end=False)
        self.worker.abort()
        answer = self.worker.finish()
        self.assertEqual(answer.body, b"")
        self.still_works()

    def test_garbage_ends_the_worker_with_a_message(self):
        for garbage in [
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            record(4, 1, b"\x01"),
            record(1, 1, b"\0\1\1\0\0\0\0\0") + record(4, 1, b"\x05\x05ab") + record(4, 1),
            record(1, 1, b"\0\1\1\0\0\0\0\0") + record(4, 1, b"\xff\xff\xff\xff\xff\xff\xff\xff") + record(4, 1),
            record(1, 1, b"\0\2\1\0\0\0\0\0"),
            record(1, 1, b"short"),
            record(1, 1, b"\0\1\1\0\0\0\0\0") * 2,
        ]:
            worker = self.guest.fork()
            worker.sock.sendall(garbage)
            self.assertEqual(self.guest.exited(worker), (1, 0), garbage)
            self.assertRegex(worker.read_log(), r"^weir-php: connection closed: .+\n$", garbage)

    def test_damaged_requests_never_crash_a_worker(self):
        random = Random(1)
        params = standard_params("upload.php", method="POST", body=b"a=1", content_type="multipart/form-data; boundary=x")
        good = (
            record(1, 1, b"\0\1\1\0\0\0\0\0") + stream(4, 1, encode_params(params)) + stream(5, 1, b"--x\r\n\r\n")
        ) * 2
        for _ in range(60):
            bad = bytearray(good)
            for _ in range(random.randint(1, 6)):
                at = random.randrange(len(bad))
                change = random.randrange(3)
                if change == 0:
                    bad[at] = random.randrange(256)
                elif change == 1:
                    del bad[at : at + random.randint(1, 40)]
                else:
                    bad[at:at] = random.randbytes(random.randint(1, 40))
            worker = self.guest.fork()
            worker.sock.sendall(bad)
            worker.sock.shutdown(socket.SHUT_WR)
            code, number = self.guest.exited(worker)
            self.assertIn((code, number), [(0, 0), (1, 0)], bytes(bad))
            self.assertNotIn("Sanitizer", worker.read_log(), bytes(bad))

    def test_records_may_arrive_byte_by_byte(self):
        params = standard_params("server.php", method="POST", body=b"a=1", content_type="application/x-www-form-urlencoded")
        pieces = []
        real, self.worker.sock = self.worker.sock, None

        class Catch:
            def sendall(self, data):
                pieces.append(data)

        self.worker.sock = Catch()
        self.worker.begin(params, b"a=1")
        self.worker.sock = real
        for byte in b"".join(pieces):
            real.send(bytes([byte]))
        self.assertEqual(json.loads(self.worker.finish().text)["post"], {"a": "1"})

    def test_end_carries_the_exit_status(self):
        answer = self.worker.get("exit.php", query="code=3")
        self.assertEqual((answer.text, answer.app_status), ("before", 3))
        self.assertEqual(self.worker.get("hello.php").app_status, 0)


if __name__ == "__main__":
    unittest.main()
