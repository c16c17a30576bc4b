#include "startup.h"
#include "fork_server.h"
#include "sapi.h"

#include <Zend/zend_constants.h>

#include <stdlib.h>
#include <unistd.h>

/// Set until the start has succeeded.
static pid_t starting;
static long long memory_limit;

/// PHP ends the process itself on some startup errors (a preload script that fails). Weir hears why.
static void tell_failure(void)
{
    // OPcache preloads in a process of its own when there is a preload_user; and applications fork.
    if (starting == getpid()) {
        const char *why = sapi_startup_problem();
        startup_failed(*why ? why : "PHP did not start: see its log");
    }
}

void startup_begin(void)
{
    sapi_keep_startup_problem();
    starting = getpid();
    atexit(tell_failure);
}

void startup_has_php(void)
{
    // The application's start may change it.
    memory_limit = (long long)PG(memory_limit);
    sapi_forget_startup_problem();
}

void startup_succeeded(void)
{
    starting = 0;
    const zval *version = zend_get_constant_str("PHP_VERSION", sizeof "PHP_VERSION" - 1);
    control_send("ready %s", version ? Z_STRVAL_P(version) : PHP_VERSION);
    control_send("limits %lld", memory_limit);
}

_Noreturn void startup_failed(const char *why)
{
    control_send("failed %s", why);
    _exit(1);
}
