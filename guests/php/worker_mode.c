// Worker mode: one script, booted once, that serves request after request. See worker_mode.h.

#include "worker_mode.h"
#include "audit.h"
#include "boot_once.h"
#include "heap_growth.h"
#include "request.h"
#include "sapi.h"
#include "worker.h"
#include "worker_cycles.h"
#include "worker_modules.h"
#include "worker_request.h"
#include "worker_reset.h"
#include "worker_superglobals.h"
#include "worker_tick.h"

#include <ext/standard/basic_functions.h>
#include <main/php_main.h>
#include <main/php_output.h>
#include <Zend/zend_exceptions.h>

#include <unistd.h>

struct worker_mode worker_mode;

static enum {
    BOOTING,
    WAITING,  ///< in weir_handle_request, for a request
    SERVING,  ///< a request, in weir_handle_request
    BETWEEN,  ///< in the script, between two calls
    LEAVING,  ///< there will be no further request
} state;

static struct fcgi_connection *connection;

/// If the connection is the reason to leave.
static int exit_status;

/// Those that the boot registered: they run when the worker ends.
static HashTable *boot_shutdown_functions;

void worker_mode_stop_request(void)
{
    PG(connection_status) = PHP_CONNECTION_ABORTED;
    php_output_set_status(PHP_OUTPUT_DISABLED);
    // Not by a bailout: that leaves what is on the stack as it is, which only the end of the worker makes up for.
    if (!PG(ignore_user_abort) && state == SERVING && EG(current_execute_data) && !EG(exception)) {
        zend_throw_unwind_exit();
    }
}

static void boot_is_over(void)
{
    zend_unset_timeout();
    worker_request_forget_idle_output();
    modules_remember();
    superglobals_remember();
    superglobals_forget();
    reset_remember();
    sapi_deactivate();
    boot_shutdown_functions = BG(user_shutdown_function_names);
    BG(user_shutdown_function_names) = NULL;
}

static void tell_ready(void)
{
    connection->idle = tick_run;
    fcgi_write_record(connection, FCGI_READY, NULL, 0);
}

/// False when there will be none.
static bool wait_for_request(void)
{
    state = WAITING;
    enum fcgi_next next;
    while ((next = fcgi_next_request(connection)) == FCGI_REQUEST && connection->aborted) {
        fcgi_end_request(connection, FCGI_REQUEST_COMPLETE, 0, heap_growth_kib());
    }
    if (next != FCGI_REQUEST) {
        exit_status = worker_exit_status(next);
    }
    return next == FCGI_REQUEST;
}

static void serve(zend_fcall_info *handler, zend_fcall_info_cache *cache)
{
    state = SERVING;
    if (worker_mode.audit) {
        audit_before_request();
    }
    worker_request_start(connection);
    if (worker_mode.audit) {
        audit_before_handler();
    }
    zval result;
    ZVAL_UNDEF(&result);
    if (connection->aborted) {
        // The body broke off while PHP read the form: half a form must not be acted upon.
        SG(request_info).no_headers = 1;
    } else if (!EG(exception)) {
        handler->retval = &result;
        zend_call_function(handler, cache);
    }
    worker_request_take_exception();
    zval_ptr_dtor(&result);
    worker_request_end();
    if (worker_mode.audit) {
        audit_after_request();
    }
    fcgi_end_request(connection, FCGI_REQUEST_COMPLETE, (uint32_t)EG(exit_status), heap_growth_kib());
    state = BETWEEN;
}

/// False in a process that is no worker: the boot has forked it, or failed at its last moment.
static bool end_boot(void)
{
    if (!worker_mode.boots_in_each) {
        // Once for all workers; and a connection that only garbage holds need not count.
        gc_collect_cycles();
        if (EG(exception)) {
            return false;
        }
    }
    boot_is_over();
    if (worker_mode.boots_in_each) {
        return true;
    }
    connection = boot_once_fork();
    if (connection) {
        modules_seed();
        tick_spread();
    }
    return connection;
}

void worker_mode_handle_request(INTERNAL_FUNCTION_PARAMETERS)
{
    zend_fcall_info handler;
    zend_fcall_info_cache cache;
    ZEND_PARSE_PARAMETERS_START(1, 1)
        Z_PARAM_FUNC(handler, cache)
    ZEND_PARSE_PARAMETERS_END();

    if (!worker_mode.script) {
        zend_throw_error(NULL, "weir_handle_request() works only in worker mode");
        RETURN_THROWS();
    }
    if (state == SERVING || state == WAITING) {
        zend_throw_error(NULL, "weir_handle_request() was called within a request");
        RETURN_THROWS();
    }
    if (state == LEAVING) {
        RETURN_FALSE;
    }
    if (state == BOOTING) {
        if (!end_boot()) {
            state = LEAVING;
            RETURN_FALSE;
        }
        cycles_begin();
        tell_ready();
    } else {
        // After the script's own reset.
        cycles_collect_if_due();
        if (EG(exception)) {
            RETURN_THROWS();
        }
    }
    if (!wait_for_request()) {
        state = LEAVING;
        RETURN_FALSE;
    }
    serve(&handler, &cache);
    RETURN_TRUE;
}

/// At the worker's end the boot's shutdown functions run, and if a fatal error ends a request, its own behind them.
static void join_shutdown_functions(void)
{
    HashTable *of_request = BG(user_shutdown_function_names);
    if (!boot_shutdown_functions) {
        return;
    }
    BG(user_shutdown_function_names) = boot_shutdown_functions;
    boot_shutdown_functions = NULL;
    if (of_request) {
        zval *function;
        ZEND_HASH_FOREACH_VAL(of_request, function)
        {
            append_user_shutdown_function(Z_PTR_P(function));
        }
        ZEND_HASH_FOREACH_END();
        of_request->pDestructor = NULL;
        zend_hash_destroy(of_request);
        FREE_HASHTABLE(of_request);
    }
}

static void enter_directory(void)
{
    const char *entry = getenv("WEIR_ENTRY");
    request_enter_directory_of(entry && *entry == '/' ? entry : worker_mode.script);
}

static void boot(void)
{
    zend_first_try {
        SG(server_context) = NULL;
        SG(sapi_headers).http_response_code = 200;
        SG(request_info).path_translated = (char *)worker_mode.script;
        EG(exit_status) = 0;
        if (php_request_startup() == SUCCESS) {
            zend_file_handle script;
            zend_stream_init_filename(&script, worker_mode.script);
            script.primary_script = 1;
            script.opened_path = zend_resolve_path(script.filename);
            SG(options) |= SAPI_OPTION_NO_CHDIR;
            enter_directory();
            php_execute_script(&script);
            zend_destroy_file_handle(&script);
        }
    }
    zend_end_try();
}

/// What comes behind the script's end. Returns the process's exit code.
static int finish(void)
{
    bool was_ready = state != BOOTING;
    bool left_by_itself = state == BETWEEN;
    // A fatal error ends the request it came in, and the worker.
    bool in_request = connection->in_request;
    state = LEAVING;
    join_shutdown_functions();
    int status = EG(exit_status);
    zend_try {
        php_request_shutdown(NULL);
    }
    zend_end_try();
    if (in_request) {
        fcgi_end_request(connection, FCGI_WORKER_LEAVES, (uint32_t)EG(exit_status), heap_growth_kib());
        fcgi_wait_closed(connection);
        return 0;
    }
    if (!was_ready) {
        fprintf(stderr, "weir-php: %s ended without waiting for a request: it must call weir_handle_request()\n",
                worker_mode.script);
        return status ? status : 1;
    }
    if (left_by_itself && status == 0) {
        fcgi_write_record(connection, FCGI_LEAVING, NULL, 0);
        fcgi_wait_closed(connection);
    }
    return exit_status ? exit_status : status;
}

int worker_mode_run(struct fcgi_connection *worker_connection)
{
    connection = worker_connection;
    boot();
    return finish();
}

_Noreturn void worker_mode_boot_once(void)
{
    boot();
    if (connection) {
        worker_leave(finish());
    }
    const char *error = boot_once_error();
    state = LEAVING;
    zend_try {
        php_request_shutdown(NULL);
    }
    zend_end_try();
    boot_once_failed(EG(exit_status), error);
}
