#!/usr/bin/env python3
"""Visits the Express application, served by two processes or more."""

import hashlib
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

page = browser.get("/")
promise("a page is rendered from its template", page.status == 200 and "<h1>Rivers</h1>" in page, page)
promise("and escaped", "Rhine &#38; Main" in page, page)
css = browser.get("/style.css")
promise("a static file comes from the application", css.status == 200 and css.type == "text/css", css)
same = browser.get("/style.css", headers={"If-None-Match": css.headers["ETag"]})
promise("with its conditions", same.status == 304 and same.body == b"", same)
part = browser.get("/style.css", headers={"Range": "bytes=5-9"})
promise("and ranges", part.status == 206 and part.body == css.body[5:10], part)
head = browser.get("/", method="HEAD")
promise("HEAD has no body", head.status == 200 and head.body == b"", head)

page = browser.get("/api/rivers?a=1&b[]=x&b[]=%C3%A9%20%2B")
promise("JSON is answered as JSON", page.type == "application/json" and page.json["rivers"][0]["name"] == "Elbe", page)
promise("the query string arrives", page.json["query"] == {"a": "1", "b": ["x", "é +"]}, page)
promise("the application's own header arrives", page.headers["X-Rivers"] == "3", page)
promise("the client's address is known", page.json["client"] in ("127.0.0.1", "::1"), page)
promise("and the scheme", page.json["protocol"] == "http", page)
promise("and the host", page.json["host"] == "127.0.0.1", page)
document = {"text": "Wörter " * 5000, "list": [1, 2.5, None]}
page = browser.post("/api/rivers", body=json.dumps(document).encode(), headers={"Content-Type": "application/json"})
promise("a JSON body arrives whole", page.status == 201 and page.json["body"] == document, page)
page = browser.post("/api/rivers", body=b"{not json", headers={"Content-Type": "application/json"})
promise("a body that is no JSON is the application's 400", page.status == 400 and "Our own error page" in page, page)
page = browser.get("/api/rivers/Elbe", method="DELETE")
promise("an answer may be empty", page.status == 204 and page.body == b"", page)

page = browser.get("/cookies", follow=False)
promise("a redirect has its status and its target", page.status == 303 and page.headers["Location"] == "/api/rivers", page)
promise("two cookies stay two", len(page.headers.get_all("Set-Cookie")) == 2, page)
visits = [browser.get("/visits").json for _ in range(20)]
promise("a session is kept in a process's memory", max(visit["visits"] for visit in visits) >= 2)

contents = os.urandom(3_000_000)
page = browser.post("/upload", body=contents, headers={"Content-Type": "application/octet-stream"})
promise("an upload of 3 MB arrives whole", page.json == {"bytes": 3_000_000, "sha256": hashlib.sha256(contents).hexdigest()}, page)

page = browser.get("/stream")
promise("a streamed answer is complete", page.text == "".join(f"line {n}\n" for n in range(1, 6)), page)
with Connection(base_url()) as events:
    events.ask("GET", "/sse")
    status, fields = events.head()
    promise("server-sent events begin", status == 200 and fields["content-type"] == "text/event-stream")
    began = time.monotonic()
    events.until(b"tick 3\n")
    promise("and come one by one", time.monotonic() - began < 5)

page = browser.get("/broken")
promise("an exception of a route is the application's 500", page.status == 500 and "Our own error page" in page, page)
promise("that tells the visitor nothing", "on purpose" not in page, page)
page = browser.get("/nowhere")
promise("404 is the application's", page.status == 404 and "Not found" in page, page)

blocked = threading.Thread(target=browser.get, args=("/block?ms=2000",))
blocked.start()
time.sleep(0.5)
began = time.monotonic()
for _ in range(5):
    promise("while one process blocks, another one answers", browser.get("/pid").status == 200)
promise("at once", time.monotonic() - began < 1.5)
blocked.join()

page = browser.get("/crash")
promise("an exception that nobody catches costs its own request", page.status in (502, 503), page)
for _ in range(10):
    promise("and the next one is served", browser.get("/pid").status == 200)
