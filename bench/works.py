"""The works: what is asked of both servers, what is measured, and what Weir is to reach."""

import dataclasses
import json
import os
import pathlib
import subprocess
import time
import urllib.request

import generator
import load
import processes

HERE = pathlib.Path(__file__).resolve().parent
APPLICATIONS = HERE.parent / "Tests/Applications"


@dataclasses.dataclass(frozen=True)
class Site:
    """What a server has to serve. Without workers it is files only."""

    root: pathlib.Path
    entry: str | None = None
    workers: int = 0
    # For Weir's worker mode: what its workers run once.
    worker_script: str | None = None
    # "php", "node" with an entry in the root, or "http": the entry is a program that listens on the socket it is given.
    runtime: str = "php"
    requests_at_once: int = 250
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    # PHP's settings where they differ from the usual ones, on both sides.
    ini: dict[str, str] = dataclasses.field(default_factory=dict)


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


class CompiledWork(SymfonyWork):
    """With PHP's tracing JIT on both sides."""

    def site(self, directory):
        return dataclasses.replace(
            super().site(directory), ini={"opcache.jit": "tracing", "opcache.jit_buffer_size": "16M"})

    def warm_up(self, server):
        # It compiles what has been hot for a while.
        load.wrk(server.url + self.path, self.connections, seconds=6)


class CompiledLaravelWork(CompiledWork):
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


class ExpressWork(Work):
    """The Express application of the tests."""

    workers = len(os.sched_getaffinity(0))

    def site(self, directory):
        return Site(APPLICATIONS / "node-express", "server.js", self.workers, runtime="node")

    def warm_up(self, server):
        # V8 goes on compiling what is hot for a while.
        load.wrk(server.url + self.path, self.connections, seconds=10)

    def measure(self, server, seconds):
        return self.keep_busy(server, seconds)


class ExpressBlockingWork(ExpressWork):
    """Some requests hold an event loop; the others come at their own times, and should not wait behind them.

    The waiting is no work: what the processes can do is bounded by it, whatever the machine.

    Of 2 % that take 200 ms themselves half lie beyond the p99 of all, which is 200 ms or more for anybody: with four processes
    about half of what the cluster has. What a server can do something about is `others_p99_ms`, and that has a least as well:
    all processes are blocked at times, and then everybody waits. For one queue that always knows who is blocked it is some
    130 ms with four processes, a third of what the cluster has.

    Requests come at other times in each round, and at the same ones for both sides.
    """

    workers = 4
    share, block_ms, load = 0.02, 200, 0.5

    def warm_up(self, server):
        self._run(server, 1, seed=0)

    def measure(self, server, seconds):
        server.rounds += 1
        report = self._run(server, seconds, seed=server.rounds)
        failures = generator.failures(report["all"])
        return {
            "requests": report["all"]["due"], "requests_s": report["all"]["goodput"], "failed": sum(failures.values()),
            "p99_ms": generator.p99(report["all"]), "others_p99_ms": generator.p99(report["paths"][self.path]),
            **failures,
        }

    def _run(self, server, seconds, seed):
        rate = self.load * self.workers / (self.share * self.block_ms / 1000)
        percent = round(self.share * 100)
        paths = [f"{100 - percent}:{self.path}", f"{percent}:/block?how=wait&ms={self.block_ms}"]
        return generator.run(server.url, [(rate, seconds)], paths=paths, patience=30, keep_alive=True, seed=seed)


class GoWork(Work):
    """The Go server of the tests: one process, which runs as many requests as come."""

    requests_at_once = 250

    def site(self, directory):
        program = directory / "go-server"
        if not program.exists():
            subprocess.run([APPLICATIONS / "go-server/build.sh", program], check=True, timeout=600)
        return Site(directory, str(program), 1, runtime="http", requests_at_once=self.requests_at_once,
                    environment=self.environment())

    @staticmethod
    def environment():
        return {}

    def measure(self, server, seconds):
        return self.keep_busy(server, seconds)


class ProxiedConnectionsWork(GoWork):
    """What the server between takes for clients who wait for their answer, and for the same ones afterwards.

    A few have theirs already: to have all of them wait takes more descriptors than machines allow one process as they come.
    """

    together = False
    answered = 500
    requests_at_once = 10_000

    @staticmethod
    def environment():
        # Where the application is told to let its requests go.
        return {"CONTROL": f"127.0.0.1:{load.free_port()}"}

    def warm_up(self, server):
        load.wrk(server.url + "/", 64, seconds=1)

    def measure(self, server, seconds):
        before = self._memory(server)
        count = self.connections - self.answered
        with load.idle_connections(server.address, self.path, self.answered), \
                load.WaitingConnections(server.address, "/hold") as waiting:
            # In groups: the backlog of the application's socket is not what is measured here.
            while len(waiting) < count:
                waiting.add(min(250, count - len(waiting)))
                self._until_held(server, len(waiting))
            during = self._memory(server)
            self._ask_application(server, "/release")
            failed = count - waiting.answered()
            after = self._memory(server)
        mib = 2**20
        return {
            "waiting_mib": during / mib, "answered_mib": after / mib, "before_mib": before / mib, "failed": failed,
            "kib_each": (during - before) / 1024 / self.connections,
        }

    @staticmethod
    def _memory(server):
        return processes.pss(server.own_pids)

    def _until_held(self, server, count):
        deadline = time.monotonic() + 60
        held = 0
        while time.monotonic() < deadline:
            held = self._ask_application(server, "/debug/vars")["held"]
            if held >= count:
                return
            time.sleep(0.02)
        raise load.LoadError(f"{held} of {count} requests have reached the application")

    @staticmethod
    def _ask_application(server, path):
        """Not by way of the server: it may be as busy as it is allowed to be."""
        with urllib.request.urlopen(f"http://{server.site.environment['CONTROL']}{path}", timeout=30) as answer:
            return json.loads(answer.read())


def prepared(name, directory):
    application = directory / name
    if not application.exists():
        prepare = APPLICATIONS / name / "prepare.sh"
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
    CompiledWork("symfony-jit", "the Symfony page in worker mode, PHP's JIT on both sides", path="/",
                 connections=64, worker_script="symfony",
                 goals=(ratio("requests_s", at_least=7.0), ratio("p99_ms", at_most=0.25), CPU)),
    CompiledLaravelWork("laravel-jit", "the Laravel page in worker mode, PHP's JIT on both sides", path="/api/home",
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
    ExpressWork("express", f"an Express page, 64 connections, {ExpressWork.workers} processes", path="/",
                connections=64, peer="node-cluster",
                goals=(ratio("requests_s", at_least=0.95), ratio("p99_ms"), CPU)),
    ExpressBlockingWork("express-blocking", "2 % of requests block their process for 200 ms, 500 requests/s, 4 processes",
                        path="/", connections=64, peer="node-cluster",
                        goals=(ratio("p99_ms", at_most=0.3), ratio("others_p99_ms", at_most=0.3), ratio("requests_s"))),
    GoWork("go-hello", "a Go server's hello, 64 connections", path="/", connections=64, peer="nginx-proxy",
           goals=(ratio("requests_s", at_least=1.1), ratio("p99_ms", at_most=1.0), CPU)),
    ProxiedConnectionsWork("proxied-connections", "10,000 clients who wait for an answer: memory without the application's",
                           path="/", connections=10_000, peer="nginx-proxy",
                           goals=(ratio("waiting_mib", at_most=1.5), ratio("answered_mib"))),
)
