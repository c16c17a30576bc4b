"""weir-load, our load generator: requests at their own times, whatever becomes of those before them."""

import json
import os
import pathlib
import subprocess

from load import LoadError

BUILDS = pathlib.Path(__file__).resolve().parent.parent / ".build"


class Load:
    """A run under way."""

    def __init__(self, process, seconds):
        self._process, self._seconds = process, seconds

    def is_running(self):
        return self._process.poll() is None

    def finish(self):
        """What `weir-load` reports."""
        try:
            output, errors = self._process.communicate(timeout=self._seconds + 60)
        except subprocess.TimeoutExpired:
            self.abandon()
            raise LoadError("weir-load did not end") from None
        if self._process.returncode != 0:
            raise LoadError(f"weir-load failed: {errors}")
        return json.loads(output)

    def abandon(self):
        self._process.kill()
        self._process.wait()


def start(url, steps, *, closed=False, paths=("/",), patience=5, keep_alive=False, connections=10_000, seed=1, cores=None):
    """`steps`: (requests a second, seconds) each, or with `closed` (requests under way, seconds).

    `paths`: each "/path" or "weight:/path". `cores`: where the generator is to run.
    """
    (first, duration), *further = steps
    command = [binary(), url, "--workers" if closed else "--rate", f"{first:g}", "--duration", f"{duration:g}s",
               "--patience", f"{patience:g}s", "--connections", str(connections), "--seed", str(seed)]
    for path in paths:
        command += ["--path", path]
    for amount, seconds in further:
        command += ["--then", f"{amount:g}:{seconds:g}s"]
    if keep_alive:
        command.append("--keep-alive")
    if cores:
        # Another machine's client would not have to be woken by the server's core.
        command.append("--poll")
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, preexec_fn=on_cores(cores))
    return Load(process, patience + sum(seconds for _, seconds in steps))


def run(url, steps, **options):
    return start(url, steps, **options).finish()


def binary():
    named = os.environ.get("WEIR_LOAD")
    built = [BUILDS / kind / "weir-load" for kind in ("release", "debug")]
    found = named or next((str(file) for file in built if file.exists()), None)
    if not found:
        raise LoadError("weir-load is not built: swift build -c release --product weir-load")
    return found


def shed(figures):
    return figures["answered"].get("503", 0)


def server_errors(figures):
    """Answers of 500 and above."""
    return sum(count for status, count in figures["answered"].items() if int(status) >= 500)


def failures(figures):
    """{how: count} of requests that were not answered as they should have been."""
    wrong = {f"status {status}": count for status, count in figures["answered"].items() if int(status) >= 400}
    lost = {how: figures[how] for how in ("refused", "not_connected", "reset", "cut", "malformed", "gave_up")}
    return {how: count for how, count in (wrong | lost).items() if count}


def p99(figures):
    """Milliseconds, of good answers; nothing if there were none."""
    return figures.get("good_ms", {}).get("p99")


def on_cores(cores):
    return (lambda: os.sched_setaffinity(0, cores)) if cores else None


def split_cores():
    """(cores of the server, cores of the load): apart, so that offering more load takes nothing from the server."""
    cores = sorted(os.sched_getaffinity(0))
    return (cores[:-1], cores[-1:]) if len(cores) > 1 else (None, None)
