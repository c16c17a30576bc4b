"""What every side of a comparison is, and Weir's. Each starts on a free port of the loopback, serves a site, and ends with
everything it started."""

import contextlib
import copy
import dataclasses
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import processes
from load import free_port

PHP_VERSION = os.environ.get("PHP_VERSION", "8.2")

# PHP is set up alike on both sides: what differs then is what runs it.
PHP_INI = {
    "memory_limit": "128M",
    "display_errors": "0",
    "log_errors": "1",
    "realpath_cache_size": "4096K",
    "realpath_cache_ttl": "600",
    "opcache.enable": "1",
    "opcache.memory_consumption": "128",
    "opcache.interned_strings_buffer": "16",
    "opcache.max_accelerated_files": "10000",
    "opcache.validate_timestamps": "0",
    "opcache.jit": "off",
    "opcache.jit_buffer_size": "0",
}

# Of applications that speak HTTP themselves, on both sides.
PROGRAM_ENVIRONMENT = {"NODE_ENV": "production", "NODE_PATH": "/usr/share/nodejs"}


class ServerError(Exception):
    pass


class Server:
    """A server with its configuration and logs in a directory of its own."""

    name = ""

    def __init__(self, site, directory, settings=None, enter=None):
        """`settings`: what Weir is to be told besides. `enter`: called in each process before its program starts."""
        self.site, self.directory = site, directory
        self.settings, self._enter = settings or {}, enter
        self.address = ("127.0.0.1", free_port())
        self.url = f"http://{self.address[0]}:{self.address[1]}"
        # Measured so far.
        self.rounds = 0
        self._processes = []
        directory.mkdir(mode=0o755)

    @property
    def pids(self):
        return [process.pid for process in self._processes]

    @property
    def own_pids(self):
        """Without the application's: the processes that stand between it and its clients."""
        application = set(processes.with_argument(self.site.entry))
        return [pid for pid in processes.tree(self.pids) if pid not in application]

    def start(self):
        raise NotImplementedError

    def stop(self):
        family = {pid: processes.start_time(pid) for pid in processes.tree(self.pids)}
        for process in reversed(self._processes):
            process.send_signal(signal.SIGTERM)
        for process in reversed(self._processes):
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        # A child that outlived its parent is ours all the same, if it is still the process that it was.
        for pid, born in family.items():
            if born is not None and processes.start_time(pid) == born:
                _signal(pid, signal.SIGKILL)
        self._processes = []

    def wait_until_ready(self, path, seconds=20):
        deadline = time.monotonic() + seconds
        trouble = None
        while time.monotonic() < deadline:
            if any(process.poll() is not None for process in self._processes):
                raise ServerError(f"{self.name} ended while it started:\n{self.logs()}")
            try:
                with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                    answer.read()
                    return
            except (OSError, urllib.error.URLError) as error:
                trouble = error
                time.sleep(0.05)
        raise ServerError(f"{self.name} does not serve {path}: {trouble}\n{self.logs()}")

    def logs(self):
        parts = []
        for file in sorted(self.directory.glob("*.log")):
            if file.name != "access.log":
                parts.append(f"--- {file.name}\n{file.read_text(errors='replace')[-3000:]}")
        return "\n".join(parts)

    def _run(self, command, log, environment=None):
        with open(self.directory / log, "wb") as output:
            self._processes.append(subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env=os.environ | (environment or {}), start_new_session=True, preexec_fn=self._enter,
            ))


class Weir(Server):
    name = "weir"

    @classmethod
    def binary(cls):
        built = pathlib.Path(__file__).resolve().parent.parent / ".build/release/weir"
        return os.environ.get("WEIR") or str(built)

    @classmethod
    def version(cls):
        return first_line([cls.binary(), "--version"])

    @property
    def file(self):
        return self.directory / "weir.yaml"

    @property
    def pids(self):
        """After an upgrade the server is another process than the one that was started here."""
        return processes.with_argument(str(self.file))

    def start(self):
        # JSON is YAML. Its access log goes where its output goes: to a file, as the peer's does.
        configuration = without_nothing(merged(self._configuration(), self.settings))
        self.file.write_text(json.dumps(configuration, indent=2) + "\n")
        self._run([self.binary(), "serve", self.file], "weir.log")

    def stop(self):
        started = {process.pid for process in self._processes}
        upgraded = [pid for pid in self.pids if pid not in started]
        for pid in upgraded:
            _signal(pid, signal.SIGTERM)
        deadline = time.monotonic() + 15
        while set(upgraded) & set(self.pids) and time.monotonic() < deadline:
            time.sleep(0.05)
        super().stop()

    def status(self):
        """The status page, from the admin socket."""
        connection = http.client.HTTPConnection("localhost", timeout=5)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(5)
        with contextlib.closing(connection):
            connection.sock.connect(str(self.directory / "admin.sock"))
            connection.request("GET", "/status")
            return json.loads(connection.getresponse().read())

    def _configuration(self):
        common = {"listen": f"{self.address[0]}:{self.address[1]}", "admin": f"unix:{self.directory}/admin.sock"}
        if not self.site.workers:
            return common | {"routes": [{"path": "/*", "static": {"root": str(self.site.root)}}]}
        if self.site.runtime != "php":
            # The peer of Node.js, its own cluster, writes no access log either.
            quiet = {"access_log": "off"} if self.site.runtime == "node" else {}
            return common | quiet | {"apps": {"bench": self._program()}}
        app = {
            "runtime": "php", "root": str(self.site.root), "entry": self.site.entry,
            "pool": {"manager": "static", "max_workers": self.site.workers, "max_requests": 0},
            "queue": {"limit": 1000, "timeout": "30s"},
            "php": {"ini": PHP_INI | self.site.ini},
        }
        if self.site.worker_script:
            app |= {"mode": "worker", "worker": {"script": self.site.worker_script}}
        return common | {"apps": {"bench": app}}

    def _program(self):
        """An application that speaks HTTP itself. Unlike PHP's, its processes run many requests at once."""
        app = {
            "runtime": self.site.runtime, "root": str(self.site.root), "environment": PROGRAM_ENVIRONMENT | self.site.environment,
            "pool": {"manager": "static", "max_workers": self.site.workers},
            "queue": {"limit": 1000, "timeout": "30s"},
        }
        if self.site.runtime == "node":
            return app | {"entry": self.site.entry}
        return app | {
            "command": [self.site.entry, "{socket}"], "timeouts": {"request": "5m"},
            "pool": app["pool"] | {"concurrency": self.site.requests_at_once},
        }


class WeirClassic(Weir):
    """Weir without worker mode, for what that is compared with."""

    name = "weir-classic"

    def _configuration(self):
        self.site = dataclasses.replace(self.site, worker_script=None)
        return super()._configuration()


def merged(configuration, changes):
    """With what `changes` sets."""
    result = copy.deepcopy(configuration)
    for key, value in changes.items():
        nested = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if nested else value
    return result


def without_nothing(configuration):
    """Without the keys that were set to None."""
    if not isinstance(configuration, dict):
        return configuration
    return {key: without_nothing(value) for key, value in configuration.items() if value is not None}


@contextlib.contextmanager
def serving(kind, site, directory, ready_path, settings=None, enter=None):
    server = kind(site, directory, settings, enter)
    try:
        server.start()
        server.wait_until_ready(ready_path)
        yield server
    finally:
        server.stop()


def _signal(pid, number):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def program_path(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not found:
        raise ServerError(f"{name} is missing. Run scripts/install-dependencies.sh bench")
    return found


def first_line(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10).stdout.strip().partition("\n")[0]
    except OSError:
        return "unknown"
