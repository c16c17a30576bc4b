#!/usr/bin/env python3
"""Whether the server's memory stays where it is: a million requests, half for a file and half for a script, and what
every process of it has resident at each hundred thousand.

    soak.py [REQUESTS]
"""

import os
import pathlib
import shutil
import sys
import tempfile

import load
import processes
import servers
import works

STEP = 100_000
CONNECTIONS = 32


def resident(pid):
    """(bytes, name) of a process; nothing of one that is gone."""
    try:
        status = (processes.PROC / str(pid) / "status").read_text()
    except FileNotFoundError:
        return 0, ""
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return int(fields.get("VmRSS", "0 kB").split()[0]) * 1024, fields["Name"].strip()


def measure(server):
    own = server.pids[0]
    tree = processes.tree(server.pids)
    zombies = sum((processes.PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z" for pid in tree)
    return {
        "server_mib": resident(own)[0] / 2**20,
        "descriptors": len(os.listdir(f"/proc/{own}/fd")),
        "processes": len(tree),
        "all_pss_mib": processes.pss(tree) / 2**20,
        "zombies": zombies,
    }


def show(done, failed, figures):
    print(f"{done:>10,} {failed:>7} {figures['server_mib']:>11.1f} {figures['all_pss_mib']:>11.1f} "
          f"{figures['descriptors']:>12} {figures['processes']:>10} {figures['zombies']:>8}", flush=True)


def soak(requests, directory):
    public = directory / "public"
    public.mkdir()
    (public / "index.php").write_text("<?php echo 'hello';\n")
    (public / "style.css").write_text("body { margin: 0 }\n" * 100)
    for path in (directory, public):
        path.chmod(0o755)
    server = servers.Weir(works.Site(root=public, entry="index.php", workers=4), directory / "weir")
    server.start()
    try:
        server.wait_until_ready("/")
        print(f"{'requests':>10} {'failed':>7} {'server MiB':>11} {'all PSS MiB':>11} {'descriptors':>12} "
              f"{'processes':>10} {'zombies':>8}")
        done = failed = steps = 0
        show(done, failed, measure(server))
        while done < requests:
            for path in ("/style.css", "/"):
                result = load.wrk(server.url + path, CONNECTIONS, 1)
                done, failed = done + int(result["requests"]), failed + int(result["failed"])
            if done // STEP > steps:
                steps = done // STEP
                show(done, failed, measure(server))
    finally:
        server.stop()
    if failed:
        sys.exit(f"{failed} requests failed")


def main():
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    directory = pathlib.Path(tempfile.mkdtemp(prefix="weir-soak."))
    directory.chmod(0o755)
    try:
        soak(requests, directory)
    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    main()
