#!/usr/bin/env python3
"""Visits every address of examples/guestbook. Serve it with an APP_DATA that is empty."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from browser import Browser, base_url, png, promise

anna, otto = Browser(base_url()), Browser(base_url())

page = anna.get("/")
promise("the book opens", page.status == 200 and "Leave us a line" in page, page)
promise("a new visitor gets a session", anna.cookie("guestbook") is not None, page)
promise("nobody writes without a name", 'action="/entries"' not in page, page)
promise("pages are not cached", page.headers["Cache-Control"] == "no-store", page)
css = anna.get("/style.css")
promise("the stylesheet is a static file", css.status == 200 and css.type == "text/css" and "--river" in css, css)
icon = anna.get("/mill.svg")
promise("the icon is a static file", icon.status == 200 and icon.type == "image/svg+xml", icon)

page = anna.get("/sign-in")
promise("the sign-in form renders", page.status == 200 and "Who is writing?" in page, page)
form = page.form("name")
page = anna.post("/sign-in", form | {"name": "x" * 41})
promise("a name that is too long comes back with the reason", page.status == 422 and "1 to 40" in page, page)
page = anna.post("/sign-in", form | {"name": "Anna", "token": "guessed"})
promise("a form with a wrong token is refused", page.status == 403, page)
before = anna.cookie("guestbook")
page = anna.post("/sign-in", form | {"name": "Anna <b>"}, follow=False)
promise("signing in redirects", page.status == 303 and page.headers["Location"] == "/", page)
promise("signing in changes the session's id", anna.cookie("guestbook") != before, page)
page = anna.get("/")
promise("the flash message shows", "Welcome, Anna &lt;b&gt;." in page, page)
promise("the name is escaped everywhere", "Anna <b>" not in page, page)
promise("the flash message shows once", "Welcome, Anna" not in anna.get("/"), page)

form = page.form("text")
page = anna.post("/entries", form | {"text": "   "})
promise("an empty entry comes back with the reason", page.status == 422 and "a line or two" in page, page)
page = anna.post("/entries", form | {"text": "é" * 601})
promise("an entry that is too long comes back with its text", page.status == 422 and "é" * 601 in page, page)
not_a_photo = {"photo": ("cat.png", "image/png", b"<?php echo 'cat';")}
page = anna.post("/entries", form | {"text": "A cat"}, not_a_photo)
promise("a file that only claims to be a picture is refused", page.status == 422 and "not a JPEG" in page, page)

text = 'Grüße & "Küsse" <script>alert(1)</script>\n水車'
page = anna.post("/entries", form | {"text": text}, {"photo": ("mill.png", "image/png", png(1400, 900))})
promise("an entry with a photo is in the book", page.status == 200 and "Your entry is in the book" in page, page)
promise("its text is escaped", "&lt;script&gt;" in page and "<script>" not in page and "水車" in page, page)
photo = re.search(r'href="(/photos/[0-9a-f]{24})"', page.text)
entry = re.search(r'action="(/entries/(\d+))/remove"', page.text)
promise("it shows its photo, and its author may remove it", photo and entry, page)

whole = anna.get(photo[1])
promise("the photo comes back as it was sent", whole.type == "image/png" and whole.body == png(1400, 900), whole)
small = anna.get(photo[1] + "/small")
promise("its thumbnail is a picture", small.status == 200 and small.type in ("image/jpeg", "image/png"), small)
again = anna.get(photo[1], headers={"If-None-Match": whole.headers["ETag"]})
promise("a photo the browser has is not sent again", again.status == 304 and again.body == b"", again)

page = otto.get(entry[1])
promise("an entry has its own page", page.status == 200 and "Anna &lt;b&gt; wrote" in page, page)
promise("another visitor may not remove it", "/remove" not in page, page)
form = otto.get("/sign-in").form("name")
otto.post("/sign-in", form | {"name": "Otto"})
page = otto.post(entry[1] + "/remove", {"token": otto.get("/").form("text")["token"]})
promise("not even by asking directly", page.status == 403 and "Only who wrote" in page, page)

page = anna.get("/?page=2")
promise("older entries are on the next page", page.status == 200 and "Page 2 of 2" in page, page)
promise("there is no page beyond the last", anna.get("/?page=3").status == 404)
promise("a page that is no number is not found", anna.get("/?page=x").status == 404)
promise("a page that is a list is the first", anna.get("/?page[]=2").status == 200)
promise("an unknown address is not found", anna.get("/nowhere").status == 404)
promise("an unknown photo is not found", anna.get("/photos/" + "0" * 24).status == 404)
promise("reading is not writing: GET on a form's address", anna.get("/entries").status == 405)
head = anna.get("/", method="HEAD")
promise("HEAD has the headers and no body", head.status == 200 and head.body == b"", head)

token = anna.get("/").form("text")["token"]
page = anna.post(entry[1] + "/remove", {"token": token})
promise("its author removes the entry", page.status == 200 and "Your entry is gone" in page, page)
promise("the photo goes with it", anna.get(photo[1]).status == 404)
page = anna.post("/sign-out", {"token": token})
promise("signing out ends the session's name", "Goodbye" in page and 'action="/entries"' not in page, page)
