#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The PARAMS stream of one request: names and values, NUL-terminated, in one block of memory that is
/// used again for the next request.
struct param {
    const char *name;
    char *value;
    uint32_t name_len;
    uint32_t value_len;
};

struct params {
    char *bytes;
    size_t bytes_len;
    size_t bytes_size;
    struct param *list;
    size_t count;
    size_t list_size;
};

void params_reset(struct params *params);

/// Adds a piece of the encoded stream. False if the stream is larger than any honest one.
bool params_append(struct params *params, const void *bytes, size_t len);

/// Decodes the whole stream in place. False if it is malformed.
bool params_decode(struct params *params);

/// The last param of that name, or NULL.
const struct param *params_find(const struct params *params, const char *name, size_t name_len);
