#pragma once

#include "fastcgi.h"

#include <main/php.h>

/// A record of our own: text fields, each ended by a NUL. A field that does not fit makes the record end before it.
struct record {
    size_t len;
    bool full;
    char bytes[FCGI_OWN_MAX];
};

/// Adds a field. What is not UTF-8, and NUL, becomes `?`.
void record_text(struct record *record, const char *text, size_t len);

/// Adds a value: text as it is, an exception as one line, anything else as JSON.
void record_value(struct record *record, zval *value);

/// Adds name and value, or neither of them.
void record_pair(struct record *record, const char *name, size_t name_len, zval *value);
