"""What the proofs have in common: their options, a directory to work in, figures, and what has passed."""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

import bench
import processes
from load import LoadError
from servers import ServerError, Weir, merged

RESULTS = pathlib.Path(__file__).resolve().parent / "results"


class Proof:
    """One run: says what it finds as it finds it, writes everything down, and ends with 1 if something failed."""

    def __init__(self, name, options, directory):
        self.name, self.options, self.directory = name, options, directory
        self.figures = {"machine": bench.machine(), "weir": Weir.version(), "checks": []}

    def say(self, text=""):
        print(text, flush=True)

    def check(self, what, found, met):
        """`found`: the figure and its bound, in words."""
        self.figures["checks"].append({"what": what, "found": found, "met": bool(met)})
        self.say(f"{'PASS' if met else 'FAIL'}  {what}: {found}")

    def settings(self, **top):
        """Weir's configuration for this run; `--set` goes before it."""
        changes = {}
        for assignment in self.options.set:
            path, _, text = assignment.partition("=")
            value = _value(text)
            for key in reversed(path.split(".")):
                value = {key: value}
            changes = merged(changes, value)
        return merged(top, changes)

    def write(self):
        RESULTS.mkdir(exist_ok=True)
        stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        text = json.dumps(self.figures, indent=2) + "\n"
        file = RESULTS / f"{self.name}-{stamp}.json"
        file.write_text(text)
        (RESULTS / f"{self.name}-latest.json").write_text(text)
        self.say(f"Written to {os.path.relpath(file)}")


def main(name, description, run, options=None):
    """Calls `run(proof)`. `options` adds to the parser what this proof has of its own."""
    parser = argparse.ArgumentParser(prog=f"{name}.py", description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="WEIR and WEIR_LOAD are the programs, .build/release/ without them.")
    parser.add_argument("--smoke", action="store_true", help="a few seconds of it, to see that it works")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE",
                        help="set a key of Weir's configuration: apps.bench.pool.manager=static; =null leaves it out")
    parser.add_argument("--keep", action="store_true", help="leave configurations and logs where they are")
    if options:
        options(parser)
    chosen = parser.parse_args()
    if not shutil.which(Weir.binary()):
        sys.exit(f"{Weir.binary()} is no program. Build Weir (make build), or set WEIR.")
    # A run that is told to end takes its servers along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    directory = pathlib.Path(tempfile.mkdtemp(prefix=f"weir-{name}."))
    directory.chmod(0o755)
    proof = Proof(name, chosen, directory)
    try:
        run(proof)
    except (ServerError, LoadError) as trouble:
        proof.check("the run", str(trouble), False)
    finally:
        if chosen.keep:
            proof.say(f"Configurations and logs are in {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)
    proof.write()
    sys.exit(0 if all(check["met"] for check in proof.figures["checks"]) else 1)


def wait_until_idle(server, seconds=30):
    """Until the server has nothing left to do, such as what clients asked for who have given up since."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        before = processes.cpu_seconds(processes.tree(server.pids))
        time.sleep(0.5)
        if processes.cpu_seconds(processes.tree(server.pids)) - before < 0.03:
            return


@contextlib.contextmanager
def cpu_of(server):
    """Yields a dictionary that has the server's processor `seconds` afterwards."""
    spent = {}
    before = processes.cpu_seconds(processes.tree(server.pids))
    yield spent
    spent["seconds"] = processes.cpu_seconds(processes.tree(server.pids)) - before


@contextlib.contextmanager
def use_of(cores):
    """Yields a dictionary that has which share of these cores was `idle`, and `stolen` by the host, afterwards."""
    use = {}
    before = _core_ticks(cores)
    yield use
    spent = {name: after - before[name] for name, after in _core_ticks(cores).items()}
    total = max(1, sum(spent.values()))
    use["idle"], use["stolen"] = (spent["idle"] + spent["iowait"]) / total, spent["steal"] / total


def _core_ticks(cores):
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    wanted = ["cpu"] if cores is None else [f"cpu{core}" for core in cores]
    with open("/proc/stat") as file:
        rows = [line.split() for line in file]
    rows = [[int(value) for value in row[1:9]] for row in rows if row and row[0] in wanted]
    return dict(zip(names, map(sum, zip(*rows))))


def access_log(server, offset=0):
    """Weir's own view of the requests that ended since its log had `offset` bytes."""
    with open(server.directory / "weir.log", errors="replace") as log:
        log.seek(offset)
        for line in log:
            if line.startswith("{"):
                with contextlib.suppress(ValueError):
                    yield json.loads(line)


def log_size(server):
    return (server.directory / "weir.log").stat().st_size


def percentile(values, share):
    """Nothing of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def _value(text):
    try:
        return json.loads(text)
    except ValueError:
        return text
