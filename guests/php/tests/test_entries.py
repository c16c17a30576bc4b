"""The entries of worker mode (lib/entry): with a shim on the command line, which is enough for most, and with weir-php."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from guest import LEAVES, LOG, WorkerMode

LIB = pathlib.Path(__file__).resolve().parent.parent / "lib"
PHP = shutil.which("php")


def run(entry, application, requests, **environment):
    return subprocess.run(
        [PHP, "-d", "display_errors=stderr", LIB / "tests/shim.php", entry],
        input=json.dumps(requests),
        env=os.environ | {"WEIR_APP_ROOT": str(application), "WEIR_ENTRY": str(application / "public/index.php")}
        | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def told(done):
    """The answers, without what was logged."""
    return [answer for answer in map(json.loads, done.stdout.splitlines()) if "body" in answer]


@unittest.skipUnless(PHP, "needs the php command")
class Entries(unittest.TestCase):
    def answers(self, entry, requests):
        done = run(entry, LIB / "tests" / entry, requests)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        return told(done)

    @unittest.skipUnless(os.path.exists("/usr/share/php/Slim/Psr7"), "needs php-slim-psr7")
    def test_a_psr15_application_gets_requests_made_of_the_superglobals(self):
        sent = {"target": "/a?b=c", "method": "DELETE", "cookies": {"who": "anna"}}
        answers = self.answers("psr15", [sent, {"target": "/broken"}, {}])
        first, last = json.loads(answers[0]["body"]), json.loads(answers[2]["body"])
        self.assertEqual(answers[0]["status"], 201)
        self.assertEqual([first["method"], first["uri"]], ["DELETE", "http://shop.example/a?b=c"])
        self.assertEqual([first["query"], first["form"], first["cookies"]], [{"b": "c"}, None, {"who": "anna"}])
        self.assertEqual(answers[1]["error"], "LogicException: on purpose")
        self.assertEqual([last["requests"], last["cookies"]], [2, []])
        # The boot set them once, as a .env loader does, and each request's superglobals are new.
        self.assertEqual([first["greeting"], last["greeting"]], [["hello", "hello"]] * 2)

    def test_a_plain_front_controller_is_included_for_each_request(self):
        answers = self.answers("plain", [{"target": "/?name=anna"}, {"target": "/?name=otto"}, {"target": "/?name=ida"}])
        seen = [json.loads(answer["body"]) for answer in answers]
        self.assertEqual([one[0] for one in seen], ["hello anna", "hello otto", "hello ida"])
        self.assertEqual([one[1] for one in seen], ["nothing"] * 3, "its variables do not stay")
        self.assertEqual([one[2] for one in seen], [1, 2, 3], "static properties do")
        self.assertEqual([one[3] for one in seen], [False] * 3)
        self.assertEqual(seen[2][4], seen[1][4], "its autoloaders do not pile up")

    def test_a_front_controller_that_cannot_be_included_twice_does_not_boot(self):
        done = run("plain", LIB / "tests/broken", [{}])
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("index.php declares function price in line 5, and is included for each request", done.stderr)
        self.assertIn("mode: classic", done.stderr)

    def test_an_entry_that_weir_did_not_start_says_so(self):
        done = subprocess.run([PHP, LIB / "entry/plain.php"], capture_output=True, text=True, timeout=60)
        self.assertIn("WEIR_APP_ROOT is not set", done.stdout + done.stderr)


@unittest.skipUnless(PHP, "needs the php command")
class Frameworks(unittest.TestCase):
    """The applications of Tests/Applications. What they answer is the business of their scenarios."""

    def memory(self, name, requests, **environment):
        with tempfile.TemporaryDirectory() as directory:
            # Prepared by root, it is done as the user of the workers.
            os.chmod(directory, 0o755)
            application = pathlib.Path(directory) / name
            prepare = LIB.parents[2] / "Tests/Applications" / name / "prepare.sh"
            subprocess.run([prepare, application], check=True, capture_output=True, timeout=120)
            done = run(name, application, requests, **environment)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        answers = told(done)
        self.assertEqual({answer["status"] for answer in answers}, {200}, answers[-1])
        return [answer["memory"] for answer in answers]

    def assert_does_not_grow(self, memory):
        # The same target each time: caches of the others differ.
        warm, end = memory[-121], memory[-1]
        self.assertLess(end - warm, 32 * 1024, f"{warm:,} to {end:,} bytes in 120 requests")

    @unittest.skipUnless(os.path.exists("/usr/share/php/Symfony/Bundle/FrameworkBundle"), "needs php-symfony")
    def test_a_symfony_application_does_not_grow(self):
        requests = [{"target": target} for target in ("/", "/articles/2024/high-water")] * 100
        self.assert_does_not_grow(self.memory("symfony", requests))

    @unittest.skipUnless(os.path.exists("/usr/share/php/Symfony/Bundle/FrameworkBundle"), "needs php-symfony")
    def test_nor_does_it_in_debug_mode_with_the_profiler(self):
        requests = [{"target": target} for target in ("/", "/articles/2024/high-water")] * 100
        self.assert_does_not_grow(self.memory("symfony", requests, APP_ENV="dev", APP_DEBUG="1"))

    @unittest.skipUnless(os.path.exists("/usr/share/php/Illuminate/Foundation"), "needs php-laravel-framework")
    def test_a_laravel_application_does_not_grow_whatever_its_requests_leave(self):
        requests = [{"target": target} for target in ("/posts/2024/low-water", "/spoil?visitor=anna", "/state")] * 70
        self.assert_does_not_grow(self.memory("laravel", requests))


class InWorker(unittest.TestCase):
    def start(self, entry, application):
        directory = LIB / "tests" / application
        self.front = str(directory / "public/index.php")
        env = {"PATH": "/usr/bin:/bin", "WEIR_APP_ROOT": str(directory), "WEIR_ENTRY": self.front}
        mode = WorkerMode(str(LIB / f"entry/{entry}.php"), "-d", "display_errors=0", env=env)
        self.addCleanup(mode.stop)
        return mode.fork()

    @unittest.skipUnless(os.path.exists("/usr/share/php/Slim/Psr7"), "needs php-slim-psr7")
    def test_a_psr15_response_has_its_status_and_headers(self):
        worker = self.start("psr15", "psr15")
        form = dict(method="POST", body=b"name=anna", content_type="application/x-www-form-urlencoded")
        for _ in range(2):
            answer = worker.request(self.front, **form)
            told = json.loads(answer.text)
            self.assertEqual((answer.code, answer.header("Content-Type")), (201, "application/json"))
            self.assertEqual((told["form"], told["greeting"]), ({"name": "anna"}, ["hello", "hello"]))
            self.assertEqual(worker.get(self.front, REQUEST_URI="/broken").code, 500)

    def test_a_file_that_is_included_twice_is_explained(self):
        worker = self.start("plain", "twice")
        self.assertEqual(worker.get(self.front).text, "7")
        answer = worker.get(self.front)
        self.assertEqual((answer.code, answer.status), (500, LEAVES))
        (kind, level, message, *context), = answer.records
        self.assertEqual((kind, level), (LOG, "error"))
        self.assertIn("require_once", message)
        self.assertIn("price.php:3", context[-1])


if __name__ == "__main__":
    unittest.main()
