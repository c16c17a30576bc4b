// Findings in words.

#include "audit_text.h"

#include <string.h>

enum { STEPS_MAX = 64 };

/// One line of plain text, whatever names an application chooses.
static void make_plain(char *text)
{
    for (unsigned char *at = (unsigned char *)text; *at; at++) {
        if (*at < 0x20 || *at == 0x7f) {
            *at = '?';
        }
    }
}

void audit_subject(const struct audit_snapshot *s, uint32_t node, char *text, size_t size)
{
    uint32_t steps[STEPS_MAX];
    size_t count = 0;
    for (; node && count < STEPS_MAX; node = s->nodes[node].parent) {
        steps[count++] = s->nodes[node].text;
    }
    size_t len = 0;
    text[0] = '\0';
    while (count-- > 0 && len < size) {
        const char *step = s->text + steps[count];
        // The keys of a container of secrets may be secrets themselves.
        len += (size_t)snprintf(text + len, size - len, "%s", *step == '[' && audit_is_secret(text) ? "[...]" : step);
    }
    make_plain(text);
}

bool audit_is_secret(const char *subject)
{
    static const char *const words[] = {
        "password", "passwd",  "pwd",        "passphrase", "secret", "token", "key",
        "cookie",   "session", "credential", "auth",       "salt",   "dsn",
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasestr(subject, words[i])) {
            return true;
        }
    }
    return false;
}

static void describe_text(const char *preview, uint32_t len, bool is_secret, char *text, size_t size)
{
    // A connection's URL carries its password.
    bool has_password = strstr(preview, "://") && strchr(preview, '@');
    if (is_secret || has_password) {
        snprintf(text, size, "string(%u)", len);
    } else if (len > AUDIT_PREVIEW_MAX) {
        // Not in the middle of a character.
        int shown = AUDIT_PREVIEW_MAX - 3;
        while (shown > 0 && ((unsigned char)preview[shown] & 0xc0) == 0x80) {
            shown--;
        }
        snprintf(text, size, "\"%.*s...\" (%u bytes)", shown, preview, len);
    } else {
        snprintf(text, size, "\"%s\"", preview);
    }
}

void audit_describe(const struct audit_snapshot *s, const struct audit_slot *slot, bool is_secret, char *text,
                    size_t size)
{
    switch (slot->type) {
    case IS_UNDEF:
        snprintf(text, size, "uninitialized");
        break;
    case IS_NULL:
        snprintf(text, size, "null");
        break;
    case IS_FALSE:
    case IS_TRUE:
        snprintf(text, size, "%s", slot->type == IS_TRUE ? "true" : "false");
        break;
    case IS_LONG:
        snprintf(text, size, is_secret ? "int" : ZEND_LONG_FMT, slot->is.number);
        break;
    case IS_DOUBLE:
        snprintf(text, size, is_secret ? "float" : "%.10g", slot->is.real);
        break;
    case IS_STRING:
        describe_text(s->text + slot->text, slot->count, is_secret, text, size);
        break;
    case IS_ARRAY:
        snprintf(text, size, slot->total > slot->count ? "array(%u), %u elements in all" : "array(%u)", slot->count,
                 slot->total);
        break;
    case IS_OBJECT:
        snprintf(text, size, "object(%.120s)", ZSTR_VAL(slot->is.class->name));
        break;
    case IS_RESOURCE:
        snprintf(text, size, "resource");
        break;
    default:
        snprintf(text, size, "value");
    }
    make_plain(text);
}
