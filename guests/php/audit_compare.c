// Two snapshots: what is different, and how bad that is.

#include "audit_compare.h"
#include "audit_history.h"
#include "audit_request_data.h"
#include "audit_value.h"

#include <stdlib.h>

enum {
    // Bytes count in steps of so many.
    BYTES_STEP = 256,
};

struct comparison {
    struct audit_snapshot *before;
    const struct audit_snapshot *ended;
    const struct audit_snapshot *after;
    audit_report report;
    uint8_t *replaced; ///< by node: another object is there, whose properties are not told one by one
};

/// Whether the application may rightly set it once, when it is first needed.
static bool may_be_lazy(const struct audit_slot *slot)
{
    return slot->kind == AUDIT_STATIC || slot->kind == AUDIT_FUNCTION_STATIC || slot->kind == AUDIT_OBJECT
        || slot->kind == AUDIT_INCLUDE;
}

static bool differ(const struct audit_slot *before, const struct audit_slot *after)
{
    if (before->type != after->type || before->count != after->count) {
        return true;
    }
    if ((before->flags | after->flags) & AUDIT_IS_CUT) {
        return false;
    }
    return before->digest != after->digest
        || (before->objects != after->objects && before->contents != after->contents);
}

/// What changes between two requests is the worker script's own: a counter, a clock.
static bool was_changed_by_request(const struct comparison *c, uint64_t key)
{
    const struct audit_slot *before = audit_slot_find(c->before, key);
    const struct audit_slot *ended = audit_slot_find(c->ended, key);
    return !before || !ended || differ(before, ended);
}

static bool is_below_replaced(const struct comparison *c, const struct audit_slot *slot)
{
    for (uint32_t node = c->after->nodes[slot->node].parent; node; node = c->after->nodes[node].parent) {
        if (c->replaced[node]) {
            return true;
        }
    }
    return false;
}

static bool has_size(const struct audit_slot *slot) { return slot->type == IS_ARRAY || slot->type == IS_STRING; }

/// What is too large to be looked at whole counts by its own elements.
static zend_long size_of(const struct audit_slot *slot)
{
    return !has_size(slot) ? 0 : MAX(slot->count, slot->total);
}

/// It has become different; `before` is what it was, as declared or as found.
static void tell_change(struct comparison *c, const struct audit_slot *before, const struct audit_slot *after,
                        bool was_there)
{
    const struct audit_slot *slot = after ? after : before;
    struct audit_history *history = audit_history_of(slot->key);
    if (!history) {
        return;
    }
    bool is_worth_telling = audit_history_change(history);
    struct audit_finding finding = {
        .kind = slot->kind, .severity = AUDIT_CHANGE, .named_in = after ? c->after : c->before, .slot = slot,
        .before = was_there ? before : NULL, .after = after, .requests = history->changes,
    };
    if (before && after && has_size(after) && (before->type == after->type || audit_value_is_empty(before))
        && audit_history_rise(history, size_of(before), size_of(after))) {
        is_worth_telling = true;
        finding.severity = AUDIT_GROWTH;
        finding.first = history->first;
        finding.now = size_of(after);
        finding.requests = history->rises;
    } else if (history->changes == 1 && after && may_be_lazy(slot) && (!before || audit_value_is_empty(before))) {
        finding.severity = AUDIT_INITIALISATION;
    }
    if (!is_worth_telling) {
        return;
    }
    enum audit_origin origin = after && after->value ? audit_request_data_in(after->value) : AUDIT_NOT_SENT;
    if (origin != AUDIT_NOT_SENT) {
        finding.is_hidden = origin == AUDIT_SENT_IN_SECRET;
        // A growth remains one: the counts say more.
        finding.severity = finding.severity == AUDIT_GROWTH ? AUDIT_GROWTH : AUDIT_REQUEST_DATA;
    }
    c->report(&finding, c->before, c->after);
}

/// Counts that go up and down with the work are none of our business; only heights that were never there before are.
static void compare_counts(struct comparison *c, const struct audit_slot *before, const struct audit_slot *after)
{
    struct audit_history *history = audit_history_of(after->key);
    zend_long was = before ? before->is.number : 0;
    zend_long now = after->is.number;
    if (!history || now <= was || ((after->flags & AUDIT_IS_BYTES) && now < history->highest + BYTES_STEP)) {
        return;
    }
    bool is_growth = audit_history_rise(history, was, now);
    // What a request leaves open is told at once.
    bool is_first = after->kind == AUDIT_RESOURCE && history->rises == 1;
    if (is_growth || is_first) {
        struct audit_finding finding = {
            .kind = after->kind, .severity = is_growth ? AUDIT_GROWTH : AUDIT_INITIALISATION, .named_in = c->after,
            .slot = after, .before = before, .after = after, .first = history->first, .now = now,
            .requests = history->rises,
        };
        c->report(&finding, c->before, c->after);
    }
}

/// It is there now. What came with a class or a function is as declared, or was changed already.
static void compare_new(struct comparison *c, const struct audit_slot *after)
{
    // What was not there at the end of the request came later.
    bool is_of_request = c->ended->is_full || audit_slot_find(c->ended, after->key);
    if (!(after->flags & AUDIT_IS_ROOT) || c->before->is_full || !is_of_request) {
        return;
    }
    if (!after->initial) {
        tell_change(c, NULL, after, false);
        return;
    }
    const zval *initial = after->initial;
    ZVAL_DEREF(initial);
    // An expression: what it gave when the class was first used, nobody has kept.
    if (Z_TYPE_P(initial) == IS_CONSTANT_AST) {
        return;
    }
    struct audit_slot declared = {.kind = after->kind, .key = after->key, .flags = after->flags};
    // Its text is kept where the other one's is, behind everything else.
    audit_value_read(c->before, &declared, initial, UINT16_MAX, NULL, NULL);
    if (differ(&declared, after)) {
        tell_change(c, &declared, after, true);
    }
}

static void compare_slot(struct comparison *c, const struct audit_slot *after)
{
    const struct audit_slot *before = audit_slot_find(c->before, after->key);
    if (after->flags & AUDIT_IS_COUNT) {
        compare_counts(c, before, after);
    } else if (!before) {
        compare_new(c, after);
    } else if (differ(before, after) && was_changed_by_request(c, after->key) && !is_below_replaced(c, after)) {
        tell_change(c, before, after, true);
        if (before->objects != after->objects && after->type == IS_OBJECT) {
            c->replaced[after->node] = 1;
        }
    }
}

static void compare_gone(struct comparison *c, const struct audit_slot *before)
{
    if ((before->flags & AUDIT_IS_ROOT) && !(before->flags & AUDIT_IS_COUNT) && !c->after->is_full
        && !audit_slot_find(c->after, before->key) && was_changed_by_request(c, before->key)) {
        tell_change(c, before, NULL, true);
    }
}

void audit_compare(struct audit_snapshot *before, const struct audit_snapshot *ended,
                   const struct audit_snapshot *after, audit_report report)
{
    struct comparison c = {.before = before, .ended = ended, .after = after, .report = report};
    c.replaced = calloc(after->node_count, 1);
    if (!c.replaced) {
        return;
    }
    for (size_t i = 0; i < after->slot_count; i++) {
        compare_slot(&c, &after->slots[i]);
    }
    for (size_t i = 0; i < before->slot_count; i++) {
        compare_gone(&c, &before->slots[i]);
    }
    free(c.replaced);
}
