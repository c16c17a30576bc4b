"""The entries of worker mode (lib/entry), without weir-php: a shim gives them their requests on the command line."""

import json
import os
import pathlib
import shutil
import subprocess
import unittest

LIB = pathlib.Path(__file__).resolve().parent.parent / "lib"
PHP = shutil.which("php")


def run(entry, application, requests):
    return subprocess.run(
        [PHP, "-d", "display_errors=stderr", LIB / "tests/shim.php", entry],
        input=json.dumps(requests),
        env=os.environ | {"WEIR_APP_ROOT": str(application), "WEIR_ENTRY": str(application / "public/index.php")},
        capture_output=True,
        text=True,
        timeout=60,
    )


@unittest.skipUnless(PHP, "needs the php command")
class Entries(unittest.TestCase):
    def answers(self, entry, requests):
        done = run(entry, LIB / "tests" / entry, requests)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        return json.loads(done.stdout)["answers"]

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
        told = [json.loads(answer["body"]) for answer in answers]
        self.assertEqual([one[0] for one in told], ["hello anna", "hello otto", "hello ida"])
        self.assertEqual([one[1] for one in told], ["nothing"] * 3, "its variables do not stay")
        self.assertEqual([one[2] for one in told], [1, 2, 3], "static properties do")
        self.assertEqual([one[3] for one in told], [False] * 3)
        self.assertEqual(told[2][4], told[1][4], "its autoloaders do not pile up")

    def test_a_front_controller_that_cannot_be_included_twice_does_not_boot(self):
        done = run("plain", LIB / "tests/broken", [{}])
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("index.php declares function price in line 5, and is included for each request", done.stderr)
        self.assertIn("mode: classic", done.stderr)

    def test_an_entry_that_weir_did_not_start_says_so(self):
        done = subprocess.run([PHP, LIB / "entry/plain.php"], capture_output=True, text=True, timeout=60)
        self.assertIn("WEIR_APP_ROOT is not set", done.stdout + done.stderr)

    def test_collecting_cycles_takes_two_percent_of_the_time(self):
        script = f"require '{LIB}/src/autoload.php'; echo Weir\\CycleCollector::pauseEnd(1_000_000, 5_000_000);"
        told = subprocess.run([PHP, "-r", script], capture_output=True, text=True, timeout=60).stdout
        self.assertEqual(int(told), 5_000_000 + 200_000_000)


if __name__ == "__main__":
    unittest.main()
