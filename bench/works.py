"""The works: what is asked of both servers, what is measured, and what Weir is to reach."""

import dataclasses
import pathlib
import subprocess

import load
import processes

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Site:
    """What a server has to serve. Without workers it is files only."""

    root: pathlib.Path
    entry: str | None = None
    workers: int = 0
    # For Weir's worker mode: what its workers run once.
    worker_script: str | None = None


@dataclasses.dataclass(frozen=True)
class Goal:
    """A bound on Weir's figure divided by the peer's, or, if `absolute`, on Weir's figure itself.

    Without a bound it is no goal: the figure is shown for what it tells.
    """

    figure: str
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    absolute: bool = False

    def met(self, value):
        if self.at_least is not None:
            return value >= self.at_least
        return value <= self.at_most if self.at_most is not None else None

    def __str__(self):
        if self.at_least is None and self.at_most is None:
            return ""
        bound = f">= {self.at_least:g}" if self.at_least is not None else f"<= {self.at_most:g}"
        return f"{bound} {self.unit}" if self.absolute else bound


@dataclasses.dataclass(frozen=True)
class Work:
    name: str
    about: str
    goals: tuple[Goal, ...]
    path: str
    connections: int
    worker_script: str | None = None
    # What Weir is compared with, if not with what the run is for.
    peer: str | None = None

    # Whether the two servers may be up at once. Idle they cost the other one no CPU, but memory is shared between them.
    together = True

    def site(self, directory):
        raise NotImplementedError

    def measure(self, server, seconds):
        """One round on one side: {figure: value}."""
        raise NotImplementedError

    def warm_up(self, server):
        load.wrk(server.url + self.path, self.connections, seconds=1)

    def keep_busy(self, server, seconds):
        """What the clients saw, and the processor time the server spent on one request."""
        before = processes.cpu_seconds(processes.tree(server.pids))
        figures = load.wrk(server.url + self.path, self.connections, seconds)
        spent = processes.cpu_seconds(processes.tree(server.pids)) - before
        return figures | {"cpu_us": spent * 1e6 / max(1, figures["requests"])}


class PHPWork(Work):
    """Pages from a script of ours."""

    workers = 16

    def site(self, directory):
        return Site(HERE / "sites/php", self.path.lstrip("/"), self.workers, self.worker_script)

    def measure(self, server, seconds):
        return self.keep_busy(server, seconds)


class SleepingWork(PHPWork):
    workers = 32


class SymfonyWork(PHPWork):
    """The Symfony application of the tests, built on Debian's packages."""

    application = "symfony"

    def site(self, directory):
        return Site(prepared(self.application, directory) / "public", "index.php", self.workers, self.worker_script)


class LaravelWork(SymfonyWork):
    application = "laravel"


class FileWork(Work):
    """One static file, without any application behind it."""

    size = 1024

    def site(self, directory):
        root = directory / f"files-{self.size}"
        root.mkdir(exist_ok=True)
        (root / self.path.lstrip("/")).write_bytes((b"0123456789abcde\n" * (self.size // 16))[: self.size])
        return Site(root)

    def measure(self, server, seconds):
        return self.keep_busy(server, seconds)


class LargeFileWork(FileWork):
    size = 10 * 1024 * 1024


class MemoryWork(SymfonyWork):
    """What a server with all its workers warm takes of the machine."""

    together = False

    def measure(self, server, seconds):
        load.wrk(server.url + self.path, self.connections, seconds)
        tree = processes.tree(server.pids)
        return {"pss_mib": processes.pss(tree) / 2**20, "processes": len(tree), "failed": 0}


class IdleWork(FileWork):
    """What an open connection takes that has been used once and may be used again."""

    together = False

    def warm_up(self, server):
        load.wrk(server.url + self.path, 64, seconds=1)

    def measure(self, server, seconds):
        before = processes.pss(processes.tree(server.pids))
        with load.idle_connections(server.address, self.path, self.connections) as idle:
            after = processes.pss(processes.tree(server.pids))
            lost = idle.lost()
        return {
            "kib_each": (after - before) / 1024 / self.connections,
            "server_mib": after / 2**20,
            "lost": lost,
            "failed": lost,
        }


def prepared(name, directory):
    application = directory / name
    if not application.exists():
        prepare = HERE.parent / "Tests/Applications" / name / "prepare.sh"
        subprocess.run([prepare, application], check=True, timeout=120)
    return application


def ratio(figure, at_least=None, at_most=None):
    return Goal(figure, "", at_least, at_most)


# Processor time hardly depends on what else the machine does: where the ratios above it scatter, this one tells.
CPU = Goal("cpu_us", "")


WORKS = (
    PHPWork("hello", "hello.php, 64 connections, 16 workers", path="/hello.php", connections=64,
            goals=(ratio("requests_s", at_least=2.5), ratio("p99_ms", at_most=0.7), CPU)),
    SymfonyWork("symfony", "a Symfony page, 64 connections, 16 workers", path="/", connections=64,
                goals=(ratio("requests_s", at_least=1.1), ratio("p99_ms", at_most=1.0), CPU)),
    SleepingWork("sleep", "a page that sleeps 20 ms, 200 connections, 32 workers", path="/sleep.php", connections=200,
                 goals=(ratio("requests_s", at_least=1.0), ratio("p99_ms", at_most=1.0), CPU)),
    PHPWork("hello-worker", "hello.php in worker mode, against classic mode, 64 connections, 16 workers", path="/hello.php",
            connections=64, worker_script=str(HERE / "sites/php/hello-worker.php"), peer="weir-classic",
            goals=(ratio("requests_s", at_least=1.5), ratio("p99_ms"), CPU)),
    SymfonyWork("symfony-worker", "the Symfony page in worker mode, 64 connections, 16 workers", path="/",
                connections=64, worker_script="symfony",
                goals=(ratio("requests_s", at_least=7.0), ratio("p99_ms", at_most=0.25), CPU)),
    LaravelWork("laravel-worker", "a Laravel page in worker mode, 64 connections, 16 workers", path="/api/home",
                connections=64, worker_script="laravel",
                goals=(ratio("requests_s", at_least=5.0), ratio("p99_ms", at_most=0.25), CPU)),
    FileWork("small-file", "a static file of 1 KiB, 64 connections", path="/file.txt", connections=64,
             goals=(ratio("requests_s", at_least=1.0), CPU)),
    LargeFileWork("large-file", "a static file of 10 MiB, 16 connections", path="/file.bin", connections=16,
                  goals=(ratio("mib_s", at_least=1.0), CPU)),
    MemoryWork("memory", "16 warm Symfony workers and the server (PSS)", path="/", connections=64,
               goals=(ratio("pss_mib", at_most=0.8),)),
    MemoryWork("memory-worker", "16 warm Symfony workers in worker mode and the server (PSS)", path="/", connections=64,
               worker_script="symfony", goals=(ratio("pss_mib", at_most=0.58),)),
    IdleWork("idle", "10,000 idle keep-alive connections", path="/file.txt", connections=10_000,
             goals=(Goal("kib_each", "KiB each", at_most=8, absolute=True),)),
)
