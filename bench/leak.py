#!/usr/bin/env python3
"""A page that leaks 5 MB a request, in a control group of 512 MiB, with `max_memory: 128MiB`: nobody may be killed for
memory, and no request may fail. Takes a minute and a half.
"""

import dataclasses

import container
import generator
import proofs
import works
from servers import Weir, serving

MEMORY = 512 * 2**20
CPUS = 1
CLIENTS = 16


def run(proof):
    seconds = 8 if proof.options.smoke else proof.options.seconds
    site = dataclasses.replace(works.PHPWork("", "", (), "/leak.php", 0).site(proof.directory), workers=1)
    settings = proof.settings(apps={"bench": {
        "pool": {"manager": "auto", "max_workers": "auto", "max_memory": "128MiB"},
        "php": {"ini": {"ffi.enable": "true"}},
    }})
    with container.Container(MEMORY, CPUS) as box:
        with serving(Weir, site, proof.directory / "weir", "/leak.php", settings, box.join) as server:
            report = generator.run(server.url, [(CLIENTS, seconds)], closed=True, paths=["/leak.php"], patience=60)
            pool = server.status()["apps"][0]["pool"]
        readings = box.readings()
    figures = report["all"]
    leaked = figures["good"] * 5_000_000
    proof.figures |= {"load": report, "readings": readings, "pool": pool}
    proof.say(f"{figures['good']} requests in {seconds:g} s leaked {leaked / 2**20:,.0f} MiB; {pool['started']} workers "
              f"were started; p99 {generator.p99(figures)} ms")
    proof.say(container.describe(readings))
    proof.check("enough was leaked to matter", f"{leaked / MEMORY:.1f} times the memory there is (at least 2)",
                leaked >= 2 * MEMORY)
    proof.check("killed for memory", str(readings["oom_kills"]), readings["oom_kills"] == 0)
    failed = generator.failures(figures)
    proof.check("failed requests", str(failed or "none"), not failed)


def options(parser):
    parser.add_argument("--seconds", type=float, default=60, help="of load (60)")


if __name__ == "__main__":
    proofs.main("leak", __doc__, run, options)
