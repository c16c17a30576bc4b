// What PHP asks of its server: output, headers, body, variables, log.

#include "sapi.h"
#include "server_variables.h"
#include "stack.h"
#include "worker.h"
#include "worker_mode.h"

#include <main/http_status_codes.h>
#include <main/php_main.h>

#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

// Shared memory: OPcache may preload in a process of its own, whose messages count.
static char *startup_problem;
static const size_t startup_problem_size = 512;

static void write_stderr(const char *bytes, size_t len)
{
    if (write(STDERR_FILENO, bytes, len) < 0) {
        // There is nowhere left to complain to.
        return;
    }
}

/// As PHP's own handling of it; but a worker that runs one script for ever survives it.
static void client_left(void)
{
    if (worker_mode.script) {
        worker_mode_stop_request();
    } else {
        php_handle_aborted_connection();
    }
}

static size_t write_output(const char *bytes, size_t len)
{
    struct fcgi_connection *connection = sapi_connection();
    if (!connection) {
        // Startup messages (display_startup_errors) come this way.
        write_stderr(bytes, len);
        return len;
    }
    fcgi_write(connection, FCGI_STDOUT, bytes, len);
    if (connection->aborted && !connection->answered) {
        client_left();
    }
    return len;
}

static void flush_output(void *server_context)
{
    struct fcgi_connection *connection = server_context;
    if (!connection || connection->answered) {
        return;
    }
    fcgi_check_abort(connection);
    if (!connection->aborted) {
        fcgi_flush(connection);
    }
    if (connection->aborted) {
        client_left();
    }
}

static void write_text(struct fcgi_connection *connection, const char *text, size_t len)
{
    fcgi_write(connection, FCGI_STDOUT, text, len);
}

static bool header_is(const sapi_header_struct *header, const char *name, size_t name_len)
{
    return header->header_len > name_len && header->header[name_len] == ':'
        && strncasecmp(header->header, name, name_len) == 0;
}

static const char *reason_phrase(int code)
{
    for (const http_response_status_code_pair *pair = http_status_map; pair->code != 0; pair++) {
        if (pair->code == code) {
            return pair->str;
        }
    }
    return NULL;
}

/// A `Status:` line, unless the answer is a plain 200. Returns the status code.
static int write_status(struct fcgi_connection *connection, sapi_headers_struct *headers)
{
    int code = headers->http_response_code ? headers->http_response_code : 200;
    if (code == 200) {
        return code;
    }
    char line[512];
    const char *rest = headers->http_status_line ? strchr(headers->http_status_line, ' ') : NULL;
    int len;
    if (rest && strncasecmp(headers->http_status_line, "HTTP/", 5) == 0) {
        len = snprintf(line, sizeof line, "Status:%s\r\n", rest);
        code = atoi(rest + 1);
    } else {
        const char *reason = reason_phrase(code);
        len = snprintf(line, sizeof line, "Status: %d%s%s\r\n", code, reason ? " " : "", reason ? reason : "");
    }
    if (len >= (int)sizeof line) {
        len = snprintf(line, sizeof line, "Status: %d\r\n", code);
    }
    write_text(connection, line, (size_t)len);
    return code;
}

static int send_headers(sapi_headers_struct *headers)
{
    struct fcgi_connection *connection = sapi_connection();
    if (!connection || SG(request_info).no_headers) {
        return SAPI_HEADER_SENT_SUCCESSFULLY;
    }
    // A script may write CGI's own `Status:` header; then that is the status.
    zend_llist_position at;
    sapi_header_struct *header;
    bool has_status = false;
    for (header = zend_llist_get_first_ex(&headers->headers, &at); header && !has_status;
         header = zend_llist_get_next_ex(&headers->headers, &at)) {
        has_status = header_is(header, "Status", 6);
    }
    int code = headers->http_response_code;
    bool has_line = headers->http_status_line != NULL && code != 200;
    if (!has_status || has_line) {
        code = write_status(connection, headers);
    }
    for (header = zend_llist_get_first_ex(&headers->headers, &at); header;
         header = zend_llist_get_next_ex(&headers->headers, &at)) {
        bool dropped = header->header_len == 0 || (has_line && header_is(header, "Status", 6))
            || (code == 304 && header_is(header, "Content-Type", 12));
        if (!dropped) {
            write_text(connection, header->header, header->header_len);
            write_text(connection, "\r\n", 2);
        }
    }
    write_text(connection, "\r\n", 2);
    return SAPI_HEADER_SENT_SUCCESSFULLY;
}

static size_t read_post(char *buffer, size_t size)
{
    // While a worker boots there is none.
    struct fcgi_connection *connection = sapi_connection();
    return connection ? fcgi_read_body(connection, buffer, size) : 0;
}

static char *read_cookies(void)
{
    return FCGI_PARAM(sapi_connection(), "HTTP_COOKIE");
}

/// Warnings come before the error that they lead to.
static bool is_fatal(const char *message)
{
    static const char *const beginnings[] = {"PHP Fatal error", "PHP Parse error"};
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        if (strncmp(message, beginnings[i], strlen(beginnings[i])) == 0) {
            return true;
        }
    }
    return false;
}

static void log_message(const char *message, int syslog_type)
{
    // Until its end is told, what goes wrong belongs to the request, also when PHP is done with it.
    struct fcgi_connection *connection = worker_own_connection();
    size_t len = strlen(message);
    if (connection && connection->in_request) {
        fcgi_write(connection, FCGI_STDERR, message, len);
        return;
    }
    if (startup_problem && (!startup_problem[0] || is_fatal(message))) {
        snprintf(startup_problem, startup_problem_size, "%.*s", (int)strcspn(message, "\n"), message);
    }
    char line[4096];
    int line_len = snprintf(line, sizeof line, "%s\n", message);
    if (line_len < (int)sizeof line) {
        write_stderr(line, (size_t)line_len);
    } else {
        write_stderr(message, len);
        write_stderr("\n", 1);
    }
}

void sapi_keep_startup_problem(void)
{
    void *page = mmap(NULL, startup_problem_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    startup_problem = page == MAP_FAILED ? NULL : page;
}

const char *sapi_startup_problem(void)
{
    return startup_problem ? startup_problem : "";
}

void sapi_forget_startup_problem(void)
{
    if (startup_problem) {
        startup_problem[0] = '\0';
    }
}

static int activate(void)
{
    struct fcgi_connection *connection = sapi_connection();
    if (connection) {
        request_ini_activate(connection);
    }
    return SUCCESS;
}

static int deactivate(void)
{
    return SUCCESS;
}

static PHP_MINIT_FUNCTION(weir)
{
    if (worker_mode.frankenphp && zend_register_functions(NULL, frankenphp_functions, NULL, type) != SUCCESS) {
        return FAILURE;
    }
    stack_install_hook();
    return SUCCESS;
}

static zend_module_entry weir_module = {
    STANDARD_MODULE_HEADER,
    "cgi-fcgi", // the name under which php-fpm's functions are known
    weir_functions,
    PHP_MINIT(weir),
    NULL,
    NULL,
    NULL,
    NULL,
    PHP_VERSION,
    STANDARD_MODULE_PROPERTIES,
};

static int startup(sapi_module_struct *module)
{
#if PHP_VERSION_ID >= 80200
    return php_module_startup(module, &weir_module);
#else
    return php_module_startup(module, &weir_module, 1);
#endif
}

sapi_module_struct weir_sapi_module = {
    // OPcache enables itself only for the names it knows, and applications look for this one.
    .name = "fpm-fcgi",
    .pretty_name = "Weir",
    .startup = startup,
    .shutdown = php_module_shutdown_wrapper,
    .activate = activate,
    .deactivate = deactivate,
    .ub_write = write_output,
    .flush = flush_output,
    .getenv = server_variables_getenv,
    .sapi_error = php_error,
    .send_headers = send_headers,
    .read_post = read_post,
    .read_cookies = read_cookies,
    .register_server_variables = server_variables_register,
    .log_message = log_message,
    .php_ini_ignore_cwd = 1,
};
