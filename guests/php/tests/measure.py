"""Requests a second of one worker over its socket, classic mode and worker mode in turn. Not a test: times depend.

    python3 measure.py [rounds]
"""

import os
import struct
import sys
import time

from guest import BEGIN, END, PARAMS, STDIN, Guest, WorkerMode, encode_params, record, standard_params, stream

SECONDS = 1.5


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        user, system = stat.read().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def measure(worker):
    """(requests a second, microseconds of the worker's processor time a request)"""
    begin = record(BEGIN, 1, struct.pack(">HB5x", 1, 1))
    request = begin + stream(PARAMS, 1, encode_params(standard_params("hello.php"))) + record(STDIN, 1)

    def ask():
        worker.sock.sendall(request)
        answer = worker.sock.recv(65536)
        while answer[-15] != END:
            answer += worker.sock.recv(65536)

    for _ in range(300):
        ask()
    count, cpu, started = 0, cpu_seconds(worker.pid), time.perf_counter()
    while (took := time.perf_counter() - started) < SECONDS:
        for _ in range(50):
            ask()
        count += 50
    return count / took, (cpu_seconds(worker.pid) - cpu) / count * 1e6


def main():
    with Guest() as guest, WorkerMode("hello.php") as mode:
        classic, worker = guest.fork(), mode.fork()
        for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
            (slow, slow_cpu), (fast, fast_cpu) = measure(classic), measure(worker)
            print(
                f"classic {slow:.0f}/s, {slow_cpu:.1f} us processor; worker {fast:.0f}/s, {fast_cpu:.1f} us; "
                f"{fast / slow:.2f} times the requests, {slow_cpu / fast_cpu:.2f} times less processor"
            )


if __name__ == "__main__":
    main()
