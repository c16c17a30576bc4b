#!/usr/bin/env python3
"""Whether a pool that sizes itself does as well as the best size a search finds, within the memory it has.

In a control group of each size: fixed pools of different sizes under a saturating load, the best of them again, then
`manager: auto` with `max_workers: auto` for some minutes, with the best fixed size right before and after it. The page
is Symfony's; the load runs outside of the group. Takes about 10 minutes a control group.
"""

import argparse
import dataclasses
import statistics
import threading
import time

import container
import generator
import proofs
import works
from load import LoadError
from servers import ServerError, Weir, serving

CLIENTS = 64
THROUGHPUT_AT_LEAST = 0.95
# A worker takes this much at the very least: larger fixed pools are not tried.
LEAST_MEMORY_OF_WORKER = 12 * 2**20
SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48)
GROUPS = ("512M:0.5", "1G:1", "2G:2")


@dataclasses.dataclass(frozen=True)
class Group:
    text: str
    memory: int
    cpus: float

    @classmethod
    def parse(cls, text):
        memory, _, cpus = text.partition(":")
        try:
            return cls(text, container.size(memory), float(cpus))
        except ValueError:
            raise argparse.ArgumentTypeError(f"'{text}' is no group: 512M:0.5") from None


@dataclasses.dataclass(frozen=True)
class Pace:
    sizes: tuple
    seconds: float
    settle: float
    auto: float
    # Of the automatic pool's time, what is not counted: it is still looking for its size.
    unsteady: float
    accepts: float


SMOKE = Pace(sizes=(1, 4), seconds=2, settle=0.5, auto=8, unsteady=3, accepts=0.6)


def run(proof):
    options = proof.options
    seconds = options.minutes * 60
    pace = SMOKE if options.smoke else Pace(SIZES, options.seconds, 3, seconds, seconds / 5, THROUGHPUT_AT_LEAST)
    groups = options.group or [Group.parse(text) for text in (GROUPS[:1] if options.smoke else GROUPS)]
    site = works.SymfonyWork("", "", (), "/", 0).site(proof.directory)
    proof.figures["groups"] = {}
    for group in groups:
        proof.say(f"{group.text}: memory {group.memory / 2**20:.0f} MiB, {group.cpus:g} cores, {CLIENTS} clients")
        proof.figures["groups"][group.text] = compare(proof, group, site, pace)


def compare(proof, group, site, pace):
    measured = {}
    for size in pace.sizes:
        if size == 1 or size * LEAST_MEMORY_OF_WORKER < group.memory:
            measure_fixed(proof, group, site, pace, size, measured)
    if not measured:
        raise LoadError(f"no fixed size worked in {group.text}")
    # What looked best once may have been lucky: the best three are measured until each has three figures.
    for _ in range(0 if proof.options.smoke else 2):
        for size in sorted(measured, key=lambda size: -statistics.median(measured[size]))[:3]:
            measure_fixed(proof, group, site, pace, size, measured)
    best = max(measured, key=lambda size: statistics.median(measured[size]))
    # A machine is faster in one minute than in another: what counts is the best size right before and after.
    around = {}
    longer = dataclasses.replace(pace, seconds=3 * pace.seconds)
    measure_fixed(proof, group, site, longer, best, around)
    auto = measure_auto(proof, group, site, pace)
    measure_fixed(proof, group, site, longer, best, around)
    fixed = statistics.mean(around.get(best) or measured[best])
    ratio = auto["throughput"] / fixed
    mib = 2**20
    readings = auto["readings"]
    proof.check(f"{group.text}: throughput", f"auto {auto['throughput']:.1f}/s, best fixed size {best} around it: {fixed:.1f}/s; "
                f"{ratio:.1%} (at least {pace.accepts:.0%})", ratio >= pace.accepts)
    proof.check(f"{group.text}: killed for memory", f"{readings['oom_kills']}", readings["oom_kills"] == 0)
    proof.check(f"{group.text}: memory", f"at most {readings['most_working_set'] / mib:.0f} MiB of "
                f"{group.memory / mib:.0f} without files that can be dropped, with them "
                f"{readings['most_usage'] / mib:.0f}", readings["most_working_set"] < group.memory)
    proof.check(f"{group.text}: failed requests", str(auto["failed"] or "none"), not auto["failed"])
    return {"fixed": measured, "best": best, "around": around.get(best), "auto": auto, "ratio": ratio}


def measure_fixed(proof, group, site, pace, size, measured):
    pool = {"manager": "static", "max_workers": size}
    with container.Container(group.memory, group.cpus) as box:
        try:
            with served(proof, site, box, pool) as server:
                report = generator.run(server.url, [(CLIENTS, pace.settle), (CLIENTS, pace.seconds)], closed=True,
                                       patience=60, keep_alive=True)
        except ServerError as trouble:
            proof.say(f"  fixed {size:>3}: {str(trouble).splitlines()[0]}")
            return
        readings = box.readings()
    throughput = report["phases"][1]["all"]["goodput"]
    failed = generator.failures(report["all"])
    proof.say(f"  fixed {size:>3}: {throughput:7.1f}/s, at most {readings['most_working_set'] / 2**20:5.0f} MiB"
              + (f", {readings['oom_kills']} killed" if readings["oom_kills"] else "")
              + (f", failed: {failed}" if failed else ""))
    if not readings["oom_kills"] and not failed:
        measured.setdefault(size, []).append(throughput)


def measure_auto(proof, group, site, pace):
    pool = {"manager": "auto", "max_workers": "auto"}
    with container.Container(group.memory, group.cpus) as box, served(proof, site, box, pool) as server:
        chosen = SizeWatcher(proof, server, box)
        chosen.start()
        report = generator.run(server.url, [(CLIENTS, pace.unsteady), (CLIENTS, pace.auto - pace.unsteady)],
                               closed=True, patience=60, keep_alive=True)
        chosen.is_done.set()
        chosen.join()
        readings = box.readings()
    return {
        "throughput": report["phases"][1]["all"]["goodput"], "readings": readings, "sizes": chosen.samples,
        "failed": generator.failures(report["all"]), "series": report["series"],
    }


def served(proof, site, box, pool):
    home = proof.directory / f"weir-{time.monotonic_ns()}"
    # Patience of the queue is no subject here: every request of a closed loop is to be answered.
    settings = proof.settings(apps={"bench": {"pool": pool, "queue": {"timeout": "60s"}}})
    return serving(Weir, dataclasses.replace(site, workers=1), home, "/", settings, box.join)


class SizeWatcher(threading.Thread):
    """Reads what the pool says about its size, every 2 s, and prints it when it changes."""

    def __init__(self, proof, server, box):
        super().__init__(daemon=True)
        self._proof, self._server, self._box = proof, server, box
        self.samples, self.is_done = [], threading.Event()

    def run(self):
        begin, last = time.monotonic(), None
        while not self.is_done.wait(2):
            try:
                pool = self._server.status()["apps"][0]["pool"]
            except (OSError, ValueError, KeyError) as trouble:
                self.samples.append({"second": time.monotonic() - begin, "error": str(trouble)})
                continue
            # All numbers of the pool, so that a new one is not missed.
            sample = {key: value for key, value in pool.items() if isinstance(value, (int, float, bool))}
            sample |= {"second": round(time.monotonic() - begin, 1), "workers": len(pool.get("workers", ())),
                       "working_set": self._box.readings()["working_set"]}
            self.samples.append(sample)
            if (sample.get("target"), sample["workers"]) != last:
                last = (sample.get("target"), sample["workers"])
                self._proof.say(f"  auto {sample['second']:5.0f} s: target {last[0]}, {last[1]} workers, "
                                f"{sample['working_set'] / 2**20:.0f} MiB")


def options(parser):
    parser.add_argument("--group", action="append", type=Group.parse, metavar="MEMORY:CPUS",
                        help=f"a control group; may be repeated ({', '.join(GROUPS)})")
    parser.add_argument("--minutes", type=float, default=5, help="of the automatic pool (5)")
    parser.add_argument("--seconds", type=float, default=10, help="of each fixed size (10)")


if __name__ == "__main__":
    proofs.main("sizing", __doc__, run, options)
