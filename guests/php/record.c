#include "record.h"

#include <ext/json/php_json.h>
#include <ext/standard/html.h>
#include <Zend/zend_exceptions.h>
#include <Zend/zend_smart_str.h>

void record_text(struct record *record, const char *text, size_t len)
{
    size_t room = sizeof record->bytes - record->len;
    if (record->full || room == 0) {
        record->full = true;
        return;
    }
    // The first field is cut rather than left out: a record without its message is none.
    bool may_be_cut = record->len < 128;
    size_t at = record->len;
    for (size_t from = 0; from < len;) {
        size_t start = from;
#if PHP_VERSION_ID >= 80200
        zend_result is_valid = SUCCESS;
#else
        int is_valid = SUCCESS;
#endif
        unsigned code = php_next_utf8_char((const unsigned char *)text, len, &from, &is_valid);
        bool is_plain = is_valid == SUCCESS && code != 0;
        size_t size = is_plain ? from - start : 1;
        if (at + size + 1 > sizeof record->bytes) {
            record->full = true;
            if (!may_be_cut) {
                return;
            }
            break;
        }
        memcpy(record->bytes + at, is_plain ? text + start : "?", size);
        at += size;
    }
    record->bytes[at] = '\0';
    record->len = at + 1;
}

static void record_exception(struct record *record, zend_object *exception)
{
    zval message_space, file_space, line_space;
    zend_string *message = zval_get_string(
        zend_read_property(zend_get_exception_base(exception), exception, ZEND_STRL("message"), true, &message_space));
    zend_string *file = zval_get_string(
        zend_read_property(zend_get_exception_base(exception), exception, ZEND_STRL("file"), true, &file_space));
    zend_long line = zval_get_long(
        zend_read_property(zend_get_exception_base(exception), exception, ZEND_STRL("line"), true, &line_space));
    zend_string *text = strpprintf(0, "%s: %s at %s:" ZEND_LONG_FMT, ZSTR_VAL(exception->ce->name), ZSTR_VAL(message),
                                   ZSTR_VAL(file), line);
    record_text(record, ZSTR_VAL(text), ZSTR_LEN(text));
    zend_string_release(text);
    zend_string_release(file);
    zend_string_release(message);
}

void record_value(struct record *record, zval *value)
{
    ZVAL_DEREF(value);
    if (Z_TYPE_P(value) == IS_STRING) {
        record_text(record, Z_STRVAL_P(value), Z_STRLEN_P(value));
    } else if (Z_TYPE_P(value) == IS_OBJECT && instanceof_function(Z_OBJCE_P(value), zend_ce_throwable)) {
        record_exception(record, Z_OBJ_P(value));
    } else {
        smart_str json = {0};
        php_json_encode(&json, value,
                        PHP_JSON_UNESCAPED_SLASHES | PHP_JSON_UNESCAPED_UNICODE | PHP_JSON_PARTIAL_OUTPUT_ON_ERROR
                            | PHP_JSON_INVALID_UTF8_SUBSTITUTE);
        smart_str_0(&json);
        record_text(record, json.s ? ZSTR_VAL(json.s) : "", json.s ? ZSTR_LEN(json.s) : 0);
        smart_str_free(&json);
    }
}

void record_pair(struct record *record, const char *name, size_t name_len, zval *value)
{
    size_t before = record->len;
    record_text(record, name, name_len);
    if (!record->full) {
        record_value(record, value);
    }
    if (record->full) {
        record->len = before;
    }
}
