// Recognises what the client has sent.

#include "audit_request_data.h"
#include "audit_value.h"

#include <main/php_variables.h>

enum {
    SENT_MAX = 64,
    // Shorter ones are everywhere.
    LENGTH_MIN = 6,
    // From this length on it counts when a longer string contains it.
    CONTAINED_MIN = 12,
    LENGTH_MAX = 256,
    SEARCHED_MAX = 64 << 10,
    VALUES_MAX = 5000,
    DEPTH_MAX = 6,
};

static struct {
    char text[LENGTH_MAX];
    size_t len;
    enum audit_origin origin;
} sent[SENT_MAX];
static size_t sent_count;

static void take(const char *text, size_t len, enum audit_origin origin)
{
    if (len >= LENGTH_MIN && len <= LENGTH_MAX && sent_count < SENT_MAX) {
        memcpy(sent[sent_count].text, text, len);
        sent[sent_count].len = len;
        sent[sent_count].origin = origin;
        sent_count++;
    }
}

static void take_all(const zval *values, enum audit_origin origin, int depth)
{
    if (Z_TYPE_P(values) == IS_STRING) {
        take(Z_STRVAL_P(values), Z_STRLEN_P(values), origin);
    } else if (Z_TYPE_P(values) == IS_ARRAY && depth > 0) {
        zval *value;
        ZEND_HASH_FOREACH_VAL(Z_ARRVAL_P(values), value) {
            take_all(value, origin, depth - 1);
        }
        ZEND_HASH_FOREACH_END();
    }
}

/// What every client sends alike tells nothing.
static bool is_common(const char *name, size_t len)
{
    static const char *const beginnings[] = {
        "HTTP_HOST",       "HTTP_ACCEPT",     "HTTP_USER_AGENT", "HTTP_CONNECTION", "HTTP_CACHE_CONTROL",
        "HTTP_FORWARDED",  "HTTP_X_FORWARDED", "HTTP_X_REAL_IP", "HTTP_UPGRADE",    "HTTP_SEC_",
        "HTTP_CONTENT",    "HTTP_IF_",        "HTTP_ORIGIN",     "HTTP_REFERER",    "HTTP_COOKIE",
        "HTTP_TRANSFER_",  "HTTP_X_REQUESTED", "HTTP_PRAGMA",    "HTTP_TE",         "HTTP_EXPECT",
        "HTTP_DNT",        "HTTP_PRIORITY",
    };
    if (len < 5 || memcmp(name, "HTTP_", 5) != 0) {
        return true;
    }
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0) {
            return true;
        }
    }
    return false;
}

void audit_request_data_take(const struct fcgi_connection *connection)
{
    sent_count = 0;
    take_all(&PG(http_globals)[TRACK_VARS_COOKIE], AUDIT_SENT_IN_SECRET, 2);
    for (size_t i = 0; connection && i < connection->params.count; i++) {
        const struct param *param = &connection->params.list[i];
        if (!is_common(param->name, param->name_len)) {
            bool is_id = param->name_len == 17 && memcmp(param->name, "HTTP_X_REQUEST_ID", 17) == 0;
            take(param->value, param->value_len, is_id ? AUDIT_SENT : AUDIT_SENT_IN_SECRET);
        }
    }
    take_all(&PG(http_globals)[TRACK_VARS_GET], AUDIT_SENT, 4);
    take_all(&PG(http_globals)[TRACK_VARS_POST], AUDIT_SENT, 4);
}

static enum audit_origin in_text(const char *text, size_t len)
{
    for (size_t i = 0; i < sent_count; i++) {
        bool is_in = sent[i].len == len
            ? memcmp(text, sent[i].text, len) == 0
            : sent[i].len >= CONTAINED_MIN && len <= SEARCHED_MAX && memmem(text, len, sent[i].text, sent[i].len);
        if (is_in) {
            return sent[i].origin;
        }
    }
    return AUDIT_NOT_SENT;
}

static enum audit_origin search(const zval *value, int *left, int depth)
{
    ZVAL_DEREF(value);
    if (--*left < 0 || depth == 0) {
        return AUDIT_NOT_SENT;
    }
    enum audit_origin origin = AUDIT_NOT_SENT;
    if (Z_TYPE_P(value) == IS_STRING) {
        return in_text(Z_STRVAL_P(value), Z_STRLEN_P(value));
    }
    if (Z_TYPE_P(value) == IS_ARRAY) {
        zend_string *name;
        zval *element;
        ZEND_HASH_FOREACH_STR_KEY_VAL(Z_ARRVAL_P(value), name, element) {
            origin = name ? in_text(ZSTR_VAL(name), ZSTR_LEN(name)) : AUDIT_NOT_SENT;
            origin = origin || Z_TYPE_P(element) == IS_INDIRECT ? origin : search(element, left, depth - 1);
            if (origin) {
                return origin;
            }
        }
        ZEND_HASH_FOREACH_END();
        return AUDIT_NOT_SENT;
    }
    if (Z_TYPE_P(value) == IS_OBJECT) {
        const zend_object *object = Z_OBJ_P(value);
        for (uint32_t i = 0; i < audit_property_count(object) && !origin; i++) {
            origin = search(&object->properties_table[i], left, depth - 1);
        }
        if (object->properties && !origin && audit_property_count(object) == 0) {
            zval dynamic;
            ZVAL_ARR(&dynamic, object->properties);
            return search(&dynamic, left, depth - 1);
        }
    }
    return origin;
}

enum audit_origin audit_request_data_in(const zval *value)
{
    int left = VALUES_MAX;
    return sent_count ? search(value, &left, DEPTH_MAX) : AUDIT_NOT_SENT;
}
