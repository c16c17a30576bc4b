#!/usr/bin/env python3
"""Talks to the WebSocket server. One process, or not everybody is in the same room."""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from browser import Browser, base_url, promise
from raw import WebSocket

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10

browser = Browser(base_url())
page = browser.get("/")
promise("a page is served", page.status == 200 and "in the room" in page, page)

with WebSocket(base_url(), "/echo") as echo:
    promise("the connection is upgraded", echo.status == 101 and echo.fields["upgrade"].lower() == "websocket")
    echo.say("grüß Gott".encode())
    promise("a message comes back", echo.hear() == (TEXT, "grüß Gott".encode()))
    for size in (125, 126, 65_535, 65_536, 1_000_000, 8_000_000):
        contents = os.urandom(size)
        echo.say(contents, BINARY)
        promise(f"and one of {size} bytes, whole", echo.hear() == (BINARY, contents))
    for number in range(1000):
        echo.say(str(number).encode())
    promise("and a thousand in their order", all(echo.hear() == (TEXT, str(n).encode()) for n in range(1000)))
    echo.say(b"there?", PING)
    promise("a ping is answered", echo.hear() == (PONG, b"there?"))
    echo.say((1000).to_bytes(2, "big"), CLOSE)
    kind, reason = echo.hear()
    promise("and a close", kind == CLOSE and reason[:2] == (1000).to_bytes(2, "big") and echo.rest() == b"")

with WebSocket(base_url(), "/chat") as one, WebSocket(base_url(), "/chat") as other:
    promise("two are in the room", "2 in the room" in browser.get("/"))
    one.say(b"hello everybody")
    promise("what one says the other hears", other.hear() == (TEXT, b"hello everybody"))
    promise("and it itself", one.hear() == (TEXT, b"hello everybody"))

with WebSocket(base_url(), "/no-such-room") as nowhere:
    promise("a refused upgrade is an ordinary answer", nowhere.status == 404)
