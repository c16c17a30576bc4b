#pragma once

#include "fastcgi.h"

/// Runs the script a request names, from PHP's request startup to its shutdown. Returns the exit status.
int request_run(struct fcgi_connection *connection);
