#include "worker_functions.h"
#include "record.h"
#include "sapi.h"
#include "worker.h"

#include <Zend/zend_smart_str.h>

static bool is_one_of(const zend_string *word, const char *const *words)
{
    for (; *words; words++) {
        if (zend_string_equals_cstr(word, *words, strlen(*words))) {
            return true;
        }
    }
    return false;
}

/// A name as Prometheus has it: letters, digits and underscores, no digit first; of metrics colons too.
static bool is_name(const zend_string *name, bool with_colons)
{
    for (size_t i = 0; i < ZSTR_LEN(name); i++) {
        char byte = ZSTR_VAL(name)[i];
        bool is_digit = byte >= '0' && byte <= '9';
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
        if (!is_letter && !(is_digit && i > 0) && !(with_colons && byte == ':')) {
            return false;
        }
    }
    return ZSTR_LEN(name) > 0;
}

PHP_FUNCTION(weir_log)
{
    static const char *const levels[] = {
        "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency", NULL,
    };
    zend_string *level, *message;
    HashTable *context = NULL;
    ZEND_PARSE_PARAMETERS_START(2, 3)
        Z_PARAM_STR(level)
        Z_PARAM_STR(message)
        Z_PARAM_OPTIONAL
        Z_PARAM_ARRAY_HT(context)
    ZEND_PARSE_PARAMETERS_END();
    if (!is_one_of(level, levels)) {
        zend_argument_value_error(1, "must be one of PSR-3's levels, from \"debug\" to \"emergency\"");
        RETURN_THROWS();
    }
    // On the stack: encoding a value may run code that logs.
    struct record record;
    record.len = 0;
    record.full = false;
    record_text(&record, ZSTR_VAL(level), ZSTR_LEN(level));
    record_text(&record, ZSTR_VAL(message), ZSTR_LEN(message));
    zend_ulong index;
    zend_string *key;
    zval *value;
    if (context) {
        ZEND_HASH_FOREACH_KEY_VAL(context, index, key, value)
        {
            char digits[24];
            int len = key ? 0 : snprintf(digits, sizeof digits, ZEND_LONG_FMT, (zend_long)index);
            record_pair(&record, key ? ZSTR_VAL(key) : digits, key ? ZSTR_LEN(key) : (size_t)len, value);
            if (record.full || EG(exception)) {
                break;
            }
        }
        ZEND_HASH_FOREACH_END();
    }
    struct fcgi_connection *connection = worker_own_connection();
    if (connection) {
        fcgi_write_record(connection, FCGI_LOG, record.bytes, record.len);
    } else {
        // A script that is preloaded.
        php_log_err(ZSTR_VAL(message));
    }
}

static bool check_metric(const zend_string *name, double value, const HashTable *labels, const zend_string *kind)
{
    static const char *const kinds[] = {"counter", "gauge", NULL};
    if (!is_name(name, true)) {
        zend_argument_value_error(1, "must consist of letters, digits, \"_\" and \":\", and not begin with a digit");
        return false;
    }
    if (!is_one_of(kind, kinds)) {
        zend_argument_value_error(4, "must be \"counter\" or \"gauge\"");
        return false;
    }
    if (!zend_finite(value) || (value < 0 && ZSTR_VAL(kind)[0] == 'c')) {
        zend_argument_value_error(2, "must be a finite number, and of a counter not negative");
        return false;
    }
    zend_string *label;
    ZEND_HASH_FOREACH_STR_KEY((HashTable *)labels, label)
    {
        if (!label || !is_name(label, false)) {
            zend_argument_value_error(3, "must have names of letters, digits and \"_\" as keys");
            return false;
        }
    }
    ZEND_HASH_FOREACH_END();
    return true;
}

PHP_FUNCTION(weir_metric)
{
    zend_string *name;
    double value = 1;
    HashTable *labels = (HashTable *)&zend_empty_array;
    zend_string *kind = NULL;
    ZEND_PARSE_PARAMETERS_START(1, 4)
        Z_PARAM_STR(name)
        Z_PARAM_OPTIONAL
        Z_PARAM_DOUBLE(value)
        Z_PARAM_ARRAY_HT(labels)
        Z_PARAM_STR(kind)
    ZEND_PARSE_PARAMETERS_END();
    zend_string *counter = kind ? zend_string_copy(kind) : zend_string_init(ZEND_STRL("counter"), false);
    struct fcgi_connection *connection = worker_own_connection();
    if (check_metric(name, value, labels, counter) && connection) {
        struct record record;
        record.len = 0;
        record.full = false;
        record_text(&record, ZSTR_VAL(counter), ZSTR_LEN(counter));
        record_text(&record, ZSTR_VAL(name), ZSTR_LEN(name));
        smart_str number = {0};
        smart_str_append_double(&number, value, 17, false);
        smart_str_0(&number);
        record_text(&record, ZSTR_VAL(number.s), ZSTR_LEN(number.s));
        smart_str_free(&number);
        zend_string *label;
        zval *label_value;
        ZEND_HASH_FOREACH_STR_KEY_VAL(labels, label, label_value)
        {
            record_pair(&record, ZSTR_VAL(label), ZSTR_LEN(label), label_value);
        }
        ZEND_HASH_FOREACH_END();
        // Cut short it would be another metric.
        if (!record.full) {
            fcgi_write_record(connection, FCGI_METRIC, record.bytes, record.len);
        }
    }
    zend_string_release(counter);
}

PHP_FUNCTION(weir_request_id)
{
    ZEND_PARSE_PARAMETERS_NONE();
    struct fcgi_connection *connection = sapi_connection();
    const struct param *id = connection ? params_find(&connection->params, ZEND_STRL("HTTP_X_REQUEST_ID")) : NULL;
    if (!id) {
        RETURN_NULL();
    }
    RETURN_STRINGL(id->value, id->value_len);
}
