"""Removes results that are older than an hour."""

import pathlib
import tempfile
import time

jobs = pathlib.Path(tempfile.gettempdir()) / "weir-polyglot"
old = [file for file in jobs.glob("*.done") if file.stat().st_mtime < time.time() - 3600]
for file in old:
    file.unlink(missing_ok=True)
print(f"removed {len(old)} results", flush=True)
