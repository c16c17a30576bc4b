#pragma once

#include "fastcgi.h"

#include <main/php.h>

/// Worker mode: the worker runs one script, once. It boots the application, then calls weir_handle_request() in a
/// loop, and each call serves one request of the connection.
struct worker_mode {
    const char *script; ///< NULL: classic mode
    bool frankenphp;    ///< frankenphp_handle_request() is defined too
    bool audit;         ///< what survived a request is looked for after each
    bool boots_in_each; ///< every worker runs it from its beginning; otherwise they are forked when it first waits
};

/// As the command line says; the same in all workers.
extern struct worker_mode worker_mode;

/// Runs the script to its end. Returns the process's exit code.
int worker_mode_run(struct fcgi_connection *connection);

/// The same in the fork server: runs the script until it waits, which is where workers begin.
_Noreturn void worker_mode_boot_once(void);

/// Ends the running request because nobody waits for its answer: as if the script had called exit().
void worker_mode_stop_request(void);

/// weir_handle_request(callable $handler): bool
void worker_mode_handle_request(INTERNAL_FUNCTION_PARAMETERS);
