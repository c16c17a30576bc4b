#!/usr/bin/env python3
"""What may happen to a server that runs, under load: reloads, upgrades of its binary, and processes killed at random.
No request may fail.

    reload    200 reloads (SIGHUP) in 60 s
    upgrade   10 upgrades (SIGUSR2), one after the other, each until the old process has gone
    kill      every second SIGKILL for one process at random, but never the main one, for 60 s; with `retry: idempotent`

Two sets of clients ask for two pages at a steady rate: one set keeps its connections, the other opens one a request. A
kept connection that is closed before anything of an answer has come is tried once more, as browsers do; that is no
failure, and counted apart as `retried`. Takes 4 minutes.
"""

import collections
import contextlib
import dataclasses
import os
import random
import re
import signal
import time

import generator
import processes
import proofs
import works
from servers import Weir, serving

# Few enough for a process that is killed to be a busy one often.
WORKERS = 4
PATHS = ("1:/hello.php", "3:/sleep.php")
# Longer than a worker needs to come up again: nobody is to give up for that.
PATIENCE = 20


@dataclasses.dataclass(frozen=True)
class Pace:
    reloads: int
    reload_seconds: float
    upgrades: int
    # For all of them; the load lasts as long.
    upgrade_seconds: float
    kill_seconds: float
    # Of load alone, before and after.
    lead: float
    rate: float


SMOKE = Pace(reloads=7, reload_seconds=2, upgrades=1, upgrade_seconds=2, kill_seconds=3, lead=0.5, rate=40)


def run(proof):
    options = proof.options
    pace = SMOKE if options.smoke else Pace(200, 60, 10, 60, 60, 2, options.rate)
    names = options.what or list(DISTURBANCES)
    site = dataclasses.replace(works.PHPWork("", "", (), "/hello.php", 0).site(proof.directory), workers=WORKERS)
    settings = proof.settings(apps={"bench": {"retry": "idempotent"}})
    for name in names:
        home = proof.directory / name
        with serving(Weir, site, home, "/hello.php", settings) as server:
            proof.say(f"{name}:")
            disturbance = DISTURBANCES[name](proof, server, pace)
            reports = under_load(server, pace, disturbance)
            main = server.pids
            judge(proof, name, disturbance, reports, main)
            show_events(proof, server)


def under_load(server, pace, disturbance):
    """Load before, during and after; [report of those who keep connections, of those who do not]."""
    seconds = disturbance.seconds + 2 * pace.lead
    loads = [generator.start(server.url, [(pace.rate, seconds)], paths=PATHS, patience=PATIENCE, keep_alive=keeps, seed=seed)
             for seed, keeps in enumerate((True, False))]
    try:
        time.sleep(pace.lead)
        disturbance.run()
        return [load.finish() for load in loads]
    finally:
        for load in loads:
            if load.is_running():
                load.abandon()


def judge(proof, name, disturbance, reports, main):
    kinds = ("kept connections", "a connection a request")
    proof.figures[name] = {"done": disturbance.done, "clients": dict(zip(kinds, reports))}
    for kind, report in zip(kinds, reports):
        figures = report["all"]
        proof.say(f"  {kind}: {figures['due']} requests, {figures['good']} good, {figures['retried']} retried; "
                  f"p50 {figures.get('good_ms', {}).get('p50')} ms, p99 {generator.p99(figures)} ms, "
                  f"at most {figures.get('good_ms', {}).get('max')} ms")
        failed = generator.failures(figures)
        proof.check(f"{name}: failed requests, {kind}", str(failed or "none"), not failed)
    proof.check(f"{name}: done", disturbance.describe(), disturbance.is_complete())
    proof.check(f"{name}: the server runs, and once", f"main processes: {main}", len(main) == 1)


def show_events(proof, server):
    """Which events the server logged how often: what it made of all this."""
    counts = sorted(events(server).items())
    proof.say("  log: " + (", ".join(f"{event} {count}" for event, count in counts) or "nothing"))


def events(server):
    pattern = re.compile(r"^\S+ (?:info|notice|warning|error|critical) ([a-z]+\.[a-z_]+)")
    lines = (server.directory / "weir.log").read_text(errors="replace").splitlines()
    return collections.Counter(found[1] for found in map(pattern.match, lines) if found)


class Disturbance:
    def __init__(self, proof, server, pace):
        self.proof, self.server, self.pace = proof, server, pace
        self.done = []

    def signal(self, number):
        """To the main process; whether there is one."""
        pids = self.server.pids
        with contextlib.suppress(ProcessLookupError):
            if pids:
                os.kill(pids[-1], number)
                return True
        return False


class Reloads(Disturbance):
    @property
    def seconds(self):
        return self.pace.reload_seconds

    def run(self):
        begin = time.monotonic()
        for number in range(self.pace.reloads):
            time.sleep(max(0, begin + number * self.seconds / self.pace.reloads - time.monotonic()))
            if not self.signal(signal.SIGHUP):
                return
            self.done.append(round(time.monotonic() - begin, 3))

    def is_complete(self):
        return events(self.server)["reload.done"] >= self.pace.reloads

    def describe(self):
        return (f"{len(self.done)} signals sent, {events(self.server)['reload.done']} of {self.pace.reloads} reloads done "
                f"within {self.done[-1] if self.done else 0:.1f} s")


class Upgrades(Disturbance):
    longest = 15

    @property
    def seconds(self):
        return self.pace.upgrade_seconds

    def run(self):
        deadline = time.monotonic() + self.seconds
        while len(self.done) < self.pace.upgrades and time.monotonic() < deadline:
            old = self.server.pids
            begin = time.monotonic()
            if not self.signal(signal.SIGUSR2) or not self._has_taken_over(old):
                return
            self.done.append({"pid": self.server.pids[0], "seconds": round(time.monotonic() - begin, 2)})

    def _has_taken_over(self, old):
        deadline = time.monotonic() + self.longest
        while time.monotonic() < deadline:
            pids = self.server.pids
            if len(pids) == 1 and pids != old and self._answers(pids[0]):
                return True
            time.sleep(0.02)
        return False

    def _answers(self, pid):
        try:
            return self.server.status().get("pid", pid) == pid
        except (OSError, ValueError):
            return False

    def is_complete(self):
        return len(self.done) == self.pace.upgrades

    def describe(self):
        times = [one["seconds"] for one in self.done]
        return f"{len(times)} of {self.pace.upgrades} upgrades" + (f", the longest {max(times):.1f} s" if times else "")


class Kills(Disturbance):
    every = 1.0

    @property
    def seconds(self):
        return self.pace.kill_seconds

    def run(self):
        chance = random.Random(1)
        begin = time.monotonic()
        while time.monotonic() - begin < self.seconds:
            main = self.server.pids
            others = sorted(set(processes.tree(main)) - set(main))
            if others:
                pid = chance.choice(others)
                name = self._name(pid)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    self.done.append({"second": round(time.monotonic() - begin, 3), "pid": pid, "name": name})
            time.sleep(chance.uniform(0.5, 1.5) * self.every)

    @staticmethod
    def _name(pid):
        try:
            return (processes.PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except OSError:
            return ""

    def is_complete(self):
        return len(self.done) >= self.seconds / self.every / 2

    def describe(self):
        names = collections.Counter(one["name"] for one in self.done)
        return ", ".join(f"{count} x {name}" for name, count in names.items()) or "nobody was killed"


DISTURBANCES = {"reload": Reloads, "upgrade": Upgrades, "kill": Kills}


def options(parser):
    parser.add_argument("--what", action="append", choices=DISTURBANCES, help="only this; may be repeated")
    parser.add_argument("--rate", type=float, default=75, help="requests a second of each set of clients (75)")


if __name__ == "__main__":
    proofs.main("chaos", __doc__, run, options)
