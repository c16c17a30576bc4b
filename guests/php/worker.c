// A worker: one connection, one request at a time.

#include "worker.h"
#include "heap_growth.h"
#include "request.h"
#include "worker_mode.h"

#include <main/php.h>
#include <main/SAPI.h>
#include <main/php_main.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// Static, so that its pages are this process's own and the hot ones stay together.
static struct fcgi_connection connection;
static bool is_worker;

const struct fcgi_connection *worker_connection(void)
{
    return &connection;
}

struct fcgi_connection *worker_own_connection(void)
{
    return is_worker ? &connection : NULL;
}

/// A script that forks (pcntl_fork) has a child that must not speak on the connection, nor keep it open.
static void leave_connection_to_parent(void)
{
    if (connection.fd >= 0) {
        close(connection.fd);
        connection.fd = -1;
        connection.gone = true;
    }
}

/// Closes what extensions keep open between requests (persistent database connections) and ends. A full module shutdown
/// would free the tables that all workers share, page after page copied for nothing: two thirds of what it cost to
/// replace a worker.
_Noreturn void worker_leave(int status)
{
    zend_hash_graceful_reverse_destroy(&EG(persistent_list));
    fflush(NULL);
    _exit(status);
}

int worker_exit_status(enum fcgi_next next)
{
    if (next == FCGI_BROKEN) {
        fprintf(stderr, "weir-php: connection closed: %s\n",
                connection.problem ? connection.problem : "it ended inside a record");
    }
    return next == FCGI_CLOSED ? 0 : 1;
}

struct fcgi_connection *worker_begin(int connection_fd)
{
    fcgi_init(&connection, connection_fd);
    is_worker = true;
    pthread_atfork(NULL, NULL, leave_connection_to_parent);
    heap_growth_begin();
    return &connection;
}

_Noreturn void worker_run(int connection_fd)
{
    worker_begin(connection_fd);
    if (worker_mode.script) {
        worker_leave(worker_mode_run(&connection));
    }
    enum fcgi_next next;
    while ((next = fcgi_next_request(&connection)) == FCGI_REQUEST) {
        int status = connection.aborted ? 0 : request_run(&connection);
        fcgi_end_request(&connection, FCGI_REQUEST_COMPLETE, (uint32_t)status, heap_growth_kib());
    }
    worker_leave(worker_exit_status(next));
}
