"""The fork server's promises to Weir."""

import array
import json
import os
import signal
import socket
import tempfile
import time
import unittest

from guest import SCRIPTS, UNDER_ASAN, Guest, standard_params, wait_until


def comm_line(pid):
    with open(f"/proc/{pid}/cmdline") as file:
        return file.read().rstrip("\0")


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] == "Z"


class ForkServer(unittest.TestCase):
    def guest(self, *args, **kwargs):
        guest = Guest(*args, **kwargs)
        self.addCleanup(guest.stop)
        return guest

    def test_ready_tells_the_version(self):
        self.assertRegex(self.guest().version, r"^\d+\.\d+\.\d+")

    def test_workers_share_one_opcache(self):
        guest = self.guest()
        first, second = guest.fork(), guest.fork()
        first.get("hello.php")
        seen = json.loads(second.get("opcache.php").text)
        self.assertTrue(seen["enabled"])
        self.assertIn(SCRIPTS + "/hello.php", seen["scripts"])

    def test_preloaded_classes_are_there(self):
        guest = self.guest("-d", f"opcache.preload={SCRIPTS}/preload.php", "-d", "opcache.preload_user=root")
        for _ in range(2):
            seen = json.loads(guest.fork().get("opcache.php").text)
            self.assertEqual(seen["class"], "from preload")
            self.assertEqual(seen["preload"]["classes"], ["Preloaded"])

    def test_failure_to_start_is_told(self):
        guest = self.guest(
            "-d", f"opcache.preload={SCRIPTS}/preload_broken.php", "-d", "opcache.preload_user=root", wait=False
        )
        self.assertRegex(guest.message(), r"^failed .*this preload fails")
        self.assertEqual(guest.process.wait(10), 1)

    def test_random_numbers_differ_between_workers(self):
        guest = self.guest("-d", f"opcache.preload={SCRIPTS}/preload.php", "-d", "opcache.preload_user=root")
        seen = [json.loads(guest.fork().get("random.php").text) for _ in range(4)]
        for values in zip(*seen):
            self.assertEqual(len(set(values)), 4, values)

    def test_crash_costs_one_worker_and_is_told(self):
        guest = self.guest()
        first, second = guest.fork(), guest.fork()
        with self.assertRaises((EOFError, ConnectionError)):
            first.get("crash.php", query="signal=9")
        self.assertEqual(guest.exited(first), (-1, 9))
        third = guest.fork()
        with self.assertRaises((EOFError, ConnectionError)):
            third.get("crash.php", query="signal=11")
        self.assertEqual(guest.exited(third), (1, 0) if UNDER_ASAN else (-1, 11))
        if UNDER_ASAN:
            third.read_log()
        self.assertEqual(second.get("hello.php").text, "Hello, world\n")

    def test_kill_reaches_the_worker(self):
        guest = self.guest()
        for number in [signal.SIGTERM, signal.SIGKILL]:
            worker = guest.fork()
            guest.kill(worker, number)
            self.assertEqual(guest.exited(worker), (-1, number))
        guest.control.send(b"kill 999 9")
        self.assertEqual(guest.fork().get("hello.php").text, "Hello, world\n")

    def test_closing_the_connection_ends_the_worker(self):
        guest = self.guest()
        worker = guest.fork()
        worker.get("hello.php")
        worker.sock.shutdown(socket.SHUT_WR)
        self.assertEqual(guest.exited(worker), (0, 0))
        self.assertEqual(worker.read_log(), "")

    def test_no_exit_is_lost(self):
        guest = self.guest()
        workers = [guest.fork() for _ in range(30)]
        for worker in workers:
            os.kill(worker.pid, signal.SIGKILL)
        for worker in workers:
            self.assertEqual(guest.exited(worker), (-1, 9))

    def test_end_of_control_socket_ends_everything(self):
        guest = self.guest()
        quiet, busy = guest.fork(), guest.fork()
        busy.begin([("SCRIPT_FILENAME", SCRIPTS + "/time.php"), ("REQUEST_METHOD", "GET"), ("QUERY_STRING", "limit=60")])
        guest.control.close()
        self.assertEqual(guest.process.wait(10), 0)
        for worker in [quiet, busy]:
            wait_until(lambda: gone(worker.pid), "the worker's end")

    def test_a_worker_that_ignores_sigterm_is_killed(self):
        guest = self.guest()
        worker = guest.fork()
        with tempfile.TemporaryDirectory() as path:
            worker.begin(standard_params("stubborn.php", query=f"mark={path}/mark"))
            wait_until(lambda: os.path.exists(path + "/mark"), "the script")
        started = time.monotonic()
        guest.control.close()
        self.assertEqual(guest.process.wait(10), 0)
        self.assertTrue(gone(worker.pid))
        self.assertLess(time.monotonic() - started, 5)

    def test_sigterm_ends_everything(self):
        guest = self.guest()
        worker = guest.fork()
        guest.process.send_signal(signal.SIGTERM)
        self.assertEqual(guest.process.wait(10), 0)
        self.assertTrue(gone(worker.pid))

    def test_terminal_signals_are_weirs_business(self):
        guest = self.guest()
        worker = guest.fork()
        worker.get("hello.php")
        for number in [signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2]:
            guest.process.send_signal(number)
        for number in [signal.SIGINT, signal.SIGHUP]:
            os.kill(worker.pid, number)
        self.assertEqual(worker.get("hello.php").text, "Hello, world\n")
        self.assertEqual(guest.fork().get("hello.php").text, "Hello, world\n")

    def test_processes_are_named(self):
        guest = self.guest(name="shop")
        worker = guest.fork()
        worker.get("hello.php")
        self.assertEqual(comm_line(guest.pid), "weir: php shop")
        self.assertEqual(comm_line(worker.pid), "weir: php worker shop")

    def test_a_worker_has_only_its_own_descriptors(self):
        guest = self.guest()
        workers = [guest.fork() for _ in range(3)]
        workers[2].get("fds.php")
        first = json.loads(workers[2].get("fds.php").text)
        self.assertEqual(sum(link.startswith("socket:") for link in first.values()), 1, first)
        self.assertEqual(sum(link.startswith("pipe:") for link in first.values()), 1, first)
        self.assertNotIn("anon_inode:[signalfd]", first.values())
        for script in ["upload.php", "exception.php", "memory.php", "session.php", "body.php"] * 3:
            workers[2].request(script, method="POST", body=b"x" * 200_000, query="path=/tmp")
        self.assertEqual(json.loads(workers[2].get("fds.php").text), first)

    def test_bad_messages_do_no_harm(self):
        guest = self.guest()
        guest.control.send(b"fork 77")
        self.assertRegex(guest.expect("fork-failed 77 "), r"^fork-failed 77 \d+ .+")
        guest.control.send(b"dance")
        guest.control.send(b"fork x")
        one = socket.socketpair()
        guest.control.sendmsg(
            [b"fork 78"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [one[0].fileno()]))]
        )
        guest.expect("fork-failed 78 ")
        for end in one:
            end.close()
        worker = guest.fork()
        pair = socket.socketpair(), socket.socketpair()
        fds = array.array("i", [pair[0][0].fileno(), pair[1][0].fileno()])
        guest.control.sendmsg([f"fork {worker.id}".encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
        guest.expect(f"fork-failed {worker.id} ")
        for end in pair[0] + pair[1]:
            end.close()
        self.assertEqual(worker.get("hello.php").text, "Hello, world\n")
        self.assertIn("unknown control message: dance", guest.read_log())


if __name__ == "__main__":
    unittest.main()
