#pragma once

#include "fastcgi.h"

/// Serves the requests that arrive on `connection_fd` until the peer closes it. The process is the worker's
/// own from here on.
_Noreturn void worker_run(int connection_fd);

/// The worker's connection. Its address is the same in the fork server, which has none.
const struct fcgi_connection *worker_connection(void);
