#!/usr/bin/env python3
"""Visits every page twice, as two visitors, and looks whether the second sees anything of the first.

Serve it in worker mode by one worker: what is marked "reset" in patterns.json must not be seen, anything else must be
(a pattern that does not bleed would prove nothing about the audit). In classic mode nothing may be seen.
"""

import json
import os
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent))
from browser import Browser, base_url, broken, promise

worker_mode = os.environ.get("MODE") == "worker"
patterns = json.loads((here / "patterns.json").read_text())["patterns"]
files = {path.stem for path in (here / "pages").glob("*.php")} - {"whoami"}
promise("every page is listed", files == {pattern["name"] for pattern in patterns})


def visit(name, visitor):
    browser = Browser(base_url())
    path = f"/{name}?visitor={visitor}"
    if name == "body":
        page = browser.post(path, body=visitor.encode(), headers={"Content-Type": "text/plain"})
    elif name == "uploaded-file" and visitor == "anna":
        page = browser.post(path, files={"file": ("a.txt", "text/plain", b"anna's")})
    else:
        page = browser.get(path)
    try:
        answer = page.json
    except ValueError:
        broken(f"{name} answers", page)
    promise_of_visitor = answer["visitor"] == visitor and answer["page"] == name
    if not promise_of_visitor or page.headers.get_all("X-Visitor-Of", [visitor]) != [visitor]:
        broken(f"{name} answers {visitor}", page)
    return answer["seen"], page


for pattern in patterns:
    name, expected = pattern["name"], pattern["expect"]
    seen = [visit(name, visitor) for visitor in ("anna", "otto", "ida")]
    clean = all(one == seen[0][0] for one, _ in seen)
    detail = f"seen: {[one for one, _ in seen]}"
    if expected == "reset" or not worker_mode:
        if not clean:
            broken(f"{name}: nothing is seen of earlier visitors", seen[-1][1], detail)
        print(f"ok  {name}: nothing is seen of earlier visitors", flush=True)
    else:
        if clean:
            broken(f"{name}: it bleeds, for the audit to find ({expected})", seen[-1][1], detail)
        print(f"ok  {name}: it bleeds, for the audit to find ({expected})", flush=True)
