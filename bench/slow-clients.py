#!/usr/bin/env python3
"""Clients that are slow on purpose, a thousand at a time: slow heads, slow bodies, slow readers; and beside them ordinary
clients, who are to notice nothing. Wants slowhttptest (Debian package).

    slow-clients.py [SECONDS]
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import processes
import servers
import works

CONNECTIONS = 1_000
PAGES = ("/", "/style.css")
KINDS = {
    "slow heads": ["-H", "-i", "3", "-x", "24"],
    "slow bodies": ["-B", "-i", "3", "-s", "8192", "-x", "20"],
    "slow readers": ["-X", "-w", "64", "-y", "256", "-n", "2", "-z", "32", "-k", "1"],
}


class Visitor(threading.Thread):
    """Asks for one page after the other, and keeps how long each took and what went wrong."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url, self.times, self.errors, self.is_done = url, [], [], threading.Event()

    def run(self):
        while not self.is_done.wait(0.02):
            start = time.monotonic()
            try:
                with urllib.request.urlopen(self.url + PAGES[len(self.times) % 2], timeout=10) as answer:
                    answer.read()
                self.times.append(time.monotonic() - start)
            except OSError as error:
                self.errors.append(str(error))


def attack(server, options, seconds, path):
    visitors = [Visitor(server.url) for _ in range(4)]
    for visitor in visitors:
        visitor.start()
    command = ["slowhttptest", *options, "-c", str(CONNECTIONS), "-r", "500", "-l", str(seconds), "-p", "5",
               "-u", server.url + path]
    run = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    memory = re.search(r"VmRSS:\s+(\d+)", (processes.PROC / str(server.pids[0]) / "status").read_text())
    if not memory:
        sys.exit(f"the server has ended:\n{server.logs()}")
    for visitor in visitors:
        visitor.is_done.set()
        visitor.join()
    times = sorted(one for visitor in visitors for one in visitor.times)
    report = re.sub(r"\x1b\[[0-9;]*m", "", run.stdout)
    last = {name: int(value) for name, value in re.findall(r"^(initializing|pending|connected|error|closed):\s+(\d+)",
                                                           report, re.MULTILINE)}
    return {
        "requests": len(times),
        "errors": [error for visitor in visitors for error in visitor.errors],
        "p50_ms": times[len(times) // 2] * 1000,
        "p99_ms": times[len(times) * 99 // 100] * 1000,
        "max_ms": times[-1] * 1000,
        "rss_mib": int(memory[1]) / 1024,
        "slow": last,
    }


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    directory = pathlib.Path(tempfile.mkdtemp(prefix="weir-slow."))
    public = directory / "public"
    public.mkdir()
    (public / "index.php").write_text("<?php echo 'hello';\n")
    (public / "style.css").write_text("body { margin: 0 }\n" * 100)
    (public / "large.bin").write_bytes(bytes(4 << 20))
    for path in (directory, public):
        path.chmod(0o755)
    server = servers.Weir(works.Site(root=public, entry="index.php", workers=4), directory / "weir")
    failed = False
    server.start()
    try:
        server.wait_until_ready("/")
        for name, options in KINDS.items():
            figures = attack(server, options, seconds, "/large.bin" if name == "slow readers" else "/")
            failed = failed or bool(figures["errors"])
            print(f"{name}: {figures['requests']} requests of others, {len(figures['errors'])} failed, "
                  f"p50 {figures['p50_ms']:.1f} ms, p99 {figures['p99_ms']:.1f} ms, at most {figures['max_ms']:.1f} ms; "
                  f"server {figures['rss_mib']:.1f} MiB; at the end the slow ones were {figures['slow']}", flush=True)
            for error in figures["errors"][:5]:
                print("   ", error)
    finally:
        server.stop()
        shutil.rmtree(directory)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
