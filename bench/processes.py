"""What a server takes of the machine: memory as PSS, in which a shared page counts once, and processor time."""

import os
import pathlib

PROC = pathlib.Path("/proc")


def tree(roots):
    """The processes of these ids and all their descendants."""
    children = {}
    for directory in PROC.iterdir():
        if directory.name.isdigit():
            parent = _parent(directory)
            if parent is not None:
                children.setdefault(parent, []).append(int(directory.name))
    found, todo = [], list(roots)
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children.get(pid, [])
    return found


def with_argument(argument):
    """The processes that were started with this argument, the oldest first."""
    found = []
    for directory in PROC.iterdir():
        if directory.name.isdigit():
            try:
                arguments = (directory / "cmdline").read_bytes().split(b"\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if argument.encode() in arguments and _stat(directory):
                found.append(int(directory.name))
    return sorted(found, key=lambda pid: int(start_time(pid) or 0))


def pss(pids):
    """Bytes. A process that ends meanwhile counts nothing."""
    total = 0
    for pid in pids:
        try:
            for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        except (FileNotFoundError, ProcessLookupError):
            pass
    return total


def cpu_seconds(pids):
    """Time these processes have spent on a processor, with that of their children that have ended."""
    ticks = 0
    for pid in pids:
        fields = _stat(PROC / str(pid))
        ticks += sum(int(field) for field in fields[11:15]) if fields else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def start_time(pid):
    """With the id, it names a process beyond doubt: ids are used again."""
    fields = _stat(PROC / str(pid))
    return fields[19] if fields else None


def _parent(directory):
    fields = _stat(directory)
    return int(fields[1]) if fields else None


def _stat(directory):
    """The fields of /proc/PID/stat from the third on: the second, the name, may hold anything."""
    try:
        fields = (directory / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields
