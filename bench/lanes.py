#!/usr/bin/env python3
"""Whether a page that hangs spoils the others: 2 % of the requests take 15 s.

The same load of the other page each time: without the page that hangs; with it in a lane of its own; with it and no
lane; and the same on nginx with php-fpm. Clients give up after 5 s. Takes 3 minutes.
"""

import dataclasses
import pathlib
import shutil

import generator
import proofs
import works
from peers import NginxFPM
from servers import Weir, serving

WORKERS = 16
PATIENCE = 5
HANGING_SHARE = 0.02
# Of what the pool can do: an ordinary day.
LOAD_SHARE = 0.5
FAILURES_AT_MOST = 0.001
P99_RATIO_AT_MOST = 1.5
LANE = {
    "lanes": {"stuck": {"concurrency": 2, "queue": {"limit": 10, "timeout": "5s"}}},
    "routes": [{"path": "/hang.php", "app": "bench", "lane": "stuck"}],
}


def run(proof):
    seconds, settle, patience = (3, 1, 1.5) if proof.options.smoke else (proof.options.seconds, 3, PATIENCE)
    hanging = "/hang.php?seconds=3" if proof.options.smoke else "/hang.php"
    site = prepare(proof.directory)
    server_cores, load_cores = generator.split_cores()
    proof.figures["runs"] = {}

    def measure(name, kind, settings, hangs, rate=None):
        """Also finds the rate, when there is none yet: from the capacity of a closed loop."""
        home = proof.directory / name.replace(" ", "-").replace("+", "and")
        with serving(kind, site, home, "/", settings, generator.on_cores(server_cores)) as server:
            if rate is None:
                closed = generator.run(server.url, [(WORKERS, 1), (WORKERS, seconds / 2)], closed=True, cores=load_cores)
                rate = LOAD_SHARE * closed["phases"][1]["all"]["goodput"]
            paths = [f"{1 - HANGING_SHARE}:/"] + ([f"{HANGING_SHARE}:{hanging}"] if hangs else [])
            offered = rate if hangs else rate * (1 - HANGING_SHARE)
            # From the start on, workers get stuck: what counts is the time after that.
            report = generator.run(server.url, [(offered, settle), (offered, seconds)], paths=paths, patience=patience,
                                   cores=load_cores)
        others = report["phases"][1]["paths"]["/"]
        failed = generator.failures(others)
        result = {
            "rate": offered, "due": others["due"], "failed": failed, "failure_rate": sum(failed.values()) / others["due"],
            "p50_ms": others.get("good_ms", {}).get("p50"), "p99_ms": generator.p99(others), "paths": report["paths"],
        }
        proof.figures["runs"][name] = result
        proof.say(f"  {name:<34}{result['due']:>8} of the others, {result['failure_rate']:>8.3%} failed, "
                  f"p50 {result['p50_ms']} ms, p99 {result['p99_ms']} ms  {failed or ''}")
        return result, rate

    # No wait at the end for those that are stuck.
    plain = proof.settings(timeouts={"graceful": "500ms"})
    with_lane = proof.settings(timeouts={"graceful": "500ms"}, **LANE)
    base, rate = measure("weir, nothing hangs", Weir, with_lane, hangs=False)
    lane, _ = measure("weir, hanging in a lane", Weir, with_lane, hangs=True, rate=rate)
    if not proof.options.smoke:
        measure("weir, hanging without a lane", Weir, plain, hangs=True, rate=rate)
        measure("nginx + php-fpm, nothing hangs", NginxFPM, {}, hangs=False, rate=rate)
        measure("nginx + php-fpm, hanging", NginxFPM, {}, hangs=True, rate=rate)

    proof.check("failures of the others", f"{lane['failure_rate']:.3%} (less than {FAILURES_AT_MOST:.1%})",
                lane["failure_rate"] < FAILURES_AT_MOST)
    bound = (3 if proof.options.smoke else P99_RATIO_AT_MOST) * (base["p99_ms"] or 0)
    found = lane["p99_ms"]
    proof.check("p99 of the others", f"{found} ms with the lane, {base['p99_ms']} ms without anything that hangs (at "
                f"most {bound:.1f} ms)", found is not None and found <= bound)


def prepare(directory):
    """The Symfony application, and beside its front controller the page that hangs."""
    site = works.SymfonyWork("", "", (), "/", 0).site(directory)
    shutil.copy(pathlib.Path(works.HERE) / "sites/php/hang.php", site.root)
    return dataclasses.replace(site, workers=WORKERS)


def options(parser):
    parser.add_argument("--seconds", type=float, default=25, help="of each measurement (25)")


if __name__ == "__main__":
    proofs.main("lanes", __doc__, run, options)
