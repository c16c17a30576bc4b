"""Worker mode: the script is booted once, and workers are forked where it waits for its first request."""

import json
import os
import socket
import tempfile
import time
import unittest

from guest import Guest, SCRIPTS, WorkerMode, wait_until

ENTRY = os.path.join(SCRIPTS, "hello.php")
LOOP = " while (weir_handle_request(fn () => print(json_encode(answer())))); "


def private_kib(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Private_Dirty:"))


class BootOnce(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def script(self, boot, answer="return getmypid();"):
        path = f"{self.directory}/worker.php"
        with open(path, "w") as file:
            file.write(f"<?php function answer() {{ {answer} }} {boot} {LOOP}")
        return path

    def start(self, boot, answer="return getmypid();", *arguments, **kwargs):
        mode = WorkerMode(self.script(boot, answer), *arguments, **kwargs)
        self.addCleanup(mode.stop)
        return mode

    def failure(self, boot, *arguments):
        guest = Guest(*arguments, "-w", self.script(boot), wait=False)
        self.addCleanup(guest.stop)
        message = guest.message()
        self.assertEqual(guest.process.wait(20), 1)
        return message

    def ask(self, worker):
        return json.loads(worker.get(ENTRY).text)

    def count_boots(self):
        return f"file_put_contents('{self.directory}/boots', getmypid() . \"\\n\", FILE_APPEND);"

    def boots(self):
        with open(f"{self.directory}/boots") as file:
            return [int(line) for line in file]

    def test_workers_come_from_one_boot(self):
        mode = self.start(self.count_boots())
        workers = [mode.fork() for _ in range(4)]
        self.assertEqual([self.ask(worker) for worker in workers], [worker.pid for worker in workers])
        self.assertEqual(self.boots(), [mode.guest.pid])
        # One that leaves has a successor which boots nothing either.
        workers[0].sock.shutdown(1)
        self.assertEqual(mode.guest.exited(workers[0]), (0, 0))
        self.assertGreater(self.ask(mode.fork()), 0)
        self.assertEqual(len(self.boots()), 1)

    def test_each_may_boot_for_itself(self):
        mode = self.start(self.count_boots(), "return getmypid();", "-u")
        workers = [mode.fork() for _ in range(2)]
        self.assertEqual(self.boots(), [worker.pid for worker in workers])

    def test_workers_share_what_the_boot_has_made(self):
        dirty = []
        for arguments in [], ["-u"]:
            mode = self.start("$large = []; for ($i = 0; $i < 300000; $i++) { $large[] = [$i]; }", "return 1;", *arguments)
            worker = mode.fork()
            self.assertEqual(self.ask(worker), 1)
            dirty.append(private_kib(worker.pid))
        once, each = dirty
        self.assertLess(10 * once, each)

    def test_workers_draw_different_random_numbers(self):
        draw = "[mt_rand(), rand(), lcg_value(), uniqid('', true), random_int(0, PHP_INT_MAX)]"
        mode = self.start(f"$first = {draw}; mt_srand(5);", f"return {draw};")
        seen = [self.ask(mode.fork()) for _ in range(4)]
        for column in zip(*seen):
            self.assertEqual(len(set(column)), 4, column)

    def test_time_and_process_are_the_workers_own(self):
        boot = "$_SERVER['REQUEST_TIME_FLOAT'];"
        mode = self.start(boot, "return [getmypid(), $_SERVER['REQUEST_TIME_FLOAT'], $_SERVER['REQUEST_TIME']];")
        time.sleep(1.1)
        before = time.time()
        worker = mode.fork()
        pid, exact, whole = self.ask(worker)
        self.assertEqual(pid, worker.pid)
        self.assertGreaterEqual(exact, before)
        self.assertGreaterEqual(whole, int(before))
        with open(f"/proc/{worker.pid}/comm") as file:
            self.assertEqual(file.read(), "weir: php worke\n")

    def test_a_boot_that_fails_says_why(self):
        self.assertRegex(
            self.failure("throw new RuntimeException('no database');"),
            r"^failed .*worker.php failed: Uncaught RuntimeException: no database in .*worker.php:1$",
        )
        self.assertIn("no database", self.failure("throw new Exception('no database');", "-d", "log_errors=0"))
        self.assertRegex(self.failure("function answer() {}"), r"failed: Cannot redeclare answer\(\).*worker.php:1\)?$")
        self.assertRegex(self.failure("exit(3);"), r"worker.php exited with 3 before its first request$")
        self.assertRegex(self.failure("error_log('the cache is gone'); exit(3);"), r"failed: the cache is gone$")
        self.assertRegex(self.failure("exit;"), r"must call weir_handle_request\(\)$")
        guest = Guest("-w", f"{self.directory}/not_there.php", wait=False)
        self.addCleanup(guest.stop)
        self.assertIn("not_there.php", guest.message())

    def test_the_boot_may_start_processes(self):
        run = (
            "[trim(shell_exec('echo shell')), exec('exit 7', $lines, $code), $code, "
            "proc_close(proc_open(['/bin/sh', '-c', 'exit 5'], [], $pipes)), "
            "trim(shell_exec('grep SigBlk /proc/self/status'))]"
        )
        expected = ["shell", "", 7, 5, "SigBlk:\t0000000000000000"]
        mode = self.start(f"$boot = {run};", f"return [$GLOBALS['boot'], {run}];")
        worker = mode.fork()
        self.assertEqual(self.ask(worker), [expected, expected])

    def test_signals_are_as_the_boot_has_left_them(self):
        boot = "pcntl_signal(SIGCHLD, SIG_IGN); pcntl_signal(SIGUSR1, fn () => file_put_contents(SEEN, 'x'));"
        boot = f"const SEEN = '{self.directory}/seen'; {boot} pcntl_async_signals(true);"
        mode = self.start(boot, "posix_kill(getmypid(), SIGUSR1); return file_get_contents(SEEN);")
        worker = mode.fork()
        self.assertEqual(self.ask(worker), "x")
        mode.guest.kill(worker, 9)
        self.assertEqual(mode.guest.exited(worker), (-1, 9))

    def test_the_child_of_a_boot_that_forks_is_no_fork_server(self):
        mode = self.start(
            f"$pid = pcntl_fork(); if ($pid) {{ pcntl_waitpid($pid, $s); }} {self.count_boots()}", "return 'served';"
        )
        self.assertEqual(self.ask(mode.fork()), "served")
        self.assertEqual(len(self.boots()), 2)

    def boots_in_each(self, boot, *arguments, answer="return getmypid();", **kwargs):
        """What is said about it, or None."""
        boot += self.count_boots()
        mode = self.start(boot, answer, *arguments, **kwargs)
        workers = [mode.fork() for _ in range(2)]
        for worker in workers:
            self.ask(worker)
        log = mode.guest.read_log()
        boots = self.boots()
        os.remove(f"{self.directory}/boots")
        self.assertEqual(len(boots), 3 if log else 1, log)
        if log:
            self.assertEqual(boots, [mode.guest.pid, *(worker.pid for worker in workers)])
        return log

    def test_connections_of_the_boot_are_not_shared(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            for connect in ["stream_socket_client", "pfsockopen"]:
                target = f"'tcp://127.0.0.1:{port}'" if connect == "stream_socket_client" else f"'127.0.0.1', {port}"
                log = self.boots_in_each(f"$db = {connect}({target});")
                self.assertIn(f"open connections after boot: 127.0.0.1:{port}; connect at the first request instead", log)
                self.assertEqual(log.count("\n"), 1)
            # One that is closed again, or in garbage, does no harm.
            self.assertEqual(self.boots_in_each(f"$db = stream_socket_client('tcp://127.0.0.1:{port}'); fclose($db);"), "")
            garbage = f"$a = new stdClass; $a->a = $a; $a->db = stream_socket_client('tcp://127.0.0.1:{port}'); unset($a);"
            self.assertEqual(self.boots_in_each(garbage), "")
        path = f"{self.directory}/socket"
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path)
            server.listen()
            self.assertIn(f"after boot: {path};", self.boots_in_each(f"$db = stream_socket_client('unix://{path}');"))
        self.assertIn("a pipe", self.boots_in_each("$child = popen('cat', 'w');"))

    def test_files_and_pairs_of_sockets_are_no_connections(self):
        harmless = "$log = fopen(__FILE__, 'r'); $pair = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);"
        self.assertEqual(self.boots_in_each(harmless), "")

    def test_starting_again_changes_nothing_but_that(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            seen = "[getcwd(), getenv('ONE'), getenv('TWO'), getenv('USER'), ini_get('precision'), sprintf('%o', umask())]"
            boot = f"$seen = {seen}; chdir('/'); putenv('ONE=x'); putenv('TWO=2'); putenv('USER'); umask(077);"
            boot += f"$db = stream_socket_client('tcp://127.0.0.1:{server.getsockname()[1]}');"
            mode = self.start(boot, "return $GLOBALS['seen'];", "-d", "precision=9", env={"ONE": "1", "USER": "weir"})
            before = self.ask(mode.fork())
            self.assertEqual(before[1:5], ["1", False, "weir", "9"])
            self.assertEqual(before, self.ask(mode.fork()))
            self.assertNotEqual(before[5], "77")

    def test_a_stream_to_standard_error_is_the_workers(self):
        mode = self.start("$log = fopen('php://stderr', 'w');", "fwrite($GLOBALS['log'], 'a line'); return 1;")
        worker = mode.fork()
        self.ask(worker)
        worker.sock.shutdown(1)
        mode.guest.exited(worker)
        self.assertEqual((worker.read_log(), mode.guest.read_log()), ("a line", ""))

    def test_tasks_of_the_boot_run_in_every_worker(self):
        mode = self.start("$ran = 0; weir_tick(function () { $GLOBALS['ran']++; }, 0.02);", "return $GLOBALS['ran'];")
        for worker in [mode.fork(), mode.fork()]:
            wait_until(lambda: self.ask(worker) > 2, "the task")

    def test_opcache_is_reported_and_the_boots_memory_limit_is_not(self):
        mode = self.start("ini_set('memory_limit', '99M'); set_error_handler(fn () => exit(1));", "return 1;", "-d", "memory_limit=64M")
        self.assertEqual(mode.guest.expect("limits"), f"limits {64 << 20}")
        mode.guest.control.send(b"opcache")
        self.assertRegex(mode.guest.expect("opcache"), "^opcache (1 |off)")

    def test_the_fork_server_ends_with_its_connection(self):
        mode = self.start("register_shutdown_function(fn () => print('never'));")
        mode.fork()
        mode.guest.control.close()
        self.assertEqual(mode.guest.process.wait(20), 0)
        self.assertEqual(mode.guest.read_log(), "")


if __name__ == "__main__":
    unittest.main()
