#include "boot_once.h"
#include "descriptors.h"
#include "fork_server.h"
#include "sapi.h"
#include "startup.h"
#include "title.h"
#include "worker.h"
#include "worker_mode.h"

#include <main/php.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/// What a program that is executed inherits, and the boot may change.
static struct {
    char **arguments;
    char **environment;
    int directory;
    mode_t umask;
} at_start;

static const char *app_name;
static pid_t booting;

static size_t count_of(char **list)
{
    size_t count = 0;
    while (list[count]) {
        count++;
    }
    return count;
}

/// With room for one more.
static char **copy_of(char **list)
{
    size_t count = count_of(list);
    char **copy = calloc(count + 2, sizeof *copy);
    if (!copy) {
        abort();
    }
    memcpy(copy, list, count * sizeof *copy);
    return copy;
}

void boot_once_begin(const char *name, char **arguments)
{
    app_name = name;
    title_set("weir: php %s", name);
    booting = getpid();
    at_start.arguments = copy_of(arguments);
    at_start.environment = copy_of(environ);
    at_start.directory = open(".", O_PATH | O_CLOEXEC);
    at_start.umask = umask(077);
    umask(at_start.umask);
    descriptors_remember();
    fork_server_let_signals_through();
}

/// This program anew, which boots in each worker.
static _Noreturn void start_again(void)
{
    at_start.arguments[count_of(at_start.arguments)] = (char[]){"-u"};
    if (at_start.directory >= 0 && fchdir(at_start.directory) < 0) {
        startup_failed("the directory that it was started in is gone");
    }
    umask(at_start.umask);
    alarm(0);
    fcntl(CONTROL_FD, F_SETFD, 0);
    execve("/proc/self/exe", at_start.arguments, at_start.environment);
    char why[128];
    snprintf(why, sizeof why, "could not start again to boot in each worker: %s", strerror(errno));
    startup_failed(why);
}

struct fcgi_connection *boot_once_fork(void)
{
    if (getpid() != booting) {
        return NULL;
    }
    const char *connections = descriptors_connections();
    fflush(NULL);
    if (connections) {
        fprintf(stderr,
                "weir-php: open connections after boot: %s; connect at the first request instead: workers cannot share "
                "them, so each boots for itself, which takes longer and more memory\n",
                connections);
        start_again();
    }
    close(at_start.directory);
    // Workers need not copy what is free.
    zend_mm_gc(zend_mm_get_heap());
    fork_server_take_signals();
    startup_succeeded();
    int fd = fork_server_run(app_name);
    if (fd < 0) {
        _exit(0);
    }
    descriptors_follow_standard_error();
    return worker_begin(fd);
}

const char *boot_once_error(void)
{
    static char text[512];
    if (PG(last_error_message) && (PG(last_error_type) & (E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR))) {
        const char *message = ZSTR_VAL(PG(last_error_message));
        const char *file = PG(last_error_file) ? ZSTR_VAL(PG(last_error_file)) : "";
        int len = snprintf(text, sizeof text, "%.*s", (int)strcspn(message, "\n"), message);
        // That of an exception tells the place itself.
        if (*file && len < (int)sizeof text && !strstr(text, file)) {
            snprintf(text + len, sizeof text - (size_t)len, " in %s:%d", file, PG(last_error_lineno));
        }
    } else {
        snprintf(text, sizeof text, "%s", sapi_startup_problem());
    }
    return text;
}

_Noreturn void boot_once_failed(int status, const char *error)
{
    if (getpid() != booting) {
        _exit(status);
    }
    char why[1024];
    int len = snprintf(why, sizeof why, "%s ", worker_mode.script);
    len = len < (int)sizeof why ? len : (int)sizeof why - 1;
    if (*error) {
        snprintf(why + len, sizeof why - (size_t)len, "failed: %s", error);
    } else if (status != 0) {
        snprintf(why + len, sizeof why - (size_t)len, "exited with %d before its first request", status);
    } else {
        snprintf(why + len, sizeof why - (size_t)len,
                 "ended without waiting for a request: it must call weir_handle_request()");
    }
    fflush(NULL);
    startup_failed(why);
}
