#!/bin/bash
# Serves ROOT with nginx and php-fpm on loopback while COMMAND runs, and ends with COMMAND's status.
#
#   with-fpm.sh ROOT ENTRY -- COMMAND...
#
# ENTRY is the front controller, relative to ROOT. COMMAND finds the address in BASE_URL. This is the reference the
# scenarios are proven against: what holds here has to hold with Weir. Variables exported here (APP_DATA, …) reach PHP.
# Started by root, PHP runs as www-data: ROOT has to be readable for it.
set -euo pipefail

if [[ $# -lt 4 || $3 != -- ]]; then
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 64
fi
root=$(realpath "$1")
entry=$2
shift 3

find_program() {
    command -v "$1" || command -v "/usr/sbin/$1" ||
        { echo "$1 is missing. Run scripts/install-dependencies.sh test" >&2; exit 69; }
}
nginx=$(find_program nginx)
fpm=$(find_program "php-fpm${PHP_VERSION:-8.2}")

work=$(mktemp -d "${TMPDIR:-/tmp}/with-fpm.XXXXXX")
chmod 755 "$work"
fpm_pid= nginx_pid=

finish() {
    status=$?
    trap - EXIT INT TERM
    for pid in $nginx_pid $fpm_pid; do
        kill -TERM "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    if [[ $status -ne 0 && -s $work/error.log ]]; then
        echo "--- what nginx and PHP wrote to their logs (the last 40 lines)" >&2
        tail -n 40 "$work/error.log" "$work/fpm.log" >&2 || true
    fi
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

as_www_data= nginx_user=
if [[ $(id -u) -eq 0 ]]; then
    as_www_data="user = www-data
group = www-data
listen.owner = www-data"
    nginx_user="user www-data;"
fi

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

cat >"$work/fpm.conf" <<CONF
[global]
error_log = $work/fpm.log
daemonize = no
[app]
listen = $work/fpm.sock
$as_www_data
pm = static
pm.max_children = 4
clear_env = no
catch_workers_output = yes
php_admin_value[upload_max_filesize] = 16M
php_admin_value[post_max_size] = 20M
php_admin_flag[display_errors] = off
CONF

# Not Debian's own file: since its last security update that one passes Host without the port, and applications that
# make absolute links then make them for port 80. (nginx passes the request's own headers, Host among them, by itself.)
cat >"$work/fastcgi_params" <<'CONF'
fastcgi_param SCRIPT_FILENAME   $document_root$fastcgi_script_name;
fastcgi_param SCRIPT_NAME       $fastcgi_script_name;
fastcgi_param PATH_INFO         $path_info if_not_empty;
fastcgi_param DOCUMENT_ROOT     $document_root;
fastcgi_param DOCUMENT_URI      $document_uri;
fastcgi_param REQUEST_URI       $request_uri;
fastcgi_param REQUEST_METHOD    $request_method;
fastcgi_param REQUEST_SCHEME    $scheme;
fastcgi_param HTTPS             $https if_not_empty;
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
fastcgi_param HTTP_PROXY        "";
CONF

cat >"$work/nginx.conf" <<CONF
$nginx_user
worker_processes 1;
daemon off;
pid $work/nginx.pid;
error_log $work/error.log;
events { worker_connections 512; }
http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log off;
    sendfile on;
    client_max_body_size 20m;
    client_body_temp_path $work/body;
    fastcgi_temp_path $work/fastcgi;
    proxy_temp_path $work/proxy;
    uwsgi_temp_path $work/uwsgi;
    scgi_temp_path $work/scgi;
    server {
        listen 127.0.0.1:$port;
        root $root;
        index $(basename "$entry") index.html;
        location / { try_files \$uri \$uri/ /$entry\$is_args\$args; }
        location ~ \.php(/|\$) {
            fastcgi_split_path_info ^(.+?\.php)(/.*)?\$;
            set \$path_info \$fastcgi_path_info;
            try_files \$fastcgi_script_name /$entry\$is_args\$args;
            include $work/fastcgi_params;
            fastcgi_pass unix:$work/fpm.sock;
            fastcgi_read_timeout 60s;
        }
    }
}
CONF

"$fpm" --nodaemonize --fpm-config "$work/fpm.conf" &
fpm_pid=$!
"$nginx" -e "$work/error.log" -c "$work/nginx.conf" &
nginx_pid=$!

answers() {
    [[ -S $work/fpm.sock ]] && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null
}
for ((tries = 0; ; tries++)); do
    if answers; then break; fi
    if ((tries > 200)) || ! kill -0 "$nginx_pid" 2>/dev/null || ! kill -0 "$fpm_pid" 2>/dev/null; then
        echo "nginx or php-fpm did not come up:" >&2
        cat "$work/error.log" "$work/fpm.log" >&2 || true
        exit 70
    fi
    sleep 0.05
done

BASE_URL="http://127.0.0.1:$port" "$@"
