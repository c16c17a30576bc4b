#!/usr/bin/env python3
"""Runs a command in a control group of its own with less memory and processor time than the machine has.

    container.py --memory 512M --cpus 0.5 -- .build/release/weir serve examples/guestbook

Prints once a second what the group uses, and at the end what became of its limits. Takes root, and control groups of
version 1 (memory, cpu) or 2.
"""

import argparse
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

PERIOD_US = 100_000


class ContainerError(Exception):
    pass


class Container:
    """A control group. `with` makes it, and ends what is left in it; `join` is called by a process that is to be in it."""

    def __init__(self, memory, cpus):
        self.memory, self.cpus = memory, cpus
        self._groups = _Version2(memory, cpus) if _Version2.is_usable() else _Version1(memory, cpus)
        self._most = 0
        self._is_done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        try:
            self._groups.make()
        except OSError as error:
            self._groups.remove()
            raise ContainerError(f"no control group could be made: {error}. It takes root.") from None
        self._watcher.start()
        return self

    def __exit__(self, *_):
        self._is_done.set()
        self._watcher.join()
        deadline = time.monotonic() + 10
        while (pids := self._groups.pids()) and time.monotonic() < deadline:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        self._groups.remove()

    def join(self):
        for directory in self._groups.directories:
            (directory / "cgroup.procs").write_text("0")

    def readings(self):
        """Bytes, counts and seconds. `working_set` is what is used without files that the kernel could drop."""
        readings = self._groups.readings()
        self._most = max(self._most, readings["working_set"])
        return readings | {"most_working_set": self._most}

    def _watch(self):
        while not self._is_done.wait(0.1):
            self.readings()


class _Version1:
    """A hierarchy a controller; the group is made below our own one, wherever that is."""

    def __init__(self, memory, cpus):
        self._limits = {
            "memory": {"memory.limit_in_bytes": memory},
            "cpu": {"cpu.cfs_period_us": PERIOD_US, "cpu.cfs_quota_us": int(cpus * PERIOD_US)},
            "cpuacct": {},
        }
        self._of = {name: _mounted("cgroup", name) / _own_group(name) / _name() for name in self._limits}
        self.directories = list(dict.fromkeys(self._of.values()))

    def make(self):
        for directory in self.directories:
            directory.mkdir()
        for controller, limits in self._limits.items():
            for file, value in limits.items():
                (self._of[controller] / file).write_text(str(value))

    def remove(self):
        _remove(self.directories)

    def pids(self):
        return _pids(self.directories)

    def readings(self):
        memory = self._of["memory"]
        usage = _number(memory / "memory.usage_in_bytes")
        return {
            "usage": usage,
            "working_set": max(0, usage - _fields(memory / "memory.stat")["total_inactive_file"]),
            "most_usage": _number(memory / "memory.max_usage_in_bytes"),
            "limit_hits": _number(memory / "memory.failcnt"),
            "oom_kills": _fields(memory / "memory.oom_control").get("oom_kill", 0),
            "cpu_seconds": _number(self._of["cpuacct"] / "cpuacct.usage") / 1e9,
            "throttled_seconds": _fields(self._of["cpu"] / "cpu.stat")["throttled_time"] / 1e9,
        }


class _Version2:
    """One hierarchy. Beside our own group, since a group with processes in it has none below with controllers."""

    def __init__(self, memory, cpus):
        root = _mounted("cgroup2")
        self._directory = (root / _own_group("")).parent / _name() if _own_group("") else root / _name()
        self._limits = {
            "memory.max": memory, "memory.swap.max": 0, "cpu.max": f"{int(cpus * PERIOD_US)} {PERIOD_US}",
        }
        self.directories = [self._directory]

    @staticmethod
    def is_usable():
        try:
            controllers = (_mounted("cgroup2") / "cgroup.controllers").read_text().split()
        except ContainerError:
            return False
        return {"memory", "cpu"} <= set(controllers)

    def make(self):
        (self._directory.parent / "cgroup.subtree_control").write_text("+memory +cpu")
        self._directory.mkdir()
        for file, value in self._limits.items():
            # Without swap in the kernel there is nothing to forbid.
            if file != "memory.swap.max" or (self._directory / file).exists():
                (self._directory / file).write_text(str(value))

    def remove(self):
        _remove(self.directories)

    def pids(self):
        return _pids(self.directories)

    def readings(self):
        usage = _number(self._directory / "memory.current")
        events, cpu = _fields(self._directory / "memory.events"), _fields(self._directory / "cpu.stat")
        most = self._directory / "memory.peak"
        return {
            "usage": usage,
            "working_set": max(0, usage - _fields(self._directory / "memory.stat")["inactive_file"]),
            "most_usage": _number(most) if most.exists() else usage,
            "limit_hits": events["max"], "oom_kills": events["oom_kill"],
            "cpu_seconds": cpu["usage_usec"] / 1e6, "throttled_seconds": cpu.get("throttled_usec", 0) / 1e6,
        }


def _name():
    return f"weir-bench-{os.getpid()}-{time.monotonic_ns()}"


def _mounted(kind, controller=""):
    for line in pathlib.Path("/proc/self/mounts").read_text().splitlines():
        _, place, type_, options, *_ = line.split()
        if type_ == kind and (not controller or controller in options.split(",")):
            return pathlib.Path(place)
    raise ContainerError(f"no {kind} file system with {controller or 'anything'} is mounted")


def _own_group(controller):
    for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return path.strip("/")
    return ""


def _remove(directories):
    for directory in directories:
        for _ in range(100):
            try:
                directory.rmdir()
            except FileNotFoundError:
                pass
            except OSError:
                # Its last process is still on its way out.
                time.sleep(0.05)
                continue
            break


def _pids(directories):
    found = set()
    for directory in directories:
        with contextlib.suppress(FileNotFoundError):
            found |= {int(pid) for pid in (directory / "cgroup.procs").read_text().split()}
    return found


def _number(file):
    return int(file.read_text())


def _fields(file):
    return {name: int(value) for name, value in (line.split() for line in file.read_text().splitlines())}


def size(text):
    """Bytes: 512M, 2G, or a bare number of them."""
    factor = {"K": 2**10, "M": 2**20, "G": 2**30}.get(text[-1:].upper(), 1)
    try:
        return int(float(text[:-1] if factor > 1 else text) * factor)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no size: 512M, 2G") from None


def describe(readings):
    mib = 2**20
    return (f"memory {readings['usage'] / mib:.0f} MiB, without files {readings['working_set'] / mib:.0f} (at most "
            f"{readings['most_working_set'] / mib:.0f}), limit met {readings['limit_hits']} times, "
            f"{readings['oom_kills']} killed for it; processor {readings['cpu_seconds']:.1f} s, "
            f"held back {readings['throttled_seconds']:.1f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memory", type=size, required=True, help="512M, 2G")
    parser.add_argument("--cpus", type=float, required=True, help="0.5, 2")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    options = parser.parse_args()
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        parser.error("what is to be run?")
    try:
        with Container(options.memory, options.cpus) as container:
            process = subprocess.Popen(command, preexec_fn=container.join)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda number, _: process.send_signal(number))
            while process.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=1)
                print(describe(container.readings()), file=sys.stderr, flush=True)
    except (ContainerError, FileNotFoundError) as trouble:
        sys.exit(str(trouble))
    sys.exit(process.returncode if process.returncode >= 0 else 128 - process.returncode)


if __name__ == "__main__":
    main()
