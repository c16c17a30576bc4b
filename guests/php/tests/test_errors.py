"""Errors, limits and settings."""

import json
import os
import tempfile
import time
import unittest

from guest import SCRIPTS, Guest, standard_params


class Errors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.guest = Guest("-d", "memory_limit=64M", "-D", "display_errors=0", "-d", "error_reporting=E_ALL & ~E_NOTICE")
        cls.worker = cls.guest.fork()

    @classmethod
    def tearDownClass(cls):
        cls.guest.stop()

    def get(self, *args, **kwargs):
        return self.worker.get(*args, **kwargs)

    def tearDown(self):
        # Whatever happened, the worker goes on.
        self.assertEqual(self.get("hello.php").text, "Hello, world\n")

    def test_uncaught_exception_is_500_and_logged(self):
        answer = self.get("exception.php")
        self.assertEqual((answer.code, answer.text, answer.app_status), (500, "", 255))
        self.assertIn("nobody catches me", answer.log[0])

    def test_fatal_error_is_500_and_logged(self):
        answer = self.get("fatal.php")
        self.assertEqual((answer.code, answer.text), (500, "partial "))
        self.assertIn("undefined function", answer.log[0])

    def test_parse_error_is_500_and_logged(self):
        for _ in range(2):
            answer = self.get("syntax.php")
            self.assertEqual((answer.code, answer.text), (500, ""))
            self.assertIn("PHP Parse error:  syntax error", answer.log[0])

    def test_script_outside_open_basedir_does_not_run(self):
        for _ in range(2):
            answer = self.get("hello.php", PHP_ADMIN_VALUE="open_basedir=/nonexistent")
            self.assertEqual((answer.code, answer.text), (404, "No input file specified.\n"))
            self.assertIn("open_basedir", "".join(answer.log))
            self.assertEqual(self.get("hello.php").text, "Hello, world\n")

    def test_messages_are_one_record_each(self):
        answer = self.get("log.php")
        self.assertEqual(answer.log[:2], ["one", "two\nlines"])
        self.assertIn("PHP Warning:  a warning", answer.log[2])
        self.assertEqual(answer.text, "ab")

    def test_memory_limit_costs_the_request_only(self):
        answer = self.get("memory.php")
        self.assertEqual(answer.code, 500)
        self.assertIn("Allowed memory size of 67108864", answer.log[0])

    def test_time_limit_fires(self):
        started = time.monotonic()
        answer = self.get("time.php")
        self.assertIn("Maximum execution time of 1 second exceeded", answer.log[0])
        self.assertEqual(answer.log[1:], ["shutdown function ran"])
        self.assertLess(time.monotonic() - started, 15)
        self.assertEqual(self.get("time.php").code, 500)

    def test_max_execution_time_setting_fires(self):
        answer = self.get("time.php", query="limit=1", PHP_VALUE="max_execution_time=1")
        self.assertIn("Maximum execution time", answer.log[0])

    def test_params_set_values_for_one_request(self):
        seen = json.loads(self.get("ini.php", query="name=user_agent&value=mine", PHP_VALUE="user_agent=theirs").text)
        self.assertEqual((seen["before"], seen["after"]), ("theirs", "mine"))
        admin = 'user_agent = "the admin"\nmemory_limit=55M'
        seen = json.loads(self.get("ini.php", query="name=user_agent&value=mine", PHP_ADMIN_VALUE=admin).text)
        self.assertEqual((seen["before"], seen["set"], seen["after"]), ("the admin", False, "the admin"))
        seen = json.loads(self.get("ini.php", query="name=user_agent&value=mine").text)
        self.assertEqual((seen["before"], seen["set"]), ("", True))
        self.assertEqual(json.loads(self.get("ini.php", query="name=memory_limit&value=9M").text)["before"], "64M")

    def test_auto_prepend_file(self):
        with tempfile.NamedTemporaryFile("w", suffix=".php") as file:
            file.write("<?php echo 'first ';")
            file.flush()
            answer = self.get("hello.php", PHP_VALUE=f"auto_prepend_file={file.name}")
        self.assertEqual(answer.text, "first Hello, world\n")

    def test_user_ini_files_apply_from_the_root_down(self):
        for script, agent in [("sub/ini.php", "from-user-ini"), ("sub/deeper/ini.php", "deeper"), ("ini.php", "")]:
            self.assertEqual(json.loads(self.get(script, query="name=user_agent").text)["before"], agent, script)
        limit = json.loads(self.get("sub/deeper/ini.php", query="name=memory_limit&value=99M").text)
        self.assertEqual((limit["before"], limit["after"]), ("77M", "99M"))

    def test_signals_are_as_a_worker_needs_them(self):
        seen = json.loads(self.get("signals.php").text)
        self.assertEqual(int(seen["SigBlk"], 16), 0)
        ignored = {n for n in range(1, 32) if int(seen["SigIgn"], 16) >> (n - 1) & 1}
        self.assertEqual(ignored, {1, 2, 13})


class Settings(unittest.TestCase):
    def ask(self, name, value="1", arguments=(), env=None):
        with Guest(*arguments, env=env) as guest:
            return json.loads(guest.fork().get("ini.php", query=f"name={name}&value={value}").text)

    def test_values_can_be_changed_and_admin_values_cannot(self):
        seen = self.ask("memory_limit", "9M", ["-d", "memory_limit=77M"])
        self.assertEqual((seen["before"], seen["after"]), ("77M", "9M"))
        seen = self.ask("memory_limit", "9M", ["-D", "memory_limit=77M"])
        self.assertEqual((seen["before"], seen["set"], seen["after"]), ("77M", False, "77M"))

    def test_admin_values_stand_above_user_ini(self):
        with Guest("-D", "memory_limit=66M") as guest:
            worker = guest.fork()
            for _ in range(2):
                answer = worker.get("sub/ini.php", query="name=memory_limit&value=9M", PHP_VALUE="memory_limit=8M")
                self.assertEqual(json.loads(answer.text)["after"], "66M")

    def test_any_text_can_be_a_value(self):
        for value in ["/tmp/a;b c", "it's", 'say "hi"', "a=b&c", "${HOME}", "it's $x ${HOME}", "back\\slash", "(x)!", ""]:
            self.assertEqual(self.ask("user_agent", "1", ["-d", "user_agent=" + value])["before"], value)

    def test_constants_mean_what_they_say_in_php_ini(self):
        self.assertEqual(self.ask("error_reporting", "1", ["-d", "error_reporting=E_ALL & ~E_DEPRECATED"])["before"],
                         str(32767 & ~8192))  # fmt: skip
        self.assertEqual(self.ask("display_errors", "1", ["-d", "display_errors=On"])["before"], "1")

    @unittest.skipUnless(os.path.isdir("/etc/php/8.2/fpm"), "php-fpm's settings are not installed")
    def test_php_fpm_settings_are_read(self):
        seen = self.ask("user_agent")
        self.assertEqual(seen["loaded"], "/etc/php/8.2/fpm/php.ini")
        self.assertIn("/etc/php/8.2/fpm/conf.d/10-opcache.ini", seen["scanned"])

    def test_phprc_and_scan_dir_of_the_user_hold(self):
        with tempfile.TemporaryDirectory() as path:
            with open(path + "/php.ini", "w") as file:
                file.write("user_agent=phprc")
            with open(path + "/extra.ini", "w") as file:
                file.write("memory_limit=44M")
            env = {"PHPRC": path, "PHP_INI_SCAN_DIR": ":" + path}
            seen = self.ask("user_agent", env=env)
            self.assertEqual((seen["loaded"], seen["before"]), (path + "/php.ini", "phprc"))
            self.assertIn(path + "/extra.ini", seen["scanned"])
            self.assertIn("opcache.ini", seen["scanned"])
            self.assertEqual(self.ask("memory_limit", "9M", env=env)["before"], "44M")
            self.assertEqual(self.ask("user_agent", env={"PHPRC": path + "/php.ini"})["before"], "phprc")

    def test_the_application_sees_the_environment_it_was_given(self):
        with Guest(env={"A": "1"}) as guest:
            seen = json.loads(guest.fork().get("server.php").text)["getenv"]
        params = dict(standard_params("server.php"))
        allowed = set(params) | {"A", "FCGI_ROLE"}
        self.assertEqual({k for k in seen if k not in allowed and not k.startswith("ASAN")}, set())
        self.assertEqual(seen["A"], "1")
        self.assertTrue(os.path.isdir(SCRIPTS))


if __name__ == "__main__":
    unittest.main()
