#!/usr/bin/env python3
"""Visits every route of the Symfony application."""

import hashlib
import json
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from browser import Browser, base_url, promise, promise_that_nothing_bleeds

browser = Browser(base_url())

page = browser.get("/")
promise("a page is rendered", page.status == 200 and "<h1>Rivers</h1>" in page, page)
promise("from its template", "<td>ELBE</td>" in page and "1,094 km" in page, page)
promise("links are made from route names", 'href="/articles/2001/elbe"' in page, page)
promise("a page without a session sets no cookie", "Set-Cookie" not in page.headers, page)
css = browser.get(re.search(r'rel="stylesheet" href="([^"]+)"', page.text)[1])
promise("its stylesheet is a static file", css.status == 200 and css.type == "text/css", css)

page = browser.get("/api/rivers?a=1&b[]=x&b[]=%C3%A9%20%2B")
promise("JSON is answered as JSON", page.type == "application/json" and page.json["rivers"][0]["name"] == "Elbe", page)
promise("the query string arrives", page.json["query"] == {"a": "1", "b": ["x", "é +"]}, page)
promise("the application's own header arrives", page.headers["X-Rivers"] == "6", page)
promise("the client's address is known", page.json["client"] in ("127.0.0.1", "::1"), page)
document = {"text": "Wörter " * 5000, "list": [1, 2.5, None]}
page = browser.post("/api/rivers", body=json.dumps(document).encode(), headers={"Content-Type": "application/json"})
promise("a JSON body arrives whole", page.json["method"] == "POST" and page.json["body"] == document, page)
page = browser.get("/api/rivers", method="DELETE")
promise("a method without a route is not allowed", page.status == 405 and "GET" in page.headers["Allow"], page)

page = browser.get("/articles/1999/caf%C3%A9-%26-more")
promise("route parameters are decoded and escaped", page.status == 200 and "café-&amp;-more in 1999" in page, page)
page = browser.get("/articles/19/short")
promise("a parameter that does not match is not found", page.status == 404, page)
promise("404 shows the application's own error page", "Our own error page" in page and "404: Not Found" in page, page)

page = browser.get("/leave", follow=False)
promise("a redirect has its status", page.status == 302, page)
promise("and names its target", page.headers["Location"] == "/articles/2024/high-water", page)
page = browser.get("/leave")
promise("the target is there", page.status == 200 and "high-water in 2024" in page, page)

page = browser.get("/broken")
promise("an exception is a 500", page.status == 500 and "Our own error page" in page, page)
promise("that tells the visitor nothing", "on purpose" not in page and "LogicException" not in page, page)
promise("and the next request is served", browser.get("/").status == 200)

page = browser.get("/stream")
promise("a streamed response is complete", page.text == "".join(f"line {n}\n" for n in range(1, 6)), page)

page = browser.get("/notes")
promise("a session begins empty", page.status == 200 and "no notes" in page, page)
promise("and with a cookie", browser.cookie("PHPSESSID"), page)
form = page.form("note")
page = browser.post("/notes", form | {"note": "x", "token": "guessed"})
promise("a form with a wrong token is refused", page.status == 403, page)
page = browser.post("/notes", form | {"note": "first <i>"}, follow=False)
promise("a form is answered with a redirect", page.status == 303 and page.headers["Location"] == "/notes", page)
page = browser.get("/notes")
promise("the flash message shows", "The note is kept." in page, page)
page = browser.post("/notes", form | {"note": "second"})
promise("the session keeps what was sent, in order", "<li>first &lt;i&gt;</li><li>second</li>" in page, page)
promise("another visitor has another session", "no notes" in Browser(base_url()).get("/notes"))

contents = os.urandom(3_000_000)
page = browser.post("/upload", {"label": "größe"}, {"file": ("a b.bin", "application/octet-stream", contents)})
kept = page.json if page.status == 201 else {}
promise("an upload of 3 MB arrives whole", kept.get("sha1") == hashlib.sha1(contents).hexdigest(), page)
promise("with its name and the other fields", kept["original"] == "a b.bin" and kept["label"] == "größe", page)
promise("an upload without a file is refused", browser.post("/upload", {"label": "x"}).status == 400)
page = browser.get(f"/files/{kept['name']}")
promise("the file comes back as it was sent", page.body == contents, page)
promise("as a download", page.headers["Content-Disposition"] == "attachment; filename=upload.bin", page)
part = browser.get(f"/files/{kept['name']}", headers={"Range": "bytes=1000-1999"})
promise("the application answers ranges", part.status == 206 and part.body == contents[1000:2000], part)
same = browser.get(f"/files/{kept['name']}", headers={"If-None-Match": page.headers["ETag"]})
promise("and conditions", same.status == 304 and same.body == b"", same)
promise("an unknown file is not found", browser.get("/files/" + "0" * 32).status == 404)

head = browser.get("/", method="HEAD")
promise("HEAD has no body", head.status == 200 and head.body == b"", head)

promise_that_nothing_bleeds(browser)
