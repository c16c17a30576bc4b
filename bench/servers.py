"""The two sides. Each starts on a free port of the loopback, serves a site, and ends with everything it started."""

import contextlib
import copy
import dataclasses
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import processes
from load import free_port

PHP_VERSION = os.environ.get("PHP_VERSION", "8.2")

# PHP is set up alike on both sides: what differs then is what runs it.
PHP_INI = {
    "memory_limit": "128M",
    "display_errors": "0",
    "log_errors": "1",
    "realpath_cache_size": "4096K",
    "realpath_cache_ttl": "600",
    "opcache.enable": "1",
    "opcache.memory_consumption": "128",
    "opcache.interned_strings_buffer": "16",
    "opcache.max_accelerated_files": "10000",
    "opcache.validate_timestamps": "0",
    "opcache.jit": "off",
    "opcache.jit_buffer_size": "0",
}

# Of applications that speak HTTP themselves, on both sides.
PROGRAM_ENVIRONMENT = {"NODE_ENV": "production", "NODE_PATH": "/usr/share/nodejs"}


class ServerError(Exception):
    pass


class Server:
    """A server with its configuration and logs in a directory of its own."""

    name = ""

    def __init__(self, site, directory, settings=None, enter=None):
        """`settings`: what Weir is to be told besides. `enter`: called in each process before its program starts."""
        self.site, self.directory = site, directory
        self.settings, self._enter = settings or {}, enter
        self.address = ("127.0.0.1", free_port())
        self.url = f"http://{self.address[0]}:{self.address[1]}"
        self._processes = []
        directory.mkdir(mode=0o755)

    @property
    def pids(self):
        return [process.pid for process in self._processes]

    @property
    def own_pids(self):
        """Without the application's: the processes that stand between it and its clients."""
        application = set(processes.with_argument(self.site.entry))
        return [pid for pid in processes.tree(self.pids) if pid not in application]

    def start(self):
        raise NotImplementedError

    def stop(self):
        family = {pid: processes.start_time(pid) for pid in processes.tree(self.pids)}
        for process in reversed(self._processes):
            process.send_signal(signal.SIGTERM)
        for process in reversed(self._processes):
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        # A child that outlived its parent is ours all the same, if it is still the process that it was.
        for pid, born in family.items():
            if born is not None and processes.start_time(pid) == born:
                _signal(pid, signal.SIGKILL)
        self._processes = []

    def wait_until_ready(self, path, seconds=20):
        deadline = time.monotonic() + seconds
        trouble = None
        while time.monotonic() < deadline:
            if any(process.poll() is not None for process in self._processes):
                raise ServerError(f"{self.name} ended while it started:\n{self.logs()}")
            try:
                with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                    answer.read()
                    return
            except (OSError, urllib.error.URLError) as error:
                trouble = error
                time.sleep(0.05)
        raise ServerError(f"{self.name} does not serve {path}: {trouble}\n{self.logs()}")

    def logs(self):
        parts = []
        for file in sorted(self.directory.glob("*.log")):
            if file.name != "access.log":
                parts.append(f"--- {file.name}\n{file.read_text(errors='replace')[-3000:]}")
        return "\n".join(parts)

    def _run(self, command, log, environment=None):
        with open(self.directory / log, "wb") as output:
            self._processes.append(subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env=os.environ | (environment or {}), start_new_session=True, preexec_fn=self._enter,
            ))


class Weir(Server):
    name = "weir"

    @classmethod
    def binary(cls):
        built = pathlib.Path(__file__).resolve().parent.parent / ".build/release/weir"
        return os.environ.get("WEIR") or str(built)

    @classmethod
    def version(cls):
        return _first_line([cls.binary(), "--version"])

    @property
    def file(self):
        return self.directory / "weir.yaml"

    @property
    def pids(self):
        """After an upgrade the server is another process than the one that was started here."""
        return processes.with_argument(str(self.file))

    def start(self):
        # JSON is YAML. Its access log goes where its output goes: to a file, as the peer's does.
        configuration = without_nothing(merged(self._configuration(), self.settings))
        self.file.write_text(json.dumps(configuration, indent=2) + "\n")
        self._run([self.binary(), "serve", self.file], "weir.log")

    def stop(self):
        started = {process.pid for process in self._processes}
        upgraded = [pid for pid in self.pids if pid not in started]
        for pid in upgraded:
            _signal(pid, signal.SIGTERM)
        deadline = time.monotonic() + 15
        while set(upgraded) & set(self.pids) and time.monotonic() < deadline:
            time.sleep(0.05)
        super().stop()

    def status(self):
        """The status page, from the admin socket."""
        connection = http.client.HTTPConnection("localhost", timeout=5)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(5)
        with contextlib.closing(connection):
            connection.sock.connect(str(self.directory / "admin.sock"))
            connection.request("GET", "/status")
            return json.loads(connection.getresponse().read())

    def _configuration(self):
        common = {"listen": f"{self.address[0]}:{self.address[1]}", "admin": f"unix:{self.directory}/admin.sock"}
        if not self.site.workers:
            return common | {"routes": [{"path": "/*", "static": {"root": str(self.site.root)}}]}
        if self.site.runtime != "php":
            # The peer of Node.js, its own cluster, writes no access log either.
            quiet = {"access_log": "off"} if self.site.runtime == "node" else {}
            return common | quiet | {"apps": {"bench": self._program()}}
        app = {
            "runtime": "php", "root": str(self.site.root), "entry": self.site.entry,
            "pool": {"manager": "static", "max_workers": self.site.workers, "max_requests": 0},
            "queue": {"limit": 1000, "timeout": "30s"},
            "php": {"ini": PHP_INI | self.site.ini},
        }
        if self.site.worker_script:
            app |= {"mode": "worker", "worker": {"script": self.site.worker_script}}
        return common | {"apps": {"bench": app}}

    def _program(self):
        """An application that speaks HTTP itself. Unlike PHP's, its processes run many requests at once."""
        app = {
            "runtime": self.site.runtime, "root": str(self.site.root), "environment": PROGRAM_ENVIRONMENT | self.site.environment,
            "pool": {"manager": "static", "max_workers": self.site.workers},
            "queue": {"limit": 1000, "timeout": "30s"},
        }
        if self.site.runtime == "node":
            return app | {"entry": self.site.entry}
        return app | {
            "command": [self.site.entry, "{socket}"], "timeouts": {"request": "5m"},
            "pool": app["pool"] | {"concurrency": self.site.requests_at_once},
        }


class WeirClassic(Weir):
    """Weir without worker mode, for what that is compared with."""

    name = "weir-classic"

    def _configuration(self):
        self.site = dataclasses.replace(self.site, worker_script=None)
        return super()._configuration()


def merged(configuration, changes):
    """With what `changes` sets."""
    result = copy.deepcopy(configuration)
    for key, value in changes.items():
        nested = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if nested else value
    return result


def without_nothing(configuration):
    """Without the keys that were set to None."""
    if not isinstance(configuration, dict):
        return configuration
    return {key: without_nothing(value) for key, value in configuration.items() if value is not None}


class NginxFPM(Server):
    """nginx with php-fpm behind it, set up as those who tune it advise, and no worse than it can be.

    It makes one connection to php-fpm a request, as nearly everybody's does, and that is its best figure: see
    ``NginxFPMKeepalive`` for the other way. `listen … reuseport` was tried as well, and changed nothing.
    """

    name = "nginx"
    keeps_connections_to_fpm = False
    shared_listening = ""

    @classmethod
    def version(cls):
        nginx = subprocess.run([_program("nginx"), "-v"], capture_output=True, text=True).stderr.strip()
        return f"{nginx}; {_first_line([_program(f'php-fpm{PHP_VERSION}'), '-v'])}"

    def start(self):
        if self.site.workers:
            self._start_application()
        self._start_nginx()

    def _start_application(self):
        user = "user = www-data\ngroup = www-data\nlisten.owner = www-data" if os.geteuid() == 0 else ""
        settings = PHP_INI | self.site.ini
        ini = "\n".join(f"php_admin_value[{key}] = {value}" for key, value in settings.items() if "opcache" not in key)
        (self.directory / "fpm.conf").write_text(f"""\
[global]
error_log = {self.directory}/fpm-error.log
log_level = warning
daemonize = no
[bench]
{user}
listen = {self.directory}/fpm.sock
listen.backlog = 4096
pm = static
pm.max_children = {self.site.workers}
pm.max_requests = 0
request_terminate_timeout = 60s
{ini}
""")
        # OPcache takes its settings at startup only, from the command line or php.ini.
        opcache = [f"-d{key}={value}" for key, value in settings.items() if "opcache" in key]
        self._run([_program(f"php-fpm{PHP_VERSION}"), "--nodaemonize", "--fpm-config", self.directory / "fpm.conf",
                   *opcache], "fpm.log")

    def _start_nginx(self):
        work = self.directory
        host, port = self.address
        (work / "fastcgi_params").write_text(FASTCGI_PARAMS)
        (work / "nginx.conf").write_text(f"""\
{"user www-data;" if os.geteuid() == 0 else ""}
worker_processes 2;
worker_rlimit_nofile 20000;
daemon off;
pid {work}/nginx.pid;
error_log {work}/nginx-error.log;
events {{
    worker_connections 16384;
    multi_accept on;
}}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log {work}/access.log combined buffer=64k flush=1s;
    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    server_tokens off;
    keepalive_timeout 300s;
    keepalive_requests 1000000000;
    open_file_cache max=1000 inactive=60s;
    open_file_cache_valid 60s;
    client_body_temp_path {work}/body;
    fastcgi_temp_path {work}/fastcgi;
    proxy_temp_path {work}/proxy;
    uwsgi_temp_path {work}/uwsgi;
    scgi_temp_path {work}/scgi;
    fastcgi_buffer_size 16k;
    fastcgi_buffers 16 16k;
    {self._upstream()}
    server {{
        listen {host}:{port} backlog=4096{self.shared_listening};
        root {self.site.root};
        {self._locations()}
    }}
}}
""")
        self._run([_program("nginx"), "-e", work / "nginx-error.log", "-c", work / "nginx.conf"], "nginx.log")

    def _upstream(self):
        if not self.site.workers:
            return ""
        kept = f"keepalive {self._connections_kept()};" if self.keeps_connections_to_fpm else ""
        return f"upstream fpm {{ server unix:{self.directory}/fpm.sock; {kept} }}"

    def _connections_kept(self):
        # Of each of nginx's processes: together they may hold every worker, and never more.
        return max(1, self.site.workers // 2)

    def _locations(self):
        if not self.site.workers:
            return "location / { }"
        kept = "fastcgi_keep_conn on;" if self.keeps_connections_to_fpm else ""
        return f"""
        location / {{ try_files $uri /{self.site.entry}$is_args$args; }}
        location ~ \\.php$ {{
            include {self.directory}/fastcgi_params;
            fastcgi_pass fpm;
            fastcgi_read_timeout 60s;
            {kept}
        }}"""


class NginxFPMKeepalive(NginxFPM):
    """Keeps its connections to php-fpm, to show why the peer does not.

    An idle connection holds its worker, so requests wait for one while others wait for requests. Measured with 16
    workers and hello.php: about as many requests a second, and a p99 of 1.3 s in place of 10 ms.
    """

    name = "nginx-keepalive"
    keeps_connections_to_fpm = True


class NginxProxy(NginxFPM):
    """nginx before a program that speaks HTTP on a unix socket, with connections to it that are kept."""

    name = "nginx-proxy"
    # Each of its processes takes half of the connections: one alone would run out of them at 8,000.
    shared_listening = " reuseport"

    def _start_application(self):
        self._run([self.site.entry, self._socket], "application.log", PROGRAM_ENVIRONMENT | self.site.environment)
        deadline = time.monotonic() + 20
        while not pathlib.Path(self._socket).is_socket():
            if time.monotonic() > deadline:
                raise ServerError(f"{self.site.entry} does not listen\n{self.logs()}")
            time.sleep(0.05)
        # It is root's, and nginx's processes are not.
        os.chmod(self._socket, 0o666)

    @property
    def _socket(self):
        return str(self.directory / "application.sock")

    def _upstream(self):
        return f"upstream application {{ server unix:{self._socket}; keepalive 256; keepalive_requests 1000000000; }}"

    def _locations(self):
        return """
        location / {
            proxy_pass http://application;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_read_timeout 300s;
        }"""


class NodeCluster(Server):
    """node's own cluster, which the clients talk to directly."""

    name = "node-cluster"

    @classmethod
    def version(cls):
        return f"node {_first_line([_program('node'), '--version'])}"

    def start(self):
        cluster = pathlib.Path(__file__).resolve().parent / "sites/node/cluster.js"
        self._run([_program("node"), cluster, self.site.root / self.site.entry, str(self.site.workers)], "cluster.log",
                  PROGRAM_ENVIRONMENT | {"PORT": str(self.address[1])})


FASTCGI_PARAMS = """\
fastcgi_param SCRIPT_FILENAME   $document_root$fastcgi_script_name;
fastcgi_param SCRIPT_NAME       $fastcgi_script_name;
fastcgi_param DOCUMENT_ROOT     $document_root;
fastcgi_param DOCUMENT_URI      $document_uri;
fastcgi_param REQUEST_URI       $request_uri;
fastcgi_param REQUEST_METHOD    $request_method;
fastcgi_param REQUEST_SCHEME    $scheme;
fastcgi_param QUERY_STRING      $query_string;
fastcgi_param CONTENT_TYPE      $content_type;
fastcgi_param CONTENT_LENGTH    $content_length;
fastcgi_param SERVER_PROTOCOL   $server_protocol;
fastcgi_param SERVER_SOFTWARE   nginx/$nginx_version;
fastcgi_param SERVER_NAME       $server_name;
fastcgi_param SERVER_ADDR       $server_addr;
fastcgi_param SERVER_PORT       $server_port;
fastcgi_param REMOTE_ADDR       $remote_addr;
fastcgi_param REMOTE_PORT       $remote_port;
fastcgi_param GATEWAY_INTERFACE CGI/1.1;
fastcgi_param REDIRECT_STATUS   200;
"""

SERVERS = {server.name: server for server in (Weir, WeirClassic, NginxFPM, NginxFPMKeepalive, NginxProxy, NodeCluster)}


@contextlib.contextmanager
def serving(kind, site, directory, ready_path, settings=None, enter=None):
    server = kind(site, directory, settings, enter)
    try:
        server.start()
        server.wait_until_ready(ready_path)
        yield server
    finally:
        server.stop()


def _signal(pid, number):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _program(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not found:
        raise ServerError(f"{name} is missing. Run scripts/install-dependencies.sh bench")
    return found


def _first_line(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10).stdout.strip().partition("\n")[0]
    except OSError:
        return "unknown"
