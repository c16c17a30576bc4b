// One classic request: PHP's request startup, the script, PHP's request shutdown.

#include "request.h"
#include "sapi.h"

#include <main/fopen_wrappers.h>
#include <main/php_main.h>
#include <Zend/zend_stream.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/// The script that was last found to be a readable regular file, and when. A front controller is asked for
/// again and again; looking once a second is as fresh as OPcache's own check.
static char checked_script[MAXPATHLEN];
static time_t checked_at = -1;

/// The path in SCRIPT_FILENAME, or NULL if it is not one that an honest edge sends: absolute, in plain text, without
/// `..`.
static char *script_path(struct fcgi_connection *connection)
{
    const struct param *param = params_find(&connection->params, "SCRIPT_FILENAME", 15);
    if (!param || param->value[0] != '/' || strlen(param->value) != param->value_len) {
        return NULL;
    }
    for (const char *at = param->value; (at = strstr(at, "/..")); at += 3) {
        if (at[3] == '/' || at[3] == '\0') {
            return NULL;
        }
    }
    return param->value;
}

/// 0, or the HTTP status that says why this is not a script.
static int check_script(const char *path)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (now.tv_sec == checked_at && strcmp(path, checked_script) == 0) {
        return 0;
    }
    // O_NONBLOCK: opening must not wait, should it be a pipe.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return errno == EACCES ? 403 : 404;
    }
    struct stat status;
    bool regular = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    close(fd);
    if (!regular) {
        return 404;
    }
    if (strlen(path) < sizeof checked_script) {
        strcpy(checked_script, path);
        checked_at = now.tv_sec;
    }
    return 0;
}

static void refuse(struct fcgi_connection *connection, int code)
{
    static const char not_found[] = "Status: 404 Not Found\r\nContent-type: text/html; charset=UTF-8\r\n\r\n"
                                    "File not found.\n";
    static const char denied[] = "Status: 403 Forbidden\r\nContent-type: text/html; charset=UTF-8\r\n\r\n"
                                 "Access denied.\n";
    static const char bad[] = "Status: 400 Bad Request\r\nContent-type: text/html; charset=UTF-8\r\n\r\n";
    const char *script = FCGI_PARAM(connection, "SCRIPT_FILENAME");
    char line[MAXPATHLEN + 64];
    int len = snprintf(line, sizeof line, "%s: %s",
                       code == 404 ? "Primary script unknown" : code == 403 ? "Unable to open primary script"
                                                                            : "Incomplete request",
                       script ? script : "(no SCRIPT_FILENAME)");
    fcgi_write(connection, FCGI_STDERR, line, len < (int)sizeof line ? (size_t)len : sizeof line - 1);
    switch (code) {
    case 404:
        fcgi_write(connection, FCGI_STDOUT, not_found, sizeof not_found - 1);
        break;
    case 403:
        fcgi_write(connection, FCGI_STDOUT, denied, sizeof denied - 1);
        break;
    default:
        fcgi_write(connection, FCGI_STDOUT, bad, sizeof bad - 1);
    }
}

void request_fill_info(struct fcgi_connection *connection, char *script)
{
    sapi_request_info *info = &SG(request_info);
    const char *content_length = FCGI_PARAM(connection, "CONTENT_LENGTH");
    const char *content_type = FCGI_PARAM(connection, "CONTENT_TYPE");

    SG(server_context) = connection;
    SG(sapi_headers).http_response_code = 200;
    EG(exit_status) = 0;
    info->request_method = FCGI_PARAM(connection, "REQUEST_METHOD");
    info->query_string = FCGI_PARAM(connection, "QUERY_STRING");
    info->request_uri = FCGI_PARAM(connection, "SCRIPT_NAME");
    info->path_translated = script;
    info->content_type = content_type ? content_type : "";
    info->content_length = content_length ? ZEND_STRTOL(content_length, NULL, 10) : 0;
    info->no_headers = false;
    info->proto_num = 1000;
    php_handle_auth_data(FCGI_PARAM(connection, "HTTP_AUTHORIZATION"));
}

void request_enter_directory_of(const char *script)
{
    const char *slash = strrchr(script, '/');
    char directory[MAXPATHLEN];
    size_t len = slash ? (size_t)(slash - script) : 0;
    if (len > 0 && len < sizeof directory) {
        memcpy(directory, script, len);
        directory[len] = '\0';
        if (chdir(directory) != 0) {
            // As under other servers: the script runs wherever we are.
            return;
        }
    }
}

static void close_if_input(zval *entry)
{
    zend_resource *resource = Z_RES_P(entry);
    if (resource->type == php_file_le_stream()) {
        const php_stream *stream = resource->ptr;
        if (strcmp(stream->ops->label, "Input") == 0) {
            zend_list_close(resource);
        }
    }
}

void request_close_body(void)
{
    php_stream *body = SG(request_info).request_body;
    if (!body) {
        return;
    }
    // Streams of php://input that are still open have nothing to hold on to.
    zval *entry;
    ZEND_HASH_FOREACH_VAL(&EG(regular_list), entry)
    {
        close_if_input(entry);
    }
    ZEND_HASH_FOREACH_END();
    php_stream_free(body, PHP_STREAM_FREE_CLOSE);
    // Not NULL: sapi_deactivate would read on for what is left, where there is nothing.
    SG(request_info).request_body = body;
}

void request_forget_info(void)
{
    sapi_request_info *info = &SG(request_info);
    SG(server_context) = NULL;
    info->request_method = NULL;
    info->query_string = NULL;
    info->cookie_data = NULL;
    info->request_uri = NULL;
    info->path_translated = NULL;
    info->content_type = NULL;
    info->content_length = 0;
}

static void run_script(const char *path)
{
    // OPcache opens nothing for a script it knows, so nothing else would ask.
    if (PG(open_basedir) && *PG(open_basedir) && php_check_open_basedir(path) != 0) {
        SG(sapi_headers).http_response_code = 404;
        PUTS("No input file specified.\n");
        return;
    }
    zend_file_handle script;
    zend_stream_init_filename(&script, path);
    script.primary_script = 1;
    // __FILE__ is the real path, as it is for included files. OPcache answers this from its own tables.
    script.opened_path = zend_resolve_path(script.filename);
    // php_execute_script would ask for the current directory, change it, and change it back.
    SG(options) |= SAPI_OPTION_NO_CHDIR;
    request_enter_directory_of(path);
    php_execute_script(&script);
    zend_destroy_file_handle(&script);
}

int request_run(struct fcgi_connection *connection)
{
    char *script = script_path(connection);
    int refusal = script && FCGI_PARAM(connection, "REQUEST_METHOD") ? check_script(script) : 404;
    if (refusal) {
        refuse(connection, refusal);
        return 0;
    }

    volatile bool started = false;
    zend_first_try {
        request_fill_info(connection, script);
        if (php_request_startup() == SUCCESS) {
            started = true;
            if (connection->aborted && !connection->answered) {
                // The body broke off while PHP read the form: half a form must not be acted upon.
                SG(request_info).no_headers = 1;
            } else {
                run_script(script);
            }
        }
    }
    zend_end_try();
    zend_try {
        php_request_shutdown(NULL);
    }
    zend_end_try();
    SG(server_context) = NULL;
    return started ? EG(exit_status) : 255;
}
