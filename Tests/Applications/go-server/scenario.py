#!/usr/bin/env python3
"""Asks the Go server for everything that breaks proxies. /stream and /sse are to be passed on as they come."""

import json
import os
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from browser import Browser, base_url, promise
from raw import Connection

browser = Browser(base_url())

promise("hello", browser.get("/").text == "hello\n")
page = browser.get("/json")
promise("JSON", page.type == "application/json" and page.json["rivers"] == ["Elbe", "Weser"], page)
with Connection(base_url()) as asking:
    asking.ask("GET", "/request?a=%20b&c=/../d", "X-Own: 1", "Connection: x-hop", "X-Hop: 1", "Keep-Alive: 5")
    status, answered = asking.head()
    seen = json.loads(asking.exactly(int(answered["content-length"])))
fields = seen["fields"]
promise("the target arrives as it was sent", seen["target"] == "/request?a=%20b&c=/../d")
promise("and the host", seen["host"] == base_url().partition("//")[2])
promise("and fields", fields["X-Own"] == ["1"])
promise("but not those of the hop", "X-Hop" not in fields and "Keep-Alive" not in fields)
promise("with the client's address", fields["X-Forwarded-For"][0] in ("127.0.0.1", "::1"))

for size in (0, 1, 65_536, 10_000_000):
    page = browser.get(f"/bytes?n={size}")
    promise(f"an answer of {size} bytes is whole", len(page.body) == size and page.status == 200, None)
contents = os.urandom(10_000_000)
page = browser.post("/count", body=contents, headers={"Content-Type": "application/octet-stream"})
promise("a body of 10 MB arrives", page.json == {"bytes": 10_000_000}, page)
page = browser.post("/echo", body=contents, headers={"Content-Type": "application/octet-stream"})
promise("and comes back as it was", page.body == contents, None)
page = browser.post("/refuse", body=contents[:1_000_000], headers={"Content-Type": "application/octet-stream"})
promise("an answer before the body's end arrives", page.status == 413 and page.text == "too much\n", page)

with Connection(base_url()) as lines:
    began = time.monotonic()
    lines.ask("GET", "/stream?n=3&ms=1000")
    lines.until(b"line 1\n")
    promise("the first line does not wait for the last", time.monotonic() - began < 2.5)
    lines.until(b"line 3\n")
with Connection(base_url()) as events:
    events.ask("GET", "/sse?ms=100")
    events.until(b"tick 3\n\n")
    promise("events come for as long as somebody listens", True)

with Connection(base_url()) as hinted:
    hinted.ask("GET", "/hints?ms=100")
    status, fields = hinted.head()
    promise("103 comes before the answer", status == 103 and "preload" in fields["link"])
    promise("and the answer after it", hinted.head()[0] == 200)
with Connection(base_url()) as trailing:
    trailing.ask("GET", "/trailers", "TE: trailers", "Connection: TE")
    promise("trailers arrive", b"X-Sum: 8" in trailing.until(b"X-Sum: 8\r\n"))

with Connection(base_url()) as tunnel:
    tunnel.ask("GET", "/upgrade", "Connection: Upgrade", "Upgrade: lines")
    status, fields = tunnel.head()
    promise("another protocol takes the connection over", status == 101 and fields["upgrade"] == "lines")
    promise("its server may speak first", tunnel.until(b"\n") == b"welcome\n")
    tunnel.send(b"over and ")
    tunnel.send(b"out\nbye\n")
    promise("and is spoken to", tunnel.until(b"OUT\n") == b"OVER AND OUT\n")
    promise("until it closes", tunnel.rest() == b"BYE\n")
page = browser.get("/upgrade")
promise("without an upgrade it is an ordinary answer", page.status == 426, page)

page = browser.get("/panic")
promise("a handler's panic is a 502", page.status == 502, page)
promise("and costs nobody else anything", browser.get("/").status == 200)
with Connection(base_url()) as cut:
    cut.ask("GET", "/cut")
    status, fields = cut.head()
    body = cut.rest()
    promise("an answer that is cut is not made whole", status == 502 or len(body) < int(fields["content-length"]))

began = time.monotonic()
slow = [threading.Thread(target=browser.get, args=("/slow?ms=1000",)) for _ in range(50)]
for one in slow:
    one.start()
for one in slow:
    one.join()
promise("fifty requests run at once in one process", time.monotonic() - began < 8)
page = browser.get("/limits")
promise("GOMAXPROCS is set", page.json["gomaxprocs"] >= 1, page)

page = browser.get("/panic?everything=1")
promise("a process that dies costs its own requests", page.status in (200, 502), page)
deadline = time.monotonic() + 15
while browser.get("/").status != 200 and time.monotonic() < deadline:
    time.sleep(0.1)
promise("and is started again", browser.get("/").status == 200)
