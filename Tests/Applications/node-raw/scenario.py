#!/usr/bin/env python3
"""Asks a server without a framework for what is rare, and for what is wrong. /duplex is to be passed on as it comes."""

import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from browser import Browser, base_url, promise
from raw import Connection

browser = Browser(base_url())

promise("hello", browser.get("/").text == "hello\n")
with Connection(base_url()) as asking:
    asking.ask("GET", "/request?a=%20b&c=/../d", "X-Own: 1", "x-own: 2", "Connection: x-hop", "X-Hop: 1")
    status, fields = asking.head()
    seen = json.loads(asking.exactly(int(fields["content-length"])))
names = [name.lower() for name in seen["rawHeaders"][::2]]
promise("the target arrives as it was sent", seen["url"] == "/request?a=%20b&c=/../d")
promise("a field that is there twice stays so", names.count("x-own") == 2)
promise("fields of the hop do not arrive", "x-hop" not in names)

with Connection(base_url()) as both:
    both.ask("POST", "/duplex", "Transfer-Encoding: chunked")
    both.send(b"5\r\nfirst\r\n")
    status, fields = both.head()
    promise("the answer begins while the body is sent", status == 200 and fields.get("transfer-encoding") == "chunked")
    promise("with what was sent so far", both.until(b"first").endswith(b"first"))
    both.send(b"6\r\nsecond\r\n0\r\n\r\n")
    promise("and goes on as it does", both.until(b"0\r\n\r\n").endswith(b"second\r\n0\r\n\r\n"))

with Connection(base_url()) as hinted:
    hinted.ask("GET", "/hints")
    status, fields = hinted.head()
    promise("103 comes before the answer", status == 103 and "preload" in fields["link"])
    promise("and the answer after it", hinted.head()[0] == 200)
with Connection(base_url()) as trailing:
    trailing.ask("GET", "/trailers", "TE: trailers", "Connection: TE")
    promise("trailers arrive", b"X-Sum: 8" in trailing.until(b"X-Sum: 8\r\n"))
with Connection(base_url()) as cut:
    cut.ask("GET", "/cut")
    status, fields = cut.head()
    promise("an answer that is cut is not made whole", status == 502 or len(cut.rest()) < 1000)
page = browser.get("/smuggle")
promise("an answer with two lengths is a 502", page.status == 502 and "abc" not in page, page)
page = browser.post("/refuse", body=b"a" * 1_000_000, headers={"Content-Type": "text/plain"})
promise("an answer before the body's end arrives", page.status == 413, page)

for path in ("/die", "/exit?n=0"):
    page = browser.post(path, body=b"x")
    promise(f"{path} costs its own request", page.status == 502, page)
    deadline = time.monotonic() + 15
    while browser.get("/").status != 200 and time.monotonic() < deadline:
        time.sleep(0.1)
    promise("and the process is started again", browser.get("/").text == "hello\n")
