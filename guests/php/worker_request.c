// What PHP's request startup and shutdown do, for a worker whose script goes on. See worker_request.h.

#include "worker_request.h"
#include "request.h"
#include "sapi.h"
#include "worker_modules.h"
#include "worker_reset.h"
#include "worker_superglobals.h"
#include "worker_timeout.h"

#include <ext/standard/basic_functions.h>
#include <main/php_main.h>
#include <main/php_output.h>
#include <Zend/zend_exceptions.h>

void worker_request_forget_idle_output(void)
{
    if (php_output_get_level() > 0 || SG(headers_sent) || SG(sapi_headers).headers.count > 0) {
        php_output_end_all();
        php_output_deactivate();
        php_output_activate();
        sapi_deactivate();
    }
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

void worker_request_start(struct fcgi_connection *connection)
{
    timeout_start();
    worker_request_forget_idle_output();
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

void worker_request_take_exception(void)
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
    worker_request_take_exception();
}

void worker_request_end(void)
{
    run_shutdown_functions();
    php_output_end_all();
    modules_end();
    worker_request_take_exception();
    // Sends the headers; a callback of the application's may take part.
    php_output_deactivate();
    worker_request_take_exception();
    superglobals_forget();
    request_close_body();
    sapi_deactivate();
    request_forget_info();
    php_output_activate();
    reset_put_back();
    if (EG(exception)) {
        // What was given up had destructors, and the handler of exceptions is the application's too.
        worker_request_take_exception();
        reset_put_back();
        zend_clear_exception();
    }
}

void worker_request_end_task(void)
{
    run_shutdown_functions();
    modules_end();
    worker_request_take_exception();
    reset_put_back();
}
