"""A report, served on the unix socket that is named as the argument. Nothing but Python's standard library."""

import datetime
import http.server
import json
import os
import pathlib
import signal
import socketserver
import sys
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    # Connections are kept.
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        page = {"/reports/today": self.today, "/reports/health": lambda: {"well": True}}.get(self.path)
        if page is None:
            self.answer(404, {"error": f"no report {self.path}"})
        else:
            self.answer(200, page())

    def today(self):
        now = datetime.datetime.now().astimezone()
        return {
            "date": now.date().isoformat(), "minutes": now.hour * 60 + now.minute, "process": os.getpid(),
            "visitor": self.headers.get("X-Forwarded-For"),
        }

    def answer(self, status, value):
        body = json.dumps(value).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        """Weir writes the access log."""


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128


path = pathlib.Path(sys.argv[1])
path.unlink(missing_ok=True)
with Server(str(path), Handler) as server:
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
