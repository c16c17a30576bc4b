"""Load: wrk for requests, sockets of our own for connections that do nothing."""

import contextlib
import json
import pathlib
import resource
import select
import socket
import subprocess

REPORT = pathlib.Path(__file__).resolve().parent / "report.lua"


class LoadError(Exception):
    pass


def wrk(url, connections, seconds):
    """Keeps `connections` busy for a while: requests a second, latencies, bytes, and how many requests failed."""
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "10s", "--latency", "-s", REPORT, url]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30)
    except subprocess.TimeoutExpired:
        raise LoadError(f"wrk did not end: {url}") from None
    line = next((line for line in run.stdout.splitlines() if line.startswith("FIGURES ")), None)
    if run.returncode != 0 or line is None:
        raise LoadError(f"wrk failed on {url}: {run.stdout}{run.stderr}")
    figures = json.loads(line.removeprefix("FIGURES "))
    elapsed = figures["microseconds"] / 1e6
    failures = ("connect_errors", "read_errors", "write_errors", "timeouts", "bad_statuses")
    return {
        "requests": figures["requests"],
        "requests_s": figures["requests"] / elapsed,
        "mib_s": figures["bytes"] / elapsed / 2**20,
        "p50_ms": figures["p50_us"] / 1000,
        "p99_ms": figures["p99_us"] / 1000,
        "max_ms": figures["max_us"] / 1000,
        "failed": sum(figures[name] for name in failures),
        **{name: figures[name] for name in failures if figures[name]},
    }


class IdleConnections:
    def __init__(self, sockets):
        self._sockets = sockets

    def lost(self):
        """How many the server has closed, or sent something to, in the meantime."""
        poll = select.poll()
        for one in self._sockets:
            poll.register(one, select.POLLIN | select.POLLHUP)
        return len(poll.poll(0))


@contextlib.contextmanager
def idle_connections(address, path, count):
    """Opens connections and has one request answered on each, so that it is known to be ready for the next."""
    _allow_open_files(count + 200)
    request = f"GET {path} HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\n\r\n".encode()
    sockets = []
    try:
        # In groups: neither the listener's backlog nor our patience is what is measured here.
        for first in range(0, count, 100):
            group = [socket.create_connection(address, timeout=10) for _ in range(first, min(first + 100, count))]
            sockets += group
            for one in group:
                one.sendall(request)
            for one in group:
                _read_response(one)
        yield IdleConnections(sockets)
    finally:
        for one in sockets:
            one.close()


class WaitingConnections:
    """Clients who ask for something that is not answered soon. Closed at the end of a `with`."""

    def __init__(self, address, path):
        self._address = address
        self._request = f"GET {path} HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\n\r\n".encode()
        self._sockets = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self._sockets:
            one.close()

    def __len__(self):
        return len(self._sockets)

    def add(self, count):
        # Others of this process are open as well.
        _allow_open_files(len(self) + count + 2000)
        for _ in range(count):
            one = socket.create_connection(self._address, timeout=30)
            self._sockets.append(one)
            one.sendall(self._request)

    def answered(self):
        """Waits for the answers: how many have come."""
        count = 0
        for one in self._sockets:
            with contextlib.suppress(OSError, LoadError):
                _read_response(one)
                count += 1
        return count


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _read_response(connection):
    received = b""
    while b"\r\n\r\n" not in received:
        received += _some(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise LoadError(f"not a 200: {head[:80]!r}")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lengths[0].partition(b":")[2])
    while len(body) < length:
        body += _some(connection)


def _some(connection):
    data = connection.recv(65536)
    if not data:
        raise LoadError("the server closed a connection it was to keep")
    return data


def _allow_open_files(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        if hard != resource.RLIM_INFINITY and hard < count:
            raise LoadError(f"{count} open files are needed, {hard} are allowed (ulimit -Hn)")
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
