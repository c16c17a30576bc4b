"""A real php-fpm beside it, to compare with."""

import os
import shutil
import socket
import subprocess
import tempfile

from guest import DEADLINE, Connection, wait_until

BINARY = shutil.which("php-fpm8.2", path="/usr/sbin:/usr/bin") or shutil.which("php-fpm")


class Fpm:
    def __init__(self, env=None, user="nobody", group="nogroup"):
        self.directory = tempfile.TemporaryDirectory()
        os.chmod(self.directory.name, 0o755)
        self.path = os.path.join(self.directory.name, "fpm.sock")
        settings = os.path.join(self.directory.name, "fpm.conf")
        with open(settings, "w") as file:
            file.write(f"[global]\nerror_log = {self.directory.name}/log\ndaemonize = no\n[www]\n")
            file.write(f"listen = {self.path}\npm = static\npm.max_children = 1\n")
            if os.geteuid() == 0:
                file.write(f"user = {user}\ngroup = {group}\n")
            for name, value in (env or {}).items():
                file.write(f"env[{name}] = {value}\n")
        self.process = subprocess.Popen(
            [BINARY, "-y", settings], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(lambda: os.path.exists(self.path), "php-fpm's socket")

    def connect(self):
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(self.path)
        return Connection(sock)

    def request(self, script, **kwargs):
        connection = self.connect()
        try:
            return connection.request(script, **kwargs)
        finally:
            connection.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(DEADLINE)
        self.directory.cleanup()
