"""The peers: nginx before php-fpm, nginx before a program, and node's own cluster. And all sides by their names."""

import os
import pathlib
import subprocess
import time

from servers import (
    PHP_INI, PHP_VERSION, PROGRAM_ENVIRONMENT, Server, ServerError, Weir, WeirClassic, first_line, program_path,
)


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
        nginx = subprocess.run([program_path("nginx"), "-v"], capture_output=True, text=True).stderr.strip()
        return f"{nginx}; {first_line([program_path(f'php-fpm{PHP_VERSION}'), '-v'])}"

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
        self._run([program_path(f"php-fpm{PHP_VERSION}"), "--nodaemonize", "--fpm-config", self.directory / "fpm.conf",
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
        self._run([program_path("nginx"), "-e", work / "nginx-error.log", "-c", work / "nginx.conf"], "nginx.log")

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
        return f"node {first_line([program_path('node'), '--version'])}"

    def start(self):
        cluster = pathlib.Path(__file__).resolve().parent / "sites/node/cluster.js"
        self._run([program_path("node"), cluster, self.site.root / self.site.entry, str(self.site.workers)], "cluster.log",
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
