"""Connections as bytes, for what a browser's library hides: what comes when, other protocols, trailers."""

import base64
import os
import socket
import urllib.parse

TIMEOUT_SECONDS = 20


class Connection:
    """To `base_url`; closed at the end of a `with`."""

    def __init__(self, base_url):
        place = urllib.parse.urlsplit(base_url)
        self.host = place.netloc
        self._socket = socket.create_connection((place.hostname, place.port), timeout=TIMEOUT_SECONDS)
        self._received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def ask(self, method, path, *fields, body=b""):
        head = "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {self.host}", *fields])
        self.send(head.encode() + b"\r\n\r\n" + body)

    def send(self, data):
        self._socket.sendall(data)

    def until(self, end):
        """What comes up to and with `end`; all there is if the other side closes before."""
        while end not in self._received:
            data = self._socket.recv(65536)
            if not data:
                everything, self._received = self._received, b""
                return everything
            self._received += data
        found, _, self._received = self._received.partition(end)
        return found + end

    def exactly(self, count):
        while len(self._received) < count:
            data = self._socket.recv(65536)
            if not data:
                raise OSError(f"closed after {len(self._received)} of {count} bytes")
            self._received += data
        found, self._received = self._received[:count], self._received[count:]
        return found

    def rest(self):
        """All that comes until the other side closes."""
        while data := self._socket.recv(65536):
            self._received += data
        everything, self._received = self._received, b""
        return everything

    def head(self):
        """(status, fields with small names) of the next answer, interim ones included."""
        first, *lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines if ": " in line)
        return int(first.split()[1]), {name.lower(): value for name, value in fields.items()}


class WebSocket(Connection):
    """A client of RFC 6455, as far as scenarios need one."""

    def __init__(self, base_url, path):
        super().__init__(base_url)
        key = base64.b64encode(os.urandom(16)).decode()
        self.ask("GET", path, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                 f"Sec-WebSocket-Key: {key}")
        self.status, self.fields = self.head()

    def say(self, data, kind=1):
        """`kind`: 1 text, 2 binary, 8 close, 9 ping."""
        mask, size = os.urandom(4), len(data)
        if size < 126:
            length = bytes([0x80 | size])
        elif size < 65536:
            length = bytes([0x80 | 126]) + size.to_bytes(2, "big")
        else:
            length = bytes([0x80 | 127]) + size.to_bytes(8, "big")
        long_mask = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        masked = (int.from_bytes(data, "big") ^ long_mask).to_bytes(size, "big")
        self.send(bytes([0x80 | kind]) + length + mask + masked)

    def hear(self):
        """(kind, data) of the next message, in one frame as servers send it."""
        first, size = self.exactly(2)
        if size >= 126:
            size = int.from_bytes(self.exactly(2 if size == 126 else 8), "big")
        return first & 0x0F, self.exactly(size)
