#pragma once

#include "fastcgi.h"

/// Serves the requests that arrive on `connection_fd` until the peer closes it. The process is the worker's
/// own from here on.
_Noreturn void worker_run(int connection_fd);

/// The first part of it: the process is a worker now.
struct fcgi_connection *worker_begin(int connection_fd);

/// The last part of it.
_Noreturn void worker_leave(int status);

/// The exit code when there is no next request; says why, unless the connection was closed.
int worker_exit_status(enum fcgi_next next);

/// The worker's connection. Its address is the same in the fork server, which has none.
const struct fcgi_connection *worker_connection(void);

/// The same, to speak on; NULL in the fork server.
struct fcgi_connection *worker_own_connection(void);
