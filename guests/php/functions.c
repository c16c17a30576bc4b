// The PHP functions that php-fpm adds to the language, and applications therefore call; and Weir's own.

#include "sapi.h"
#include "worker_functions.h"
#include "worker_mode.h"
#include "worker_tick.h"

#include <ext/standard/head.h>
#include <main/php_output.h>

/// Gives the client its whole answer; the script goes on, and the worker with it.
static PHP_FUNCTION(fastcgi_finish_request)
{
    ZEND_PARSE_PARAMETERS_NONE();
    struct fcgi_connection *connection = sapi_connection();
    if (!connection || connection->answered) {
        RETURN_FALSE;
    }
    php_output_end_all();
    php_header();
    fcgi_end_answer(connection);
    RETURN_TRUE;
}

/// HTTP_ACCEPT_LANGUAGE -> Accept-Language
static zend_string *header_name(const char *param, size_t len)
{
    zend_string *name = zend_string_alloc(len, 0);
    bool at_start = true;
    for (size_t i = 0; i < len; i++) {
        char byte = param[i];
        ZSTR_VAL(name)[i] = byte == '_' ? '-' : at_start ? byte : (char)zend_tolower_ascii(byte);
        at_start = byte == '_';
    }
    ZSTR_VAL(name)[len] = '\0';
    return name;
}

static PHP_FUNCTION(apache_request_headers)
{
    ZEND_PARSE_PARAMETERS_NONE();
    array_init(return_value);
    struct fcgi_connection *connection = sapi_connection();
    if (!connection) {
        return;
    }
    for (size_t i = 0; i < connection->params.count; i++) {
        const struct param *param = &connection->params.list[i];
        const char *from = param->name;
        size_t len = param->name_len;
        if (len > 5 && memcmp(from, "HTTP_", 5) == 0) {
            from += 5;
            len -= 5;
        } else if (strcmp(from, "CONTENT_TYPE") != 0 && strcmp(from, "CONTENT_LENGTH") != 0) {
            continue;
        }
        zend_string *name = header_name(from, len);
        zval value;
        ZVAL_STRINGL(&value, param->value, param->value_len);
        zend_symtable_update(Z_ARRVAL_P(return_value), name, &value);
        zend_string_release(name);
    }
}

static PHP_FUNCTION(apache_response_headers)
{
    ZEND_PARSE_PARAMETERS_NONE();
    array_init(return_value);
    zend_llist_position at;
    zend_llist *headers = &SG(sapi_headers).headers;
    for (sapi_header_struct *header = zend_llist_get_first_ex(headers, &at); header;
         header = zend_llist_get_next_ex(headers, &at)) {
        const char *colon = memchr(header->header, ':', header->header_len);
        if (!colon) {
            continue;
        }
        const char *value = colon + 1;
        const char *end = header->header + header->header_len;
        while (value < end && *value == ' ') {
            value++;
        }
        add_assoc_stringl_ex(return_value, header->header, (size_t)(colon - header->header), value,
                             (size_t)(end - value));
    }
}

static PHP_FUNCTION(weir_handle_request)
{
    worker_mode_handle_request(INTERNAL_FUNCTION_PARAM_PASSTHRU);
}

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(handle_request_arguments, 0, 1, _IS_BOOL, 0)
    ZEND_ARG_TYPE_INFO(0, handler, IS_CALLABLE, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(weir_log_arguments, 0, 2, IS_VOID, 0)
    ZEND_ARG_TYPE_INFO(0, level, IS_STRING, 0)
    ZEND_ARG_TYPE_INFO(0, message, IS_STRING, 0)
    ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, context, IS_ARRAY, 0, "[]")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(weir_metric_arguments, 0, 1, IS_VOID, 0)
    ZEND_ARG_TYPE_INFO(0, name, IS_STRING, 0)
    ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, value, IS_DOUBLE, 0, "1")
    ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, labels, IS_ARRAY, 0, "[]")
    ZEND_ARG_TYPE_INFO_WITH_DEFAULT_VALUE(0, kind, IS_STRING, 0, "\"counter\"")
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(weir_request_id_arguments, 0, 0, IS_STRING, 1)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(weir_tick_arguments, 0, 2, IS_VOID, 0)
    ZEND_ARG_TYPE_INFO(0, task, IS_CALLABLE, 0)
    ZEND_ARG_TYPE_INFO(0, seconds, IS_DOUBLE, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(returns_bool, 0, 0, _IS_BOOL, 0)
ZEND_END_ARG_INFO()

ZEND_BEGIN_ARG_WITH_RETURN_TYPE_INFO_EX(returns_array, 0, 0, IS_ARRAY, 0)
ZEND_END_ARG_INFO()

const zend_function_entry weir_functions[] = {
    PHP_FE(fastcgi_finish_request, returns_bool)
    PHP_FE(apache_request_headers, returns_array)
    PHP_FALIAS(getallheaders, apache_request_headers, returns_array)
    PHP_FE(apache_response_headers, returns_array)
    PHP_FE(weir_handle_request, handle_request_arguments)
    PHP_FE(weir_log, weir_log_arguments)
    PHP_FE(weir_metric, weir_metric_arguments)
    PHP_FE(weir_request_id, weir_request_id_arguments)
    PHP_FE(weir_tick, weir_tick_arguments)
    PHP_FE_END
};

/// For worker scripts written for FrankenPHP.
const zend_function_entry frankenphp_functions[] = {
    PHP_FALIAS(frankenphp_handle_request, weir_handle_request, handle_request_arguments)
    PHP_FE_END
};
