#include "params.h"

#include <stdlib.h>
#include <string.h>

// Heads are limited at the edge to far less than this.
static const size_t bytes_max = 4 << 20;

void params_reset(struct params *params)
{
    params->bytes_len = 0;
    params->count = 0;
}

bool params_append(struct params *params, const void *bytes, size_t len)
{
    size_t needed = params->bytes_len + len;
    if (needed > bytes_max) {
        return false;
    }
    if (needed > params->bytes_size) {
        size_t size = params->bytes_size ? params->bytes_size : 16 << 10;
        while (size < needed) {
            size *= 2;
        }
        char *grown = realloc(params->bytes, size);
        if (!grown) {
            return false;
        }
        params->bytes = grown;
        params->bytes_size = size;
    }
    memcpy(params->bytes + params->bytes_len, bytes, len);
    params->bytes_len = needed;
    return true;
}

/// A length is one byte, or four with the highest bit set.
static bool take_length(const uint8_t **at, const uint8_t *end, uint32_t *length)
{
    const uint8_t *p = *at;
    if (p == end) {
        return false;
    }
    if (*p < 0x80) {
        *length = *p;
        *at = p + 1;
        return true;
    }
    if (end - p < 4) {
        return false;
    }
    *length = (uint32_t)(p[0] & 0x7f) << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    *at = p + 4;
    return true;
}

static bool list_grow(struct params *params)
{
    size_t size = params->list_size ? params->list_size * 2 : 64;
    struct param *grown = realloc(params->list, size * sizeof *grown);
    if (!grown) {
        return false;
    }
    params->list = grown;
    params->list_size = size;
    return true;
}

bool params_decode(struct params *params)
{
    // A decoded pair (name, NUL, value, NUL) is never longer than the encoded one (at least two length
    // bytes, name, value), so the write position never passes the read position.
    const uint8_t *read = (const uint8_t *)params->bytes;
    const uint8_t *end = read + params->bytes_len;
    char *write = params->bytes;

    while (read != end) {
        uint32_t name_len, value_len;
        if (!take_length(&read, end, &name_len) || !take_length(&read, end, &value_len)) {
            return false;
        }
        if ((size_t)(end - read) < (size_t)name_len + value_len) {
            return false;
        }
        if (params->count == params->list_size && !list_grow(params)) {
            return false;
        }
        struct param *param = &params->list[params->count++];
        param->name = write;
        param->name_len = name_len;
        memmove(write, read, name_len);
        write += name_len;
        *write++ = '\0';
        read += name_len;

        param->value = write;
        param->value_len = value_len;
        memmove(write, read, value_len);
        write += value_len;
        *write++ = '\0';
        read += value_len;
    }
    return true;
}

const struct param *params_find(const struct params *params, const char *name, size_t name_len)
{
    for (size_t i = params->count; i-- > 0;) {
        const struct param *param = &params->list[i];
        if (param->name_len == name_len && memcmp(param->name, name, name_len) == 0) {
            return param;
        }
    }
    return NULL;
}
