#!/usr/bin/env python3
"""More load than capacity, from clients that give up: Weir and nginx with php-fpm in the same run.

For each page and server: its capacity in a closed loop, then requests at their own times at multiples of it, from
clients who leave after 5 s. Connections are kept, as a load balancer keeps them. Server and load run on different
cores. As machines become faster and slower by the minute, the highest multiple is measured several times for Weir,
each time between two measurements of its capacity: the median of these shares counts. Of a virtual machine's cores the
host takes a part (steal); shares are of what it left. Then what it costs Weir to turn a request away. Takes about 25
minutes.
"""

import contextlib
import dataclasses
import pathlib

import generator
import processes
import proofs
import svg
import works
from load import LoadError
from peers import NginxFPM
from servers import Weir, serving

IMAGES = pathlib.Path(__file__).resolve().parent.parent / "docs/images"
PATIENCE = 5
QUEUE_TIMEOUT = 1
WORKERS = 16
MULTIPLES = (0.5, 0.8, 1, 1.5, 2, 3)
# Of a shed request's processor time to a served one's.
SHED_COST_AT_MOST = 0.05
GOODPUT_AT_LEAST = 0.95


@dataclasses.dataclass(frozen=True)
class Page:
    name: str
    about: str
    path: str
    work: type

    def site(self, directory, workers):
        site = self.work("", "", (), self.path, 0).site(directory)
        return dataclasses.replace(site, workers=workers)


PAGES = (
    Page("symfony", "a Symfony page", "/", works.SymfonyWork),
    Page("sleep", "a page that sleeps 20 ms", "/sleep.php", works.PHPWork),
)


@dataclasses.dataclass(frozen=True)
class Pace:
    """Seconds of each part; `accepts`: the least share of capacity that passes at the highest multiple.

    It takes `settle` seconds until those give up who came first: what comes before shows a server that still copes.
    """

    capacity: float
    settle: float
    measure: float
    shedding: float
    multiples: tuple
    workers: int
    accepts: float
    rounds: int


# A smoke test runs beside others on a machine that is busy: it looks whether overload is survived, not how well.
SMOKE = Pace(capacity=1, settle=0.5, measure=2, shedding=1, multiples=(1, 3), workers=4, accepts=0.7, rounds=1)


def run(proof):
    options = proof.options
    pace = SMOKE if options.smoke else Pace(12, PATIENCE + 2, options.seconds, 8, MULTIPLES, WORKERS, GOODPUT_AT_LEAST, 5)
    kinds = [Weir] if options.smoke else [Weir, NginxFPM]
    pages = [page for page in PAGES if page.name in (options.page or ["sleep"] if options.smoke else
                                                     options.page or [page.name for page in PAGES])]
    proof.figures["pages"] = {}
    for page in pages:
        proof.say(f"{page.about}, {pace.workers} workers")
        proof.figures["pages"][page.name] = found = measure(proof, page, kinds, pace)
        judge(proof, page, found["weir"], pace)
    cost_of_shedding(proof, pages, pace)
    if not options.smoke:
        plot(proof)


def measure(proof, page, kinds, pace):
    server_cores, load_cores = generator.split_cores()
    site = page.site(proof.directory, pace.workers)
    settings = proof.settings(apps={"bench": {
        "pool": {"adaptive_concurrency": True}, "queue": {"timeout": f"{QUEUE_TIMEOUT}s"},
    }})
    found = {kind.name: {"steps": []} for kind in kinds}
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(serving(kind, site, proof.directory / f"{page.name}-{kind.name}", page.path,
                                               settings, generator.on_cores(server_cores))) for kind in kinds]
        for server in servers:
            found[server.name]["capacity"] = capacity(server, page, pace, load_cores)
            proof.say(f"  {server.name}: capacity {found[server.name]['capacity']:.0f} requests/s")
        proof.say(HEAD)
        for number, multiple in enumerate(pace.multiples):
            # In turn, and not always the same one first.
            for server in servers if number % 2 == 0 else reversed(servers):
                if isinstance(server, Weir) and multiple == max(pace.multiples):
                    figures = typical_of(proof, server, page, multiple, pace, load_cores)
                else:
                    figures = step(server, page, multiple, found[server.name]["capacity"], pace, load_cores)
                found[server.name]["steps"].append(figures)
                proof.say(line(server.name, figures))
    return found


def capacity(server, page, pace, cores):
    """The most requests a second that come back to clients who wait for each answer before they ask again."""
    return max(closed(server, page, pace, cores, amount) for amount in (pace.workers, 2 * pace.workers))


def closed(server, page, pace, cores, amount):
    """So many clients at once; without what the host took."""
    with proofs.use_of(generator.split_cores()[0]) as use:
        report = generator.run(server.url, [(amount, pace.settle), (amount, pace.capacity)], closed=True,
                               keep_alive=True, paths=[page.path], patience=30, cores=cores)
    return report["phases"][1]["all"]["goodput"] / (1 - use["stolen"])


def typical_of(proof, server, page, multiple, pace, cores):
    """The middle one of some steps, each with the capacities right before and after it as its base.

    One measurement each: the larger of two would be the luckier one, and one step is not.
    """
    amount = 2 * pace.workers
    before, steps = closed(server, page, pace, cores, amount), []
    for _ in range(pace.rounds):
        figures = step(server, page, multiple, before, pace, cores)
        after = closed(server, page, pace, cores, amount)
        figures["capacity"] = (before + after) / 2
        figures["share"] = figures["goodput"] / (1 - figures["stolen"]) / figures["capacity"]
        proof.say(line(server.name, figures))
        steps.append(figures)
        before = after
    middle = sorted(steps, key=lambda one: one["share"])[len(steps) // 2]
    return middle | {"rounds": steps}


def step(server, page, multiple, base, pace, cores):
    rate = multiple * base
    offset = proofs.log_size(server) if isinstance(server, Weir) else 0
    with proofs.cpu_of(server) as cpu, proofs.use_of(generator.split_cores()[0]) as use:
        report = generator.run(server.url, [(rate, pace.settle), (rate, pace.measure)], paths=[page.path],
                               patience=PATIENCE, connections=16_000, keep_alive=True, cores=cores)
    proofs.wait_until_idle(server)
    figures = report["phases"][1]["all"]
    lateness = report["lateness_ms"]["p99"]
    if lateness > 100:
        raise LoadError(f"the generator was {lateness:.0f} ms late: the machine is too busy for this measurement")
    result = {
        "multiple": multiple, "rate": rate, "goodput": figures["goodput"], "share": figures["goodput"] / (1 - use["stolen"]) / base,
        "stolen": use["stolen"], "idle": use["idle"],
        "p50_ms": figures.get("good_ms", {}).get("p50"), "p99_ms": generator.p99(figures),
        "shed_p99_ms": figures.get("other_ms", {}).get("p99"),
        "shed": generator.shed(figures), "gave_up": figures["gave_up"], "due": figures["due"],
        "failed": {how: count for how, count in generator.failures(figures).items()
                   if how not in ("status 503", "gave_up")},
        "cpu_seconds": cpu["seconds"], "good": report["all"]["good"], "lateness_p99_ms": lateness,
    }
    if isinstance(server, Weir):
        served = [entry["worker_time"] for entry in proofs.access_log(server, offset) if entry.get("status") == 200]
        result["service_p99_ms"] = 1000 * (proofs.percentile(served, 0.99) or 0)
    return result


def judge(proof, page, weir, pace):
    worst = weir["steps"][-1]
    proof.check(f"{page.name}: goodput at {worst['multiple']:g} x capacity",
                f"{worst['goodput']:.0f}/s, {worst['share']:.1%} of the {worst['capacity']:.0f}/s before and after it, "
                f"what the host took ({worst['stolen']:.0%}) left out (at least {pace.accepts:.0%})", worst["share"] >= pace.accepts)
    bound = QUEUE_TIMEOUT * 1000 + worst["service_p99_ms"]
    found = worst["p99_ms"]
    proof.check(f"{page.name}: p99 of what was accepted",
                f"{'none' if found is None else f'{found:.0f} ms'} (at most {bound:.0f} ms: queue timeout "
                f"{QUEUE_TIMEOUT * 1000} ms + service p99 {worst['service_p99_ms']:.0f} ms)",
                found is not None and found <= bound)
    failed = {how: count for one in weir["steps"] for how, count in one["failed"].items()}
    proof.check(f"{page.name}: requests that failed otherwise", str(failed or "none"), not failed)


def cost_of_shedding(proof, pages, pace):
    """Every worker is stuck and the queue is full: all that the server does is to turn requests away."""
    server_cores, load_cores = generator.split_cores()
    site = dataclasses.replace(works.PHPWork("", "", (), "/hello.php", 0).site(proof.directory), workers=2)
    # Nobody waits for the stuck ones at the end.
    settings = proof.settings(timeouts={"graceful": "500ms"}, apps={"bench": {"queue": {"limit": 1}}})
    rate = 500 if proof.options.smoke else 5000
    with serving(Weir, site, proof.directory / "shedding", "/hello.php", settings,
                 generator.on_cores(server_cores)) as server:
        stuck = generator.start(server.url, [(3, pace.shedding + 3)], closed=True, paths=["/hang.php"], patience=30)
        try:
            generator.run(server.url, [(rate, 1)], paths=["/hello.php"], cores=load_cores)
            with proofs.cpu_of(server) as cpu:
                report = generator.run(server.url, [(rate, pace.shedding)], paths=["/hello.php"], cores=load_cores)
        finally:
            stuck.abandon()
    figures = report["all"]
    each = cpu["seconds"] / max(1, generator.shed(figures))
    proof.figures["shedding"] = {"cpu_us": each * 1e6, "figures": figures}
    proof.check("a full queue answers 503 to all", f"{generator.shed(figures)} of {figures['due']} at {rate}/s, "
                f"{each * 1e6:.0f} us of processor time each", generator.shed(figures) >= 0.99 * figures["due"])
    for page in pages:
        # Below capacity, where nothing is shed.
        below = proof.figures["pages"][page.name]["weir"]["steps"][0]
        served = below["cpu_seconds"] / max(1, below["good"])
        share = each / served
        proof.figures["shedding"][page.name] = {"served_cpu_us": served * 1e6, "share": share}
        found = f"{share:.1%} of the {served * 1e6:.0f} us that serving {page.about} takes"
        if page.name == "symfony":
            proof.check("cost of shedding", f"{found} (at most {SHED_COST_AT_MOST:.0%})", share <= SHED_COST_AT_MOST)
        else:
            proof.say(f"      cost of shedding: {found}")


HEAD = (f"  {'':<8}{'load':>6}{'rate/s':>9}{'good/s':>9}{'share':>8}{'p50 ms':>9}{'p99 ms':>9}{'503':>9}"
        f"{'gave up':>9}{'failed':>8}{'cpu s':>8}{'idle':>6}{'stolen':>8}")


def line(name, one):
    def shown(value):
        return "-" if value is None else f"{value:.0f}"
    return (f"  {name:<8}{one['multiple']:>5g}x{one['rate']:>9.0f}{one['goodput']:>9.0f}{one['share']:>8.1%}"
            f"{shown(one['p50_ms']):>9}{shown(one['p99_ms']):>9}{one['shed']:>9}{one['gave_up']:>9}"
            f"{sum(one['failed'].values()):>8}{one['cpu_seconds']:>8.1f}{one['idle']:>6.0%}{one['stolen']:>8.0%}")


def plot(proof):
    IMAGES.mkdir(parents=True, exist_ok=True)
    names = {"weir": "Weir", "nginx": "nginx + php-fpm"}
    goodput, latency = [], []
    for page in PAGES:
        found = proof.figures["pages"].get(page.name)
        if not found:
            continue
        steps = {name: found[name]["steps"] for name in names}
        title = page.about[0].upper() + page.about[1:]
        load = "load offered, multiples of capacity"
        goodput.append(svg.Panel(title, load, "answers in time, % of capacity", [
            svg.Line(label, [(one["multiple"], one["share"] * 100) for one in steps[name]], number)
            for number, (name, label) in enumerate(names.items())
        ] + [svg.Line("all that can be served", [(x, min(x, 1) * 100) for x in MULTIPLES], 2)]))
        bound = [(one["multiple"], QUEUE_TIMEOUT * 1000 + one["service_p99_ms"]) for one in steps["weir"]]
        latency.append(svg.Panel(title, load, "p99 of answers in time, ms", [
            svg.Line(label, [(one["multiple"], one["p99_ms"]) for one in steps[name]], number)
            for number, (name, label) in enumerate(names.items())
        ] + [svg.Line("Weir's queue timeout + service p99", bound, 2)], logarithmic=True))
    images = (
        ("overload-goodput.svg", "Overload: what is still answered", goodput),
        ("overload-p99.svg", "Overload: how long the answers take (a line ends where everybody gave up)", latency),
    )
    for name, title, panels in images:
        (IMAGES / name).write_text(svg.chart(title, panels))
        proof.say(f"Drawn: docs/images/{name}")


def options(parser):
    parser.add_argument("--page", action="append", choices=[page.name for page in PAGES], help="only this one")
    parser.add_argument("--seconds", type=float, default=15, help="of each measurement (15)")


if __name__ == "__main__":
    proofs.main("overload", __doc__, run, options)
