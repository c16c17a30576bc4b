#!/usr/bin/env python3
"""Two users, and now and then a stranger, ask at the same time who they are: 10,000 times, and never somebody else.

    sessions.py [REQUESTS]    the address is in BASE_URL; the application answers /whoami with X-Who: [name, count]

The count of a session must go up by one with each of its requests: a session that is shared, lost or mixed up shows.
"""

import http.client
import json
import os
import sys
import threading
import urllib.parse

REQUESTS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
ADDRESS = urllib.parse.urlsplit(os.environ["BASE_URL"]).netloc
wrong = []


class Visitor(threading.Thread):
    def __init__(self, name, requests):
        super().__init__()
        self.name, self.requests = name, requests
        self.cookies = {}
        self.connection = http.client.HTTPConnection(ADDRESS, timeout=60)

    def run(self):
        try:
            self.ask("sign-in=" + self.name, [self.name, 1])
            for count in range(2, self.requests + 1):
                # A request that ends early must not hand its session on either.
                self.ask("how=exit" if count % 10 == 0 else "", [self.name, count])
                if count % 50 == 0:
                    self.ask("", [None, 1], stranger=True)
        except Exception as trouble:
            wrong.append(f"{self.name}: {trouble!r}")

    def ask(self, query, expected, stranger=False):
        cookies = {} if stranger else self.cookies
        sent = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self.connection.request("GET", f"/whoami?{query}", headers={"Cookie": sent} if sent else {})
        answer = self.connection.getresponse()
        body = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            cookies[name] = value
        who = answer.headers.get_all("X-Who", [])
        if len(who) != 1 or json.loads(who[0]) != expected:
            raise AssertionError(f"expected {expected}, got {answer.status} {who} {body[:200]!r}")


strangers_too = 51 / 50
each = round(REQUESTS / 2 / strangers_too)
visitors = [Visitor(name, each) for name in ("anna", "otto")]
for visitor in visitors:
    visitor.start()
for visitor in visitors:
    visitor.join()
if wrong:
    print("BROKEN  never another's session")
    print("\n".join(wrong), file=sys.stderr)
    sys.exit(1)
print(f"ok  {REQUESTS:,} requests of two users: never another's session", flush=True)
