#!/usr/bin/env python3
"""Asks for heavy work: in threads it leaves the event loop free."""

import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from browser import Browser, base_url, promise

browser = Browser(base_url())

page = browser.get("/primes?below=100000")
promise("a thread of the application answers", page.json["count"] == 9592, page)
page = browser.get("/blocking?below=100000")
promise("and the main one", page.json == {"count": 9592}, page)

work = [threading.Thread(target=browser.get, args=("/primes?below=5000000",)) for _ in range(4)]
for one in work:
    one.start()
began = time.monotonic()
promise("while threads work, a small request is answered", browser.get("/").status == 200)
promise("at once", time.monotonic() - began < 2)
for one in work:
    one.join()

page = browser.get("/fail")
promise("an exception in a thread is one request's", page.status == 500 and "not a number" in page, page)
promise("and another thread takes its place", browser.get("/primes").json["count"] == 9592)
