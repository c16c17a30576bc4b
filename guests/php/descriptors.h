#pragma once

#include <stdbool.h>

/// What the application's start has opened, and every worker that is forked behind it would share.

/// Before the start.
void descriptors_remember(void);

/// After it: connections that only one process can speak on, as a list for people; NULL if there are none. Files are
/// no connections, except an SQLite database, whose locks are not inherited.
const char *descriptors_connections(void);

/// In a worker, whose descriptor 2 is its own: what the start has opened of the standard error it had (php://stderr)
/// leads there too.
void descriptors_follow_standard_error(void);
