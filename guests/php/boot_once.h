#pragma once

#include "fastcgi.h"

/// Booting before the fork: the fork server itself runs the script, and workers are forked where it waits for its first
/// request, so that they share what the boot has made.

/// As main was called: the same again for a process that boots in each worker.
void boot_once_begin(const char *name, char **arguments);

/// The boot is over. Becomes the fork server, and comes back in each worker, with its connection. In the process that
/// the boot has forked: NULL.
struct fcgi_connection *boot_once_fork(void);

/// The script has ended instead. `status` is what it has exited with.
_Noreturn void boot_once_failed(int status, const char *why);

/// Why the script has ended, if an error is the reason; for boot_once_failed, before PHP forgets it. Otherwise empty.
const char *boot_once_error(void);
