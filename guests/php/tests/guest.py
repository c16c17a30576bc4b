"""Drives weir-php as Weir does: a control socket, workers forked on command, FastCGI on each worker's socket."""

import array
import os
import select
import signal
import socket
import struct
import subprocess
import tempfile
import time

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR = 1, 2, 3, 4, 5, 6, 7
READY, LOG, METRIC, AUDIT = 64, 65, 66, 67
# END_REQUEST's protocolStatus: the worker leaves after it.
LEAVES = 128
HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = os.path.join(HERE, "scripts")
BINARY = os.environ.get("WEIR_PHP") or os.path.join(HERE, "../../../.build/guests/weir-php")
# The tests of worker mode hold with "-u", too.
MODE_ARGUMENTS = os.environ.get("WEIR_PHP_MODE_ARGUMENTS", "").split()
UNDER_ASAN = BINARY.endswith("asan")
DEADLINE = 60 if UNDER_ASAN else 20


def record(kind, request_id, content=b""):
    return struct.pack(">BBHHBx", 1, kind, request_id, len(content), 0) + content


def length(n):
    return bytes([n]) if n < 128 else struct.pack(">I", n | 1 << 31)


def encode_params(params):
    out = bytearray()
    for name, value in params:
        name, value = name.encode(), value if isinstance(value, bytes) else str(value).encode()
        out += length(len(name)) + length(len(value)) + name + value
    return bytes(out)


def stream(kind, request_id, content):
    out = bytearray()
    for at in range(0, len(content), 65535):
        out += record(kind, request_id, content[at : at + 65535])
    return bytes(out) + record(kind, request_id)


def standard_params(script, method="GET", query="", body=b"", content_type="", **extra):
    """What nginx's fastcgi.conf sends."""
    filename = script if script.startswith("/") else os.path.join(SCRIPTS, script)
    name = "/" + os.path.basename(filename)
    params = {
        "SCRIPT_FILENAME": filename,
        "QUERY_STRING": query,
        "REQUEST_METHOD": method,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "SCRIPT_NAME": name,
        "REQUEST_URI": name + ("?" + query if query else ""),
        "DOCUMENT_URI": name,
        "DOCUMENT_ROOT": SCRIPTS,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REQUEST_SCHEME": "http",
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SERVER_SOFTWARE": "weir",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "40000",
        "SERVER_ADDR": "127.0.0.1",
        "SERVER_PORT": "8080",
        "SERVER_NAME": "localhost",
        "REDIRECT_STATUS": "200",
        "HTTP_HOST": "localhost:8080",
        "HTTP_USER_AGENT": "guest-test",
        "HTTP_ACCEPT": "*/*",
    }
    params.update(extra)
    return list(params.items())


class Answer:
    def __init__(self):
        self.stdout, self.stderr = bytearray(), bytearray()
        self.log = []
        self.records = []
        self.answer_complete = False
        self.ended = False
        self.status = self.app_status = self.growth_kib = None
        self.answered_at = None

    @property
    def head(self):
        return bytes(self.stdout).partition(b"\r\n\r\n")[0].decode("latin-1")

    @property
    def body(self):
        return bytes(self.stdout).partition(b"\r\n\r\n")[2]

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def headers(self):
        return [tuple(line.split(": ", 1)) for line in self.head.split("\r\n") if ": " in line]

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def code(self):
        return int((self.header("Status") or "200").split()[0])


class Connection:
    """One FastCGI connection: a worker's, or one to php-fpm."""

    def __init__(self, sock):
        self.sock = sock
        self.sock.settimeout(DEADLINE)
        self.buffer = b""
        self.next_id = 0
        self.between = []

    def begin(self, params, body=b"", end_body=True):
        self.next_id = self.next_id % 65535 + 1
        head = record(BEGIN, self.next_id, struct.pack(">HB5x", 1, 1)) + stream(
            PARAMS, self.next_id, encode_params(params)
        )
        if not end_body:
            self.sock.sendall(head)
        elif len(body) < 100_000:
            self.sock.sendall(head + stream(STDIN, self.next_id, body))
        else:
            self.sock.sendall(head)
            self.send_body(body)
        return self.next_id

    def send_body(self, body, end=True):
        for at in range(0, len(body), 65535):
            self.sock.sendall(record(STDIN, self.next_id, body[at : at + 65535]))
        if end:
            self.sock.sendall(record(STDIN, self.next_id))

    def abort(self):
        self.sock.sendall(record(ABORT, self.next_id))

    def read_record(self):
        while True:
            if len(self.buffer) >= 8:
                _, kind, request_id, size, padding = struct.unpack(">BBHHBx", self.buffer[:8])
                if len(self.buffer) >= 8 + size + padding:
                    content = self.buffer[8 : 8 + size]
                    self.buffer = self.buffer[8 + size + padding :]
                    return kind, request_id, content
            more = self.sock.recv(1 << 20)
            if not more:
                raise EOFError("connection closed by the worker")
            self.buffer += more

    def finish(self, answer=None, until=lambda answer: answer.ended):
        answer = answer or Answer()
        while not until(answer):
            kind, request_id, content = self.read_record()
            if kind >= READY:
                fields = content.decode().split("\0")[:-1]
                (answer.records if request_id else self.between).append((kind, *fields))
                assert request_id in (0, self.next_id)
                continue
            assert request_id == self.next_id, (kind, request_id, self.next_id)
            if kind == STDOUT and content:
                assert not answer.answer_complete, "output after the answer's end"
                answer.stdout += content
            elif kind == STDOUT:
                answer.answer_complete = True
                answer.answered_at = time.monotonic()
            elif kind == STDERR:
                answer.stderr += content
                answer.log.append(content.decode("utf-8", "replace"))
            elif kind == END:
                answer.app_status, answer.status = struct.unpack(">IB3x", content)
                answer.growth_kib = int.from_bytes(content[5:], "big")
                answer.ended = True
        return answer

    def request(self, script, method="GET", body=b"", **kwargs):
        self.begin(standard_params(script, method=method, body=body, **kwargs), body)
        return self.finish()

    def get(self, script, query="", **extra):
        return self.request(script, query=query, **extra)


class Worker(Connection):
    def __init__(self, server, worker_id, pid, sock, log):
        super().__init__(sock)
        self.server, self.id, self.pid, self.log = server, worker_id, pid, log

    def read_log(self):
        """Everything the worker wrote to its fd 2, once it has ended."""
        out = b""
        while chunk := os.read(self.log, 65536):
            out += chunk
        return out.decode("utf-8", "replace")

    def close(self):
        self.sock.close()
        os.close(self.log)


class WorkerMode:
    """A fork server in worker mode, and its workers."""

    def __init__(self, script, *arguments, **kwargs):
        arguments = (*arguments, *MODE_ARGUMENTS)
        self.guest = Guest(*arguments, "-w", os.path.join(SCRIPTS, "worker", script), **kwargs)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.guest.stop()

    def fork(self):
        worker = self.guest.fork()
        kind, request_id, content = worker.read_record()
        while kind != READY:
            worker.between.append((kind, *content.decode().split("\0")[:-1]))
            kind, request_id, content = worker.read_record()
        assert (request_id, content) == (0, b"")
        return worker


class Guest:
    """The fork server."""

    def __init__(self, *arguments, env=None, wait=True, name="test"):
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.settimeout(DEADLINE)
        self.log = tempfile.TemporaryFile()
        environment = {"PATH": "/usr/bin:/bin", "USER": "weir", "HOME": "/nonexistent"} if env is None else env
        if UNDER_ASAN:
            environment = environment | {"ASAN_OPTIONS": "detect_leaks=0"}
        fd = theirs.fileno()

        def control_to_fd_3():
            os.dup2(fd, 3, inheritable=True)

        self.process = subprocess.Popen(
            [BINARY, "-n", name, *arguments],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=environment,
            close_fds=False, preexec_fn=control_to_fd_3,
        )  # fmt: skip
        theirs.close()
        self.pid = self.process.pid
        self.workers = []
        self.next_id = 0
        self.pending = []
        if wait:
            message = self.message()
            assert message.startswith("ready "), message + "\n" + self.read_log()
            self.version = message.split()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def read_log(self):
        self.log.seek(0)
        return self.log.read().decode("utf-8", "replace")

    def message(self):
        return self.control.recv(65536).decode()

    def expect(self, prefix):
        """The next message that starts so; others are kept."""
        for message in self.pending:
            if message.startswith(prefix):
                self.pending.remove(message)
                return message
        while True:
            message = self.message()
            assert message, "the fork server is gone: " + self.read_log()
            if message.startswith(prefix):
                return message
            self.pending.append(message)

    def fork(self):
        self.next_id += 1
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        log_read, log_write = os.pipe()
        fds = array.array("i", [theirs.fileno(), log_write])
        self.control.sendmsg(
            [f"fork {self.next_id}".encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)]
        )
        theirs.close()
        os.close(log_write)
        _, worker_id, pid = self.expect(f"forked {self.next_id} ").split()
        worker = Worker(self, int(worker_id), int(pid), ours, log_read)
        self.workers.append(worker)
        return worker

    def kill(self, worker, number):
        self.control.send(f"kill {worker.id} {int(number)}".encode())

    def exited(self, worker):
        """Waits for the worker's end: (code, signal)."""
        _, _, pid, code, number = self.expect(f"exited {worker.id} ").split()
        assert int(pid) == worker.pid
        return int(code), int(number)

    def stop(self):
        if self.log.closed:
            return self.process.returncode
        self.control.close()
        for worker in self.workers:
            worker.close()
        self.workers = []
        try:
            code = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            raise
        log = self.read_log()
        self.log.close()
        assert "AddressSanitizer" not in log and "runtime error" not in log, log
        return code


def readable(sock, seconds):
    return bool(select.select([sock], [], [], seconds)[0])


def wait_until(condition, what="condition"):
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"waited too long for: {what}"
        time.sleep(0.005)
