// What OPcache says of itself.

#include "opcache_report.h"
#include "clock.h"
#include "fork_server.h"

#include <main/php.h>
#include <main/php_main.h>

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TIME_LIMIT_MS = 5000,
};

static pid_t child;
static long long deadline;
/// Somebody asked when the child might have answered already.
static bool asked_again;

static const zval *member(const zval *array, const char *name)
{
    return array && Z_TYPE_P(array) == IS_ARRAY ? zend_hash_str_find(Z_ARRVAL_P(array), name, strlen(name)) : NULL;
}

static long long number(const zval *array, const char *name)
{
    const zval *value = member(array, name);
    return value && Z_TYPE_P(value) == IS_LONG ? Z_LVAL_P(value) : 0;
}

static int flag(const zval *array, const char *name)
{
    const zval *value = member(array, name);
    return value && Z_TYPE_P(value) == IS_TRUE;
}

static void send_report(const zval *status)
{
    const zval *memory = member(status, "memory_usage");
    const zval *strings = member(status, "interned_strings_usage");
    const zval *counts = member(status, "opcache_statistics");
    const zval *jit = member(status, "jit");
    control_send("opcache %d %lld %lld %lld %lld %lld %lld %lld %lld %lld %lld %lld %lld %d %d %lld %lld",
                 flag(status, "opcache_enabled"), number(memory, "used_memory"), number(memory, "free_memory"),
                 number(memory, "wasted_memory"), number(counts, "num_cached_keys"), number(counts, "max_cached_keys"),
                 number(counts, "num_cached_scripts"), number(counts, "hits"), number(counts, "misses"),
                 number(counts, "oom_restarts"), number(counts, "hash_restarts"), number(strings, "used_memory"),
                 number(strings, "free_memory"), flag(status, "cache_full"),
                 flag(jit, "on"), number(jit, "buffer_size"), number(jit, "buffer_free"));
}

static void set_for_this_child(const char *name, const char *value)
{
    zend_string *key = zend_string_init(name, strlen(name), 0);
    zend_string *text = zend_string_init(value, strlen(value), 0);
    // Forced: it may be an admin setting.
    zend_alter_ini_entry_ex(key, text, ZEND_INI_PERDIR, ZEND_INI_STAGE_RUNTIME, true);
    zend_string_release(text);
    zend_string_release(key);
}

/// In the child. Its exit code is 0 if it has answered.
static _Noreturn void report(void)
{
    static const char function[] = "opcache_get_status";
    volatile bool answered = false;
    // Where an application was started before the fork, this is in the middle of its script.
    bool is_started = EG(current_execute_data) != NULL;
    ZVAL_UNDEF(&EG(user_error_handler));
    // No session for nobody.
    set_for_this_child("session.auto_start", "0");
    // opcache.restrict_api says which scripts may ask.
    SG(request_info).path_translated = INI_STR("opcache.restrict_api");
    zend_first_try {
        if (!zend_hash_str_exists(&module_registry, ZEND_STRL("zend opcache"))) {
            control_send("opcache off");
            answered = true;
        } else if ((is_started || php_request_startup() == SUCCESS)
                   && zend_hash_str_exists(CG(function_table), function, sizeof function - 1)) {
            zval name, with_scripts, status;
            ZVAL_STRINGL(&name, function, sizeof function - 1);
            ZVAL_FALSE(&with_scripts);
            ZVAL_UNDEF(&status);
            if (call_user_function(NULL, NULL, &name, &status, 1, &with_scripts) == SUCCESS) {
                if (Z_TYPE(status) == IS_ARRAY) {
                    send_report(&status);
                } else {
                    control_send("opcache off");
                }
                answered = true;
            }
        } else {
            control_send("opcache-failed opcache_get_status() is not there: is it in disable_functions?");
            answered = true;
        }
    }
    zend_end_try();
    _exit(answered ? 0 : 1);
}

void opcache_ask(void)
{
    if (child > 0) {
        asked_again = true;
        return;
    }
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        report();
    }
    if (pid < 0) {
        control_send("opcache-failed no process could be started: %s", strerror(errno));
        return;
    }
    child = pid;
    deadline = clock_ms() + TIME_LIMIT_MS;
}

int opcache_wait_ms(void)
{
    long long left = deadline - clock_ms();
    return child <= 0 ? -1 : left < 0 ? 0 : (int)left;
}

void opcache_look(void)
{
    if (child > 0 && clock_ms() >= deadline) {
        kill(child, SIGKILL);
        // It is reaped soon; until then there is nothing more to do about it.
        deadline += TIME_LIMIT_MS;
    }
}

void opcache_child_ended(pid_t pid, int status)
{
    if (pid != child) {
        return;
    }
    child = 0;
    if (WIFSIGNALED(status)) {
        control_send("opcache-failed the process that asked OPcache was ended by signal %d", WTERMSIG(status));
    } else if (WEXITSTATUS(status) != 0) {
        control_send("opcache-failed the process that asked OPcache could not: see the log");
    }
    if (asked_again) {
        asked_again = false;
        opcache_ask();
    }
}
