"""The queue's worker: takes job after job, until it is asked to end."""

import pathlib
import signal
import tempfile
import time

JOBS = pathlib.Path(tempfile.gettempdir()) / "weir-polyglot"
running = True


def stop(*_):
    """A job that has begun is finished first."""
    global running
    running = False


signal.signal(signal.SIGTERM, stop)
print("waiting for jobs", flush=True)
while running:
    for job in sorted(JOBS.glob("*.job")) if JOBS.is_dir() else []:
        if not running:
            break
        result = job.with_suffix(".new")
        result.write_text(job.read_text()[::-1] + "\n")
        result.rename(job.with_suffix(".done"))
        job.unlink()
        print(f"done: {job.stem}", flush=True)
    time.sleep(0.2)
