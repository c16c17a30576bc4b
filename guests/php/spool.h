#pragma once

#include "fastcgi.h"

/// Body bytes that had to leave the socket before the script asked for them: an unlinked temporary file.
bool spool_put(struct fcgi_connection *connection, const void *bytes, size_t len);
size_t spool_take(struct fcgi_connection *connection, void *buffer, size_t size);
void spool_close(struct fcgi_connection *connection);
