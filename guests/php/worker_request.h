#pragma once

#include "fastcgi.h"

/// One request of a worker in worker mode: what PHP sets up before it, and what it ends and puts back behind it.

void worker_request_start(struct fcgi_connection *connection);

/// Runs the shutdown functions, completes the answer but for the end of the request, and puts back what the request
/// has changed.
void worker_request_end(void);

/// After a task of weir_tick(): what it left behind goes as what a request leaves behind.
void worker_request_end_task(void);

/// What was thrown and nobody caught; exit() is something thrown too. Does not return after a fatal error.
void worker_request_take_exception(void);

/// What was printed, or set as a header, while there was nobody to send it to.
void worker_request_forget_idle_output(void);
