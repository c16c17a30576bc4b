"""Workers that need the same script at the same time compile it once."""

import json
import os
import tempfile
import time
import unittest

import worker_case
from guest import WorkerMode, standard_params, wait_until

WORKERS = 4
# For as long a worker waits for another (compile_once.c).
WAIT_S = 2
OPCACHE = ("-d", "opcache.enable=1", "-d", "opcache.validate_timestamps=0", "-d", "opcache.jit=off")
SCRIPT = """<?php
class Gate {
    public $context;
    private string $script = '<?php function f0() {}';
    public function stream_open($path) {
        touch(__DIR__ . '/begun-' . getmypid());
        while (!file_exists(__DIR__ . '/gate')) {
            usleep(2000);
            clearstatcache();
        }
        return true;
    }
    public function stream_read() { [$script, $this->script] = [$this->script, '']; return $script; }
    public function stream_eof() { return $this->script === ''; }
    public function stream_stat() { return []; }
    public function stream_set_option() { return false; }
}
stream_wrapper_register('gate', 'Gate');
while (weir_handle_request(function () {
    include $_GET['file'];
    echo json_encode([function_exists('f0'), opcache_get_status(false)['opcache_statistics']['misses']]);
}));
"""


class CompileOnce(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.mode = WorkerMode(self.write("worker.php", SCRIPT), *OPCACHE, env=worker_case.ENV)
        self.addCleanup(self.mode.stop)

    def write(self, name, text):
        path = self.path(name)
        with open(path, "w") as file:
            file.write(text)
        # OPcache leaves alone what was written in the last two seconds.
        os.utime(path, (time.time() - 60,) * 2)
        return path

    def path(self, name):
        return os.path.join(self.directory, name)

    def including(self, file):
        worker = self.mode.fork()
        worker.begin(standard_params(worker_case.ENTRY, query=f"file={file}"))
        return worker

    def wait_until_it_compiles(self, worker):
        wait_until(lambda: os.path.exists(self.path(f"begun-{worker.pid}")), "the worker to compile")

    def test_of_those_that_include_a_script_at_once_one_compiles_it(self):
        functions = "".join(f"function f{i}() {{ return [{i}, 'of {i}']; }}\n" for i in range(4000))
        script = self.write("long.php", f"<?php\n{functions}")
        answers = [json.loads(worker.finish().text) for worker in [self.including(script) for _ in range(WORKERS)]]
        # The other one is the worker's own script.
        self.assertEqual(answers, [[True, 2]] * WORKERS)

    def test_one_that_is_killed_meanwhile_holds_up_nobody(self):
        first = self.including("gate://script")
        self.wait_until_it_compiles(first)
        second = self.including("gate://script")
        wait_until(lambda: is_waiting_for_lock(second), "the second one to wait")
        killed = time.monotonic()
        self.mode.guest.kill(first, 9)
        self.wait_until_it_compiles(second)
        self.assertLess(time.monotonic() - killed, WAIT_S / 2)
        self.write("gate", "")
        self.assertTrue(json.loads(second.finish().text)[0])

    def test_nor_does_one_that_hangs_for_long(self):
        first = self.including("gate://script")
        self.wait_until_it_compiles(first)
        second = self.including("gate://script")
        self.wait_until_it_compiles(second)
        self.write("gate", "")
        for worker in (first, second):
            self.assertTrue(json.loads(worker.finish().text)[0])

    def test_nor_does_one_whose_script_is_wrong(self):
        twice = self.write("twice.php", "<?php\nfunction g() {}\nfunction g() {}\n")
        for _ in range(2):
            started = time.monotonic()
            answer = self.including(twice).finish()
            self.assertLess(time.monotonic() - started, WAIT_S / 2)
            self.assertIn("Cannot redeclare g()", "".join(answer.log))


def is_waiting_for_lock(worker):
    with open(f"/proc/{worker.pid}/syscall") as file:
        # SYS_futex
        return file.read().split()[0] in ("202", "98")


if __name__ == "__main__":
    unittest.main()
