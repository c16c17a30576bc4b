"""What survives a request is found, told with its name and place, and not more than that."""

import os
import time
import unittest

from guest import AUDIT, SCRIPTS, UNDER_ASAN, WorkerMode

ENTRY = os.path.join(SCRIPTS, "hello.php")
SCRIPT = os.path.join(SCRIPTS, "worker", "audit.php")
CLASSES = os.path.join(SCRIPTS, "worker", "audit_classes.php")
FIELDS = "kind subject before after place requests severity path".split()


def line_of(path, text):
    with open(path) as file:
        return next(number for number, line in enumerate(file, 1) if text in line)


def place(path, text):
    return f"{path}:{line_of(path, text)}"


class Audit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mode = WorkerMode("audit.php", "-a")

    @classmethod
    def tearDownClass(cls):
        cls.mode.stop()

    def setUp(self):
        self.worker = self.mode.fork()
        # What PHP itself makes for the first request is nobody's.
        self.ask("nothing")

    def request(self, action, query="", **extra):
        return self.worker.get(ENTRY, query=f"do={action}&{query}", **extra)

    def ask(self, action, query="", **extra):
        """The request's findings, which the next one brings."""
        self.request(action, query, **extra)
        return self.told_by(self.request("nothing"))

    def told_by(self, answer):
        return [dict(zip(FIELDS, record[1:])) for record in answer.records if record[0] == AUDIT]

    def one(self, found, kind):
        of_kind = [finding for finding in found if finding["kind"] == kind]
        self.assertEqual(len(of_kind), 1, found)
        return of_kind[0]

    def assert_finding(self, finding, **expected):
        self.assertEqual({name: finding[name] for name in expected}, expected, finding)

    # What is no finding

    def test_a_clean_application_gives_nothing(self):
        for _ in range(40):
            self.assertEqual(self.ask("nothing"), [])

    def test_what_the_boot_made_is_no_finding(self):
        worker = self.mode.fork()
        worker.get(ENTRY, query="do=nothing")
        answer = worker.get(ENTRY, query="do=nothing")
        kinds = {record[1] for record in answer.records}
        self.assertFalse(kinds & {"static", "global", "constant", "function-static"}, answer.records)

    def test_an_object_that_is_made_anew_alike_is_no_change(self):
        self.ask("same_objects")
        for _ in range(10):
            self.assertEqual(self.ask("same_objects"), [])

    def test_what_the_loop_does_between_requests_is_no_finding(self):
        found = [f for _ in range(8) for f in self.ask("let_go") if f["kind"] != "function-static"]
        self.assertEqual(found, [])

    # Static properties

    def test_a_static_property_that_grows(self):
        first = self.one(self.ask("grow"), "static")
        self.assert_finding(
            first, subject=r"Audited\Events::$listeners", before="array(0)", after="array(1)", requests="1",
            severity="initialisation", place=place(CLASSES, "static array $listeners"),
        )  # fmt: skip
        told = [(n, f) for n in range(2, 65) for f in self.ask("grow") if f["kind"] == "static"]
        self.assertEqual([n for n, _ in told], [2, 4, 8, 16, 32, 64])
        self.assert_finding(told[0][1], severity="change", before="array(1)", after="array(2)")
        self.assert_finding(told[-1][1], severity="growth", before="0", after="64", requests="64")

    def test_what_grows_within_an_array_is_counted(self):
        told = [f for _ in range(8) for f in self.ask("grow_inside") if f["kind"] == "static"]
        self.assert_finding(told[-1], before="0", after="9", requests="8", severity="growth")

    def test_a_static_property_that_changes(self):
        self.ask("change")
        finding = self.one(self.ask("change"), "static")
        self.assert_finding(
            finding, subject=r"Audited\Events::$last", before='"request 1"', after='"request 2"', severity="change",
            requests="2", place=place(CLASSES, "static ?string $last"),
        )  # fmt: skip

    def test_what_is_made_once_is_an_initialisation(self):
        self.assert_finding(
            self.one(self.ask("lazy"), "static"), subject=r"Audited\Events::$instance", before="null",
            after=r"object(Audited\Events)", severity="initialisation",
        )  # fmt: skip
        for _ in range(5):
            self.assertEqual(self.ask("lazy"), [])

    def test_a_traits_static_is_placed_in_the_trait(self):
        self.assert_finding(
            self.one(self.ask("trait_static"), "static"), subject=r"Audited\UsesCounting::$counted",
            place=place(CLASSES, "static int $counted"),
        )  # fmt: skip

    def test_an_inherited_static_is_told_once_and_of_its_class(self):
        self.assert_finding(self.one(self.ask("inherited"), "static"), subject=r"Audited\Base::$shared")

    def test_a_redeclared_static_is_the_childs(self):
        self.assert_finding(
            self.one(self.ask("redeclared"), "static"), subject=r"Audited\Child::$own", before='"child"',
            after='"changed"', severity="change",
        )  # fmt: skip

    # Statics of functions

    def test_a_functions_static(self):
        self.assert_finding(
            self.one(self.ask("counter"), "function-static"), subject=r"Audited\counter() $calls", before="0",
            after="1", place=place(SCRIPT, "static $calls = 0"),
        )  # fmt: skip

    def test_a_functions_lazy_static(self):
        finding = self.one(self.ask("memo"), "function-static")
        self.assert_finding(finding, subject=r"Audited\memo() $once", severity="initialisation")
        self.assertEqual(self.ask("memo"), [])

    def test_a_methods_static(self):
        self.assert_finding(
            self.one(self.ask("method_static"), "function-static"), subject=r"Audited\Plain::remember() $remembered",
            place=place(CLASSES, "static $remembered"),
        )  # fmt: skip

    def test_a_closures_static(self):
        self.ask("closure_static")
        self.assert_finding(
            self.one(self.ask("closure_static"), "function-static"), subject=r"Audited\{closure}() $inside",
            before="1", after="2", place=place(SCRIPT, "static $inside"),
        )  # fmt: skip

    # Objects that live on

    def test_a_property_of_an_object_that_stays(self):
        self.assert_finding(
            self.one(self.ask("property"), "object"), subject=r"Audited\Registry::$instance->items",
            before="array(0)", after="array(1)", place=place(CLASSES, "public array $items"),
        )  # fmt: skip

    def test_another_object_is_told_once_and_not_by_its_properties(self):
        self.ask("replaced")
        found = [f for f in self.ask("replaced") if f["kind"] == "object"]
        self.assertEqual([f["subject"] for f in found], [r"Audited\Registry::$instance->user"])
        self.assertEqual(found[0]["severity"], "change")

    def test_what_internal_containers_hold(self):
        for action, subject in [("storage", "storage"), ("array_object", "arrayObject"), ("dynamic", "bag")]:
            found = [f for f in self.ask(action) if f["subject"] == rf"Audited\Registry::$instance->{subject}"]
            self.assertEqual(len(found), 1, action)
            self.assertEqual((found[0]["before"], found[0]["after"]), ("array(0)", "array(1)"), action)

    def test_objects_that_become_more(self):
        found = [f for _ in range(8) for f in self.ask("storage") if f["subject"] == r"Audited\Plain"]
        self.assertEqual([f["severity"] for f in found], ["growth", "growth"])
        self.assert_finding(found[-1], kind="object", before="0", after="8", place=place(CLASSES, "class Plain"))

    def test_memory_that_becomes_more(self):
        found = [f for _ in range(64) for f in self.ask("property") if f["subject"] == "memory"]
        self.assertTrue(found and all(f["severity"] == "growth" for f in found), found)

    # The rest of the language

    def test_a_global(self):
        self.assert_finding(
            self.one(self.ask("global_variable"), "global"), subject="$leftOver", before="absent", after='"something"',
            severity="change", place=place(SCRIPT, "global $leftOver"),
        )  # fmt: skip

    def test_a_constant(self):
        finding = self.one(self.ask("constant_defined"), "constant")
        self.assert_finding(finding, subject="USER_OF_REQUEST", before="absent", after="7", severity="change")
        self.assertEqual(self.ask("constant_defined"), [])

    def test_an_open_file(self):
        self.assert_finding(self.one(self.ask("hold_file"), "object"), subject=r"Audited\Registry::$instance->files")
        found = [f for _ in range(3) for f in self.ask("hold_file") if f["kind"] == "resource"]
        self.assertEqual({f["subject"] for f in found}, {"stream", "open file descriptors"})
        self.assertEqual({f["severity"] for f in found}, {"growth"})

    def test_an_open_transaction(self):
        self.assert_finding(
            self.one(self.ask("transaction"), "transaction"), before="absent", after='"open"', severity="change",
            place=place(SCRIPT, "beginTransaction("),
        )  # fmt: skip

    def test_a_file_that_was_included_once(self):
        included = os.path.join(SCRIPTS, "worker", "audit_included.php")
        self.assert_finding(
            self.one(self.ask("included"), "include"), subject=included, after='"included"', place=f"{included}:1",
            severity="initialisation",
        )  # fmt: skip

    def test_an_autoloader(self):
        self.assert_finding(
            self.one(self.ask("autoloader"), "handler"), subject="autoloaders", before="0", after="1",
            place=place(SCRIPT, "spl_autoload_register("),
        )  # fmt: skip

    def test_what_a_failed_request_leaves(self):
        self.assertEqual(self.request("throws").code, 500)
        found = self.told_by(self.request("nothing"))
        self.assert_finding(self.one(found, "static"), subject=r"Audited\Events::$listeners", path="/hello.php")

    def test_what_is_done_after_all_was_put_back(self):
        for what, kind, subject, before, after in [
            ("ini", "ini", "precision", None, '"7"'),
            ("timezone", "timezone", "default timezone", None, '"Asia/Tokyo"'),
            ("environment", "environment", "LATE", "absent", '"yes"'),
            ("directory", "directory", "working directory", None, '"/"'),
            ("output", "output", "output buffers", "0", "1"),
            ("umask", "other", "umask", None, '"0000"'),
            ("error", "handler", "error handler", '"none"', None),
            ("libxml", "other", "libxml_use_internal_errors", '"off"', '"on"'),
            ("multibyte", "other", "mb_internal_encoding", '"UTF-8"', '"ISO-8859-1"'),
            ("session", "session", "$_SESSION", "absent", "array(1)"),
            ("password", "environment", "DB_PASSWORD", "absent", "string(7)"),
        ]:
            with self.subTest(what):
                self.setUp()
                found = [f for f in self.ask("late", f"what={what}") if f["subject"] == subject]
                self.assertEqual([f["kind"] for f in found], [kind])
                self.assertIn(before, (None, found[0]["before"]))
                self.assertIn(after, (None, found[0]["after"]))

    # What is not to be shown

    def test_a_secret_is_told_by_its_size(self):
        found = self.ask("secret") + self.ask("secret")
        self.assertTrue(any("password" in f["subject"] for f in found), found)
        self.assertNotIn("do-not-show", str(found))

    def test_what_the_client_sent_is_recognised(self):
        finding = self.one(self.ask("from_request", "name=ann.of.cleves@example.org"), "static")
        self.assert_finding(finding, subject=r"Audited\Events::$last", severity="request-data")
        self.assertIn("ann.of.cleves", finding["after"])

    def test_a_cookie_is_recognised_and_not_shown(self):
        finding = self.one(self.ask("from_cookie", HTTP_COOKIE="sid=0123456789abcdef"), "static")
        self.assert_finding(finding, severity="request-data", after="string(16)")

    # What must not go wrong

    def test_cycles_come_to_an_end(self):
        for _ in range(10):
            self.ask("cyclic")
        self.assertEqual(self.request("nothing").text, "done")

    def test_no_code_of_the_application_is_called(self):
        self.ask("hooked")
        self.ask("unknown_class")
        answer = self.request("nothing")
        self.assertEqual((answer.text, answer.stderr), ("done", b""))

    def test_the_time_it_takes_is_bounded(self):
        for action, most in [("nothing", 0.02), ("many", 0.05), ("many_objects", 0.2)]:
            self.ask(action)
            best = min(self.seconds(action) for _ in range(5))
            self.assertLess(best, most * (20 if UNDER_ASAN else 1), action)

    def seconds(self, action):
        start = time.monotonic()
        self.request(action)
        return time.monotonic() - start

    def test_ten_thousand_elements_are_told_by_their_number(self):
        finding = self.one(self.ask("many"), "object")
        self.assert_finding(finding, after="array(10000)")
        self.assertEqual(self.ask("many"), [])


if __name__ == "__main__":
    unittest.main()
