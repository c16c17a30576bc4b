#!/usr/bin/env python3
"""Visits every route of the Laravel application."""

import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from browser import Browser, base_url, png, promise, promise_that_nothing_bleeds

browser = Browser(base_url())

page = browser.get("/")
promise("a page is rendered by Blade", page.status == 200 and "2. Trout" in page and "Visit 1" in page, page)
promise("what it prints is escaped", "4. Bream &lt;big&gt;" in page, page)
promise("a session begins with a cookie", browser.cookie("fish_session") and browser.cookie("XSRF-TOKEN"), page)
promise("both cookies are in one answer", len(page.headers.get_all("Set-Cookie")) == 2, page)
promise("the session counts the visits", "Visit 2" in browser.get("/") and "Visit 3" in browser.get("/"))
promise("another visitor has another session", "Visit 1" in Browser(base_url()).get("/"))
promise("links are absolute and name this host", browser.absolute("/posts/2023/low-water") in page, page)
text = browser.get("/robots.txt")
promise("static files are beside it", text.status == 200 and text.type == "text/plain", text)

page = browser.get("/posts/2024/h%C3%B6chststand")
promise("route parameters are decoded", "höchststand in 2024" in page, page)
page = browser.get("/posts/24/x")
promise("404 shows the application's own page", page.status == 404 and "Our own 404 page" in page, page)
page = browser.get("/old-home", follow=False)
promise("a redirect names its target", page.status == 301 and page.headers["Location"] == browser.base_url, page)
page = browser.get("/broken")
promise("500 shows the application's own page", page.status == 500 and "Our own 500 page" in page, page)
promise("and tells the visitor nothing", "on purpose" not in page, page)
page = browser.get("/forbidden")
promise("an aborted request has its status and reason", page.status == 403 and "Not for visitors." in page, page)
promise("a method without a route is not allowed", browser.post("/broken").status == 405)

page = browser.get("/notes")
promise("the form renders", page.status == 200 and "no notes" in page, page)
form = page.form("title")
page = browser.post("/notes", {"title": "no token"})
promise("a form without a token is refused (419)", page.status == 419, page)
from_here = {"Referer": browser.absolute("/notes")}
page = browser.post("/notes", form | {"title": "x" * 21, "email": "nobody"}, headers=from_here)
promise("validation errors come back with the form", "title has more than 20 characters." in page, page)
promise("all of them", "That is no e-mail address." in page, page)
promise("with what was typed", page.form("title")["title"] == "x" * 21, page)
promise("and only once", "That is no e-mail" not in browser.get("/notes"))
as_json = {"Accept": "application/json", "X-CSRF-TOKEN": form["_token"]}
page = browser.post("/notes", {}, headers=as_json)
promise("a script gets them as JSON (422)", page.status == 422 and "title" in page.json["errors"], page)
page = browser.post("/notes", form | {"title": "  first <i> "})
promise("a good form is kept", "The note is kept." in page and "<li>first &lt;i&gt;</li>" in page, page)
page = browser.post("/notes", form | {"title": "second"})
promise("the session keeps both", "first &lt;i&gt;</li>" in page and "<li>second</li>" in page, page)
page = browser.post("/notes", form | {"_method": "DELETE"})
promise("a form may stand for DELETE", page.status == 200 and "no notes" in page, page)

form = browser.get("/upload").form("_token")
here = {"Referer": browser.absolute("/upload")}
page = browser.post("/upload", form, {"picture": ("a.png", "image/png", b"no picture")}, headers=here)
promise("an upload that is no picture is refused", "picture has to be a picture." in page, page)
page = browser.post("/upload", form, {"picture": ("a.png", "image/png", png(5, 5))}, headers=here)
promise("and so is one that is too small", "picture is too small." in page, page)
page = browser.post("/upload", form, {"picture": ("a.png", "image/png", png(800, 600))}, headers=here)
promise("a picture is kept and comes back", page.type == "image/png" and page.body == png(800, 600), page)
promise("under a name of its own", re.fullmatch(r"/files/\w{40}\.png", page.path), page)
promise("an unknown file is not found", browser.get("/files/none.png").status == 404)

page = browser.get("/api/home")
promise("a page without a session sets no cookie", "2. Trout" in page and "Set-Cookie" not in page.headers, page)
page = browser.get("/api/status?x=%20y")
promise("JSON is answered as JSON", page.type == "application/json" and page.json["ok"] is True, page)
promise("the application knows the address", page.json["url"] == browser.absolute("/api/status?x=%20y"), page)
promise("and that it is not encrypted", page.json["secure"] is False, page)
promise("its own header arrives, and no cookie", page.headers["X-App"] and "Set-Cookie" not in page.headers, page)
json_type = {"Content-Type": "application/json", "Accept": "application/json"}
page = browser.post("/api/sum", body=json.dumps({"numbers": [1, 2, 39.5]}).encode(), headers=json_type)
promise("a JSON body is understood", page.status == 201 and page.json == {"sum": 42.5}, page)
page = browser.post("/api/sum", body=b'{"numbers": ["one"]}', headers=json_type)
promise("and checked", page.status == 422 and "numbers.0" in page.json["errors"], page)

promise_that_nothing_bleeds(browser)
