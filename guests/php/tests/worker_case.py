"""What the tests of worker mode have in common: a script that does what `?do=` says, and a worker of it."""

import json
import os
import tempfile
import unittest

from guest import SCRIPTS, WorkerMode, standard_params

ENTRY = os.path.join(SCRIPTS, "hello.php")
ENV = {"PATH": "/usr/bin:/bin", "USER": "weir", "HOME": "/nonexistent"}


class WorkerTest(unittest.TestCase):
    script = "loop.php"
    arguments = ("-d", "memory_limit=64M")
    env = ENV

    @classmethod
    def setUpClass(cls):
        cls.mode = WorkerMode(cls.script, *cls.arguments, env=cls.env)
        cls.guest = cls.mode.guest

    @classmethod
    def tearDownClass(cls):
        cls.mode.stop()

    def setUp(self):
        self.worker = self.mode.fork()
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def tearDown(self):
        if self.worker:
            # Whatever happened, the worker goes on, and leaves in order.
            self.assertEqual(self.do("hello").text, "Hello, world\n")
            self.assertEqual(self.leave(self.worker)[0], (0, 0))

    def do(self, action, worker=None, method="GET", body=b"", content_type="", query="", params=None, **arguments):
        query = "&".join([f"do={action}", *(f"{k}={v}" for k, v in arguments.items())] + ([query] if query else []))
        worker = worker or self.worker
        return worker.request(ENTRY, method=method, body=body, content_type=content_type, query=query, **(params or {}))

    def ask(self, *args, **kwargs):
        return json.loads(self.do(*args, **kwargs).text)

    def begin(self, action, body=b"", end_body=True, method="GET", content_type="", params=None, **arguments):
        query = "&".join([f"do={action}", *(f"{k}={v}" for k, v in arguments.items())])
        extra = dict(method=method, body=body, content_type=content_type, query=query, **(params or {}))
        self.worker.begin(standard_params(ENTRY, **extra), body, end_body=end_body)

    def leave(self, worker):
        worker.sock.shutdown(1)
        status = self.guest.exited(worker)
        return status, worker.read_log()

    def assert_leaves(self, code=0):
        """The worker ends by itself, and tells so with the answer."""
        self.assertEqual(self.guest.exited(self.worker), (code, 0))
        log = self.worker.read_log()
        self.worker = None
        return log
