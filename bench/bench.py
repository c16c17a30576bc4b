#!/usr/bin/env python3
"""Runs two servers in turn on the same works and prints what the first makes of what the second does.

A round measures one side, then the other, and its ratio compares only these two: what else the machine is busy with
falls on both. The figure that counts is the median over the rounds. Both sides stay up during a work, but for the
works that look at memory.
"""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import platform
import shutil
import statistics
import sys
import tempfile

from load import LoadError
from peers import SERVERS
from servers import ServerError, Weir, serving
from works import WORKS

RESULTS = pathlib.Path(__file__).resolve().parent / "results"
# Up to this share of failed requests a round is a measurement; beyond it, an accident.
FAILURES_TOLERATED = 0.001
VERDICTS = {True: "pass", False: "MISS", None: ""}


def main():
    options = arguments()
    chosen = [work for work in WORKS if not options.works or work.name in options.works]
    sides = [SERVERS[options.a], SERVERS[options.b]]
    if Weir in sides and not shutil.which(Weir.binary()):
        sys.exit(f"{Weir.binary()} is no program. Build Weir (swift build -c release), or set WEIR.")

    results = {"machine": machine(), "sides": [f"{side.name}: {side.version()}" for side in sides],
               "seconds": options.seconds, "rounds": options.rounds, "works": {}}
    directory = pathlib.Path(tempfile.mkdtemp(prefix="weir-bench."))
    directory.chmod(0o755)
    unreachable = False
    try:
        for work in chosen:
            say(f"{work.name}: {work.about}")
            try:
                rounds = run(work, [sides[0], SERVERS[work.peer] if work.peer else sides[1]], directory, options)
            except (ServerError, LoadError) as trouble:
                say(f"  {trouble}")
                results["works"][work.name] = {"about": work.about, "error": str(trouble)}
                unreachable = True
                continue
            results["works"][work.name] = {
                "about": work.about, "rounds": rounds, "goals": [judge(goal, rounds) for goal in work.goals],
            }
    finally:
        if options.keep:
            say(f"Configurations and logs are in {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)

    say()
    print(table(results, sides))
    print(f"\nWritten to {write(results)}")
    missed = any(goal["met"] is False for work in results["works"].values() for goal in work.get("goals", ()))
    sys.exit(2 if unreachable else 1 if missed and options.strict else 0)


def run(work, sides, directory, options):
    """[{figure: value} of A, {figure: value} of B] a round."""
    site = work.site(directory)
    homes = [directory / f"{work.name}-{letter}" for letter in "ab"]
    rounds = []
    if work.together:
        with contextlib.ExitStack() as stack:
            servers = [stack.enter_context(serving(side, site, home, work.path)) for side, home in zip(sides, homes)]
            for server in servers:
                work.warm_up(server)
            for number in range(options.rounds):
                rounds.append([checked(work.measure(server, options.seconds)) for server in servers])
                report(number, rounds[-1], work)
    else:
        # Memory repeats itself far better than time does: a few rounds will do.
        for number in range(min(options.rounds, 3)):
            pair = []
            for side, home in zip(sides, homes):
                with serving(side, site, home.with_name(f"{home.name}-{number}"), work.path) as server:
                    work.warm_up(server)
                    pair.append(checked(work.measure(server, options.seconds)))
            rounds.append(pair)
            report(number, pair, work)
    return rounds


def checked(figures):
    if figures["failed"] > figures.get("requests", 0) * FAILURES_TOLERATED:
        raise LoadError(f"requests failed: {json.dumps(figures)}")
    return figures


def judge(goal, rounds):
    a = [one[goal.figure] for one, _ in rounds]
    b = [other[goal.figure] for _, other in rounds]
    ratios = [one / other for one, other in zip(a, b) if other]
    value = statistics.median(a if goal.absolute else ratios)
    spread = a if goal.absolute else ratios
    return {
        "figure": goal.figure, "goal": str(goal), "absolute": goal.absolute,
        "value": value, "lowest": min(spread), "highest": max(spread),
        "a": statistics.median(a), "b": statistics.median(b), "met": goal.met(value),
    }


def report(number, pair, work):
    parts = [f"{goal.figure} {pair[0][goal.figure]:,.2f} | {pair[1][goal.figure]:,.2f}" for goal in work.goals]
    say(f"  round {number + 1}:  " + "   ".join(parts))


def table(results, sides):
    heads = ("work", "figure", sides[0].name, f"{sides[1].name} or other", "ratio", "lowest .. highest", "goal", "")
    rows = [heads]
    for name, work in results["works"].items():
        if "error" in work:
            rows.append((name, "", "", "", "", "", "", "not measured"))
        for goal in work.get("goals", ()):
            rows.append((
                name, goal["figure"], f"{goal['a']:,.2f}", f"{goal['b']:,.2f}",
                "" if goal["absolute"] else f"{goal['value']:.2f}",
                f"{goal['lowest']:.2f} .. {goal['highest']:.2f}", goal["goal"], VERDICTS[goal["met"]],
            ))
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) if column in (0, 1, 6, 7) else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def write(results):
    RESULTS.mkdir(exist_ok=True)
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    text = json.dumps(results, indent=2) + "\n"
    (RESULTS / "latest.json").write_text(text)
    file = RESULTS / f"{stamp}.json"
    file.write_text(text)
    return os.path.relpath(file)


def machine():
    with open("/proc/cpuinfo") as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.machine(), "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(), "load_before": os.getloadavg()[0],
    }


def say(text=""):
    print(text, file=sys.stderr, flush=True)


def arguments():
    works = "\n".join(
        f"  {work.name:<20}{work.about}: {', '.join(f'{goal.figure} {goal}' for goal in work.goals if str(goal))}"
        for work in WORKS
    )
    parser = argparse.ArgumentParser(
        prog="run.sh", formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__,
        epilog=f"works:\n{works}\n\nWEIR is the program to measure, .build/release/weir without it.",
    )
    parser.add_argument("works", nargs="*", metavar="WORK", help="all of them when none is named")
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("BENCH_SECONDS", 5)),
                        help="of a round and side (BENCH_SECONDS, or 5)")
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("BENCH_ROUNDS", 5)),
                        help="of each work (BENCH_ROUNDS, or 5)")
    parser.add_argument("--a", choices=SERVERS, default="weir", help="what is measured")
    parser.add_argument("--b", choices=SERVERS, default="nginx", help="what it is measured against")
    parser.add_argument("--keep", action="store_true", help="leave configurations and logs where they are")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a goal is missed")
    options = parser.parse_args()
    unknown = set(options.works) - {work.name for work in WORKS}
    if unknown:
        parser.error(f"no such work: {', '.join(sorted(unknown))}")
    if options.rounds < 1 or not 1 <= options.seconds <= 60:
        parser.error("a work takes 1 round or more, of 1 to 60 seconds")
    return options


if __name__ == "__main__":
    main()
