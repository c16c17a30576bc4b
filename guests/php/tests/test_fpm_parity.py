"""The same requests to a real php-fpm: a script must see and say the same."""

import json
import unittest

import fpm
from guest import Guest

ENVIRONMENT = {"APP_ENV": "production", "SHARED": "from the environment"}


@unittest.skipUnless(fpm.BINARY, "php-fpm is not installed")
class FpmParity(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.fpm = fpm.Fpm(env=ENVIRONMENT)
        identity = cls.fpm.request("server.php")
        server = json.loads(identity.text)["server"]
        given = {key: server[key] for key in ["USER", "HOME"] if key in server}
        cls.guest = Guest(env=ENVIRONMENT | given)
        cls.worker = cls.guest.fork()

    @classmethod
    def tearDownClass(cls):
        cls.guest.stop()
        cls.fpm.__exit__()

    def both(self, script, **kwargs):
        return self.fpm.request(script, **kwargs), self.worker.request(script, **kwargs)

    def compare_variables(self, **kwargs):
        theirs, ours = (json.loads(answer.text) for answer in self.both("server.php", **kwargs))
        for part in theirs:
            if not isinstance(theirs[part], dict):
                self.assertEqual(theirs[part], ours[part], part)
                continue
            ours[part] = ours[part] or {}
            for key in set(theirs[part]) | set(ours[part]):
                if (part, key) == ("env", "PHP_SELF"):
                    continue  # php-fpm copies $_SERVER, and so what is not in the environment
                if not key.startswith("REQUEST_TIME") and not key.startswith("ASAN"):
                    self.assertEqual(theirs[part].get(key), ours[part].get(key), f"{part}[{key}]")

    def test_variables_of_a_plain_request(self):
        self.compare_variables()

    def test_variables_of_a_full_request(self):
        self.compare_variables(
            query="a=1&b[]=2", PATH_INFO="/some/path", HTTP_COOKIE="x=1; y=2", HTTP_X_TEST="v", SHARED="from a param",
            HTTPS="on", HTTP_AUTHORIZATION="Basic dXNlcjpwYXNz", HTTP_ACCEPT_LANGUAGE="de", EMPTY="",
        )  # fmt: skip

    def test_variables_of_a_form(self):
        self.compare_variables(
            method="POST", body=b"a=1&b[]=2&c%5Bd%5D=%20", content_type="application/x-www-form-urlencoded"
        )

    def test_variables_with_environment_in_order(self):
        self.compare_variables(PHP_VALUE="variables_order=EGPCS")

    def test_answers_byte_for_byte(self):
        requests = [
            ("hello.php", {}), ("hello.php", {"method": "HEAD"}), ("exception.php", {}), ("fatal.php", {}),
            ("log.php", {}), ("syntax.php", {}), ("memory.php", {}), ("shutdown.php", {}), ("missing.php", {}), ("exit.php", {}),
            ("status.php", {"query": "as=location", "method": "POST"}), ("one_string.php", {}),
        ] + [
            ("status.php", {"query": "as=" + how}) for how in ["line", "cgi", "code", "location", "not_modified", "odd"]
        ]  # fmt: skip
        for script, kwargs in requests:
            theirs, ours = self.both(script, **kwargs)
            self.assertEqual(bytes(theirs.stdout), bytes(ours.stdout), (script, kwargs))

    def test_logs_say_the_same(self):
        for script in ["exception.php", "fatal.php", "log.php"]:
            theirs, ours = self.both(script)
            self.assertEqual(
                "".join(theirs.log).replace("PHP message: ", ""), "; ".join(ours.log), script
            )

    def test_settings_are_the_same(self):
        for name in ["memory_limit", "display_errors", "user_agent", "opcache.enable", "output_buffering"]:
            for script in ["ini.php", "sub/ini.php"]:
                theirs, ours = self.both(script, query="name=" + name)
                self.assertEqual(json.loads(theirs.text), json.loads(ours.text))


if __name__ == "__main__":
    unittest.main()
