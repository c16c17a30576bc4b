// What has been seen of each slot over all requests, and when it is worth telling.

#include "audit_history.h"

#include <stdlib.h>

enum {
    HISTORIES_MAX = 1 << 17,
    // A growth is one from this many rises on.
    RISES_MIN = 4,
};

static struct audit_history *histories;
static size_t history_count;

static bool is_power_of_two(uint32_t number) { return (number & (number - 1)) == 0; }

struct audit_history *audit_history_of(uint64_t key)
{
    if (!histories) {
        histories = calloc(HISTORIES_MAX, sizeof *histories);
    }
    if (!histories || history_count >= HISTORIES_MAX / 2) {
        return NULL;
    }
    // Zero marks a free place.
    key = key ? key : 1;
    size_t at = key % HISTORIES_MAX;
    while (histories[at].key && histories[at].key != key) {
        at = (at + 1) % HISTORIES_MAX;
    }
    if (!histories[at].key) {
        histories[at].key = key;
        history_count++;
    }
    return &histories[at];
}

bool audit_history_change(struct audit_history *history)
{
    history->changes++;
    return is_power_of_two(history->changes);
}

bool audit_history_rise(struct audit_history *history, zend_long before, zend_long after)
{
    if (history->rises == 0) {
        history->first = history->highest = before;
    }
    if (after <= history->highest) {
        return false;
    }
    history->highest = after;
    history->rises++;
    return history->rises >= RISES_MIN && is_power_of_two(history->rises);
}
