"""What the scenarios share: a browser of a few lines (cookies, forms, uploads) and a way to state promises.

A scenario visits a running application and prints one line for each promise it checked. The first broken one ends it:
the line says BROKEN, what the page was goes to standard error, and the exit status is 1.
"""

import html.parser
import http.client
import http.cookiejar
import json
import os
import struct
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid
import zlib

TIMEOUT_SECONDS = 60


class _Forms(html.parser.HTMLParser):
    """Collects the forms of a page with the values they would send untouched."""

    def __init__(self):
        super().__init__()
        self.forms = []
        self._field = None  # the textarea or select that is open: [tag, name, value so far]

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.forms.append({"action": given.get("action") or "", "fields": {}})
            return
        if not self.forms:
            return
        fields = self.forms[-1]["fields"]
        name = given.get("name")
        if tag == "input" and name:
            kind = (given.get("type") or "text").lower()
            if kind in ("checkbox", "radio") and "checked" not in given:
                return
            if kind not in ("submit", "button", "image", "file", "reset"):
                fields[name] = given.get("value") or ("on" if kind == "checkbox" else "")
        elif tag in ("textarea", "select") and name:
            self._field = [tag, name, ""]
            fields.setdefault(name, "")
        elif tag == "option" and self._field and self._field[0] == "select":
            first = not fields[self._field[1]]
            if "selected" in given or first:
                fields[self._field[1]] = given.get("value") or ""

    def handle_data(self, data):
        if self._field and self._field[0] == "textarea":
            self._field[2] += data

    def handle_endtag(self, tag):
        if self._field and self._field[0] == tag:
            if tag == "textarea":
                self.forms[-1]["fields"][self._field[1]] = self._field[2]
            self._field = None


class Page:
    """An answer, redirects followed or not."""

    def __init__(self, status, headers, body, url):
        self.status, self.headers, self.body, self.url = status, headers, body, url

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def path(self):
        return urllib.parse.urlsplit(self.url).path

    @property
    def type(self):
        return self.headers.get("Content-Type", "").partition(";")[0]

    def form(self, with_field):
        """The fields of the first form that has a field of this name."""
        forms = _Forms()
        forms.feed(self.text)
        for form in forms.forms:
            if with_field in form["fields"]:
                return dict(form["fields"])
        broken(f"a form with the field {with_field}", self)

    def __contains__(self, text):
        return text in self.text


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


class Browser:
    def __init__(self, base_url):
        self.base_url = base_url.rstrip("/")
        self.cookies = http.cookiejar.CookieJar()
        jar = urllib.request.HTTPCookieProcessor(self.cookies)
        no_proxy = urllib.request.ProxyHandler({})
        self._following = urllib.request.build_opener(no_proxy, jar)
        self._staying = urllib.request.build_opener(no_proxy, jar, _StayHere())

    def get(self, path, follow=True, headers=None, method="GET"):
        return self._send(urllib.request.Request(self.absolute(path), headers=headers or {}, method=method), follow)

    def post(self, path, fields=None, files=None, follow=True, headers=None, body=None):
        """`files`: {field: (file name, type, bytes)}. `body` is sent as it is."""
        headers = dict(headers or {})
        if body is None and files:
            body, headers["Content-Type"] = _multipart(fields or {}, files)
        elif body is None:
            body = urllib.parse.urlencode(fields or {}).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self._send(urllib.request.Request(self.absolute(path), body, headers, method="POST"), follow)

    def absolute(self, path):
        return urllib.parse.urljoin(self.base_url + "/", path)

    def cookie(self, name):
        return next((cookie.value for cookie in self.cookies if cookie.name == name), None)

    def _send(self, request, follow):
        opener = self._following if follow else self._staying
        try:
            with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return Page(answer.status, answer.headers, answer.read(), answer.url)
        except urllib.error.HTTPError as answer:
            with answer:
                return Page(answer.code, answer.headers, answer.read(), answer.url)
        except (OSError, http.client.HTTPException) as trouble:
            broken(f"{request.method} {request.full_url} is answered", detail=repr(trouble))


def _multipart(fields, files):
    boundary = uuid.uuid4().hex
    parts = []
    for name, value in fields.items():
        parts.append((f'form-data; name="{name}"', None, str(value).encode()))
    for name, (file_name, kind, contents) in files.items():
        parts.append((f'form-data; name="{name}"; filename="{file_name}"', kind, contents))
    body = bytearray()
    for disposition, kind, contents in parts:
        body += f"--{boundary}\r\nContent-Disposition: {disposition}\r\n".encode()
        body += f"Content-Type: {kind}\r\n".encode() if kind else b""
        body += b"\r\n" + contents + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return bytes(body), f"multipart/form-data; boundary={boundary}"


def png(width, height, colour=(15, 102, 116)):
    """A picture of one colour: a real PNG file, without any library."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    line = b"\0" + bytes(colour) * width
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(line * height))
        + chunk(b"IEND", b"")
    )


def promise(what, kept, page=None):
    if not kept:
        broken(what, page)
    print(f"ok  {what}", flush=True)


def promise_that_nothing_bleeds(browser):
    """`/state` shows what a request finds, `/spoil` changes all of it: the next visitor must not see that."""
    fresh = Browser(browser.base_url).get("/state")
    promise("the state can be asked for", fresh.status == 200 and fresh.json["request"] is True, fresh)
    for how, status in (("nothing", 200), ("exception", 500), ("exit", 200)):
        for visitor in range(16):  # so that each worker has its turn
            page = browser.get(f"/spoil?visitor=visitor{visitor}&how={how}")
            if page.status != status:
                broken(f"a request may spoil the state (ends with {how})", page)
            page = Browser(browser.base_url).get("/state")
            if page.status != 200 or page.json != fresh.json:
                broken(f"the next one does not see it (after {how})", page, f"fresh: {fresh.json}")
        promise(f"what a request changes is not seen by the next one (it ends with {how})", True)


def broken(what, page=None, detail=None):
    print(f"BROKEN  {what}", flush=True)
    if page is not None:
        print(f"{page.url} answered {page.status}\n{page.headers}", end="", file=sys.stderr)
        readable = page.type.startswith("text/") or page.type.endswith(("json", "xml"))
        print(page.text[:4000] if readable else f"({len(page.body)} bytes)", file=sys.stderr)
    if detail is not None:
        print(detail, file=sys.stderr)
    sys.exit(1)


def base_url():
    """The first argument, or BASE_URL."""
    url = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("BASE_URL")
    if not url:
        sys.exit(f"usage: {sys.argv[0]} BASE_URL")
    return url
