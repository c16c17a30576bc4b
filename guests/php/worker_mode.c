// Worker mode: one script, booted once, that serves request after request. See worker_mode.h.

#include "worker_mode.h"
#include "audit.h"
#include "heap_growth.h"
#include "request.h"
#include "sapi.h"
#include "worker.h"
#include "worker_modules.h"
#include "worker_reset.h"
#include "worker_superglobals.h"
#include "worker_tick.h"
#include "worker_timeout.h"

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

/// What was printed, or set as a header, while there was nobody to send it to.
static void forget_idle_output(void)
{
    if (php_output_get_level() > 0 || SG(headers_sent) || SG(sapi_headers).headers.count > 0) {
        php_output_end_all();
        php_output_deactivate();
        php_output_activate();
        sapi_deactivate();
    }
}

static void boot_is_over(void)
{
    zend_unset_timeout();
    forget_idle_output();
    modules_remember();
    superglobals_remember();
    reset_remember();
    sapi_deactivate();
    boot_shutdown_functions = BG(user_shutdown_function_names);
    BG(user_shutdown_function_names) = NULL;
    connection->idle = tick_run;
    fcgi_write_record(connection, FCGI_READY, NULL, 0);
}

static void start_output(void)
{
    if (PG(output_handler) && *PG(output_handler)) {
        zval handler;
        ZVAL_STRING(&handler, PG(output_handler));
        php_output_start_user(&handler, 0, PHP_OUTPUT_HANDLER_STDFLAGS);
        zval_ptr_dtor(&handler);
    } else if (PG(output_buffering)) {
        php_output_start_user(NULL, PG(output_buffering) > 1 ? (size_t)PG(output_buffering) : 0,
                              PHP_OUTPUT_HANDLER_STDFLAGS);
    } else if (PG(implicit_flush)) {
        php_output_set_implicit_flush(1);
    }
}

static void start_request(void)
{
    timeout_start();
    forget_idle_output();
    request_fill_info(connection, FCGI_PARAM(connection, "SCRIPT_FILENAME"));
    PG(connection_status) = PHP_CONNECTION_NORMAL;
    PG(header_is_being_sent) = 0;
    sapi_activate();
    SG(sapi_started) = 1;
    if (PG(expose_php)) {
        sapi_add_header(SAPI_PHP_VERSION_HEADER, sizeof SAPI_PHP_VERSION_HEADER - 1, 1);
    }
    start_output();
    superglobals_import();
    modules_start();
}

/// What the handler, or a shutdown function, threw and nobody caught; exit() is something thrown too.
static void take_exception(void)
{
    if (CG(unclean_shutdown)) {
        // A fatal error that was caught on its way: by php_call_shutdown_functions, or as PHP reports the memory limit.
        zend_clear_exception();
        zend_bailout();
    }
    if (!EG(exception)) {
        return;
    }
    if (zend_is_unwind_exit(EG(exception)) || zend_is_graceful_exit(EG(exception))) {
        zend_clear_exception();
        return;
    }
    if (Z_TYPE(EG(user_exception_handler)) != IS_UNDEF) {
        zend_user_exception_handler();
    }
    if (EG(exception)) {
        if (zend_is_unwind_exit(EG(exception)) || zend_is_graceful_exit(EG(exception))) {
            zend_clear_exception();
        } else {
            zend_exception_error(EG(exception), E_ERROR);
        }
    }
}

static void run_shutdown_functions(void)
{
    if (!BG(user_shutdown_function_names)) {
        return;
    }
    php_call_shutdown_functions();
    php_free_shutdown_functions();
    take_exception();
}

static void end_request(void)
{
    run_shutdown_functions();
    php_output_end_all();
    modules_end();
    take_exception();
    php_output_deactivate();
    request_close_body();
    sapi_deactivate();
    request_forget_info();
    php_output_activate();
    reset_put_back();
}

void worker_mode_end_task(void)
{
    run_shutdown_functions();
    modules_end();
    take_exception();
    reset_put_back();
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
    start_request();
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
    take_exception();
    zval_ptr_dtor(&result);
    end_request();
    if (worker_mode.audit) {
        audit_after_request();
    }
    fcgi_end_request(connection, FCGI_REQUEST_COMPLETE, (uint32_t)EG(exit_status), heap_growth_kib());
    state = BETWEEN;
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
        boot_is_over();
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

int worker_mode_run(struct fcgi_connection *worker_connection)
{
    connection = worker_connection;
    boot();
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
