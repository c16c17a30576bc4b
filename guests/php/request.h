#pragma once

#include "fastcgi.h"

/// Runs the script a request names, from PHP's request startup to its shutdown. Returns the exit status.
int request_run(struct fcgi_connection *connection);

// The parts of it that worker mode shares.

/// What PHP must know before its request startup. The strings live in the params until the request ends.
void request_fill_info(struct fcgi_connection *connection, char *script);

/// After a request: the params that PHP was told of are about to be overwritten.
void request_forget_info(void);

/// Closes what php://input has kept of the body.
void request_close_body(void);

void request_enter_directory_of(const char *script);
