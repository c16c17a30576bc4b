// The table that a snapshot is.

#include "audit_snapshot.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum {
    SLOTS_MAX = 200000,
    NODES_MAX = 2 * SLOTS_MAX,
    TEXT_MAX = 24 << 20,
    STEP_MAX = 200,
    INDEX_SIZE = 1 << 19,
    // Of a longer text its beginning and its end.
    HASHED_MAX = 64 << 10,
};

const char *audit_kind_name(enum audit_kind kind)
{
    static const char *const names[] = {
        [AUDIT_STATIC] = "static",           [AUDIT_FUNCTION_STATIC] = "function-static",
        [AUDIT_GLOBAL] = "global",           [AUDIT_CONSTANT] = "constant",
        [AUDIT_INI] = "ini",                 [AUDIT_HANDLER] = "handler",
        [AUDIT_SESSION] = "session",         [AUDIT_TRANSACTION] = "transaction",
        [AUDIT_TIMEZONE] = "timezone",       [AUDIT_LOCALE] = "locale",
        [AUDIT_ENVIRONMENT] = "environment", [AUDIT_DIRECTORY] = "directory",
        [AUDIT_OUTPUT] = "output",           [AUDIT_RESOURCE] = "resource",
        [AUDIT_OBJECT] = "object",           [AUDIT_INCLUDE] = "include",
        [AUDIT_OTHER] = "other",
    };
    return names[kind];
}

/// Memory that costs nothing until it is touched, so that nothing need ever move.
static void *reserve(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

bool audit_snapshot_begin(struct audit_snapshot *s)
{
    if (!s->slots) {
        s->slots = reserve(SLOTS_MAX * sizeof *s->slots);
        s->nodes = reserve(NODES_MAX * sizeof *s->nodes);
        s->text = reserve(TEXT_MAX);
        s->index = reserve(INDEX_SIZE * sizeof *s->index);
        s->index_size = 1 << 12;
    } else {
        memset(s->index, 0, s->index_size * sizeof *s->index);
    }
    s->slot_count = 0;
    // Node 0 is nobody's, and text 0 is empty.
    s->node_count = 1;
    s->text_len = 1;
    s->is_full = false;
    return s->slots && s->nodes && s->text && s->index;
}

uint32_t audit_text_add(struct audit_snapshot *s, const char *bytes, size_t len)
{
    if (s->text_len + len + 1 > TEXT_MAX) {
        s->is_full = true;
        return 0;
    }
    size_t at = s->text_len;
    memcpy(s->text + at, bytes, len);
    s->text[at + len] = '\0';
    s->text_len += len + 1;
    return (uint32_t)at;
}

uint32_t audit_node_add(struct audit_snapshot *s, uint32_t parent, const char *text, size_t len)
{
    if (s->node_count == NODES_MAX) {
        s->is_full = true;
        return parent;
    }
    s->nodes[s->node_count] = (struct audit_node){parent, audit_text_add(s, text, len < STEP_MAX ? len : STEP_MAX)};
    return (uint32_t)s->node_count++;
}

uint32_t audit_node_format(struct audit_snapshot *s, uint32_t parent, const char *format, ...)
{
    char text[STEP_MAX + 1];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return audit_node_add(s, parent, text, len < 0 ? 0 : (size_t)len < sizeof text ? (size_t)len : sizeof text - 1);
}

/// Where the key is, or where it would go.
static size_t position(const struct audit_snapshot *s, uint64_t key)
{
    size_t at = key & (s->index_size - 1);
    while (s->index[at] && s->slots[s->index[at] - 1].key != key) {
        at = (at + 1) & (s->index_size - 1);
    }
    return at;
}

static void widen_index(struct audit_snapshot *s)
{
    memset(s->index, 0, s->index_size * sizeof *s->index);
    s->index_size *= 2;
    for (size_t i = 0; i < s->slot_count; i++) {
        s->index[position(s, s->slots[i].key)] = (uint32_t)i + 1;
    }
}

struct audit_slot *audit_slot_add(struct audit_snapshot *s, enum audit_kind kind, uint64_t key, uint32_t node)
{
    if (s->slot_count == SLOTS_MAX) {
        s->is_full = true;
        return NULL;
    }
    if (s->slot_count * 2 >= s->index_size && s->index_size < INDEX_SIZE) {
        widen_index(s);
    }
    size_t at = position(s, key);
    if (s->index[at]) {
        return NULL;
    }
    struct audit_slot *slot = &s->slots[s->slot_count++];
    s->index[at] = (uint32_t)s->slot_count;
    *slot = (struct audit_slot){.key = key, .node = node, .kind = (uint8_t)kind};
    return slot;
}

const struct audit_slot *audit_slot_find(const struct audit_snapshot *s, uint64_t key)
{
    uint32_t number = s->index[position(s, key)];
    return number ? &s->slots[number - 1] : NULL;
}

uint64_t audit_mix_bytes(uint64_t hash, const char *bytes, size_t len)
{
    hash = audit_mix(hash, len);
    if (len > HASHED_MAX) {
        hash = audit_mix_bytes(hash, bytes, HASHED_MAX / 2);
        return audit_mix_bytes(hash, bytes + len - HASHED_MAX / 2, HASHED_MAX / 2);
    }
    uint64_t word = 0;
    for (; len >= sizeof word; bytes += sizeof word, len -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        hash = audit_mix(hash, word);
    }
    word = 0;
    memcpy(&word, bytes, len);
    return audit_mix(hash, word);
}

static struct audit_slot *add_root(struct audit_snapshot *s, enum audit_kind kind, const char *name, uint64_t salt)
{
    size_t len = strlen(name);
    uint64_t key = audit_mix_bytes(audit_mix(salt, kind), name, len);
    struct audit_slot *slot = audit_slot_add(s, kind, key, audit_node_add(s, 0, name, len));
    if (slot) {
        slot->flags = AUDIT_IS_ROOT;
    }
    return slot;
}

void audit_setting(struct audit_snapshot *s, enum audit_kind kind, const char *name, const char *value, size_t len)
{
    struct audit_slot *slot = add_root(s, kind, name, 1);
    if (slot) {
        slot->type = IS_STRING;
        slot->digest = audit_mix_bytes(IS_STRING, value, len);
        slot->count = (uint32_t)len;
        slot->text = audit_text_add(s, value, len < AUDIT_PREVIEW_MAX ? len : AUDIT_PREVIEW_MAX);
    }
}

void audit_number(struct audit_snapshot *s, enum audit_kind kind, const char *name, zend_long value)
{
    struct audit_slot *slot = add_root(s, kind, name, 2);
    if (slot) {
        slot->type = IS_LONG;
        slot->is.number = value;
        slot->digest = audit_mix(IS_LONG, (uint64_t)value);
    }
}

void audit_count(struct audit_snapshot *s, enum audit_kind kind, const char *name, zend_long count,
                 const zend_class_entry *declared_by)
{
    struct audit_slot *slot = add_root(s, kind, name, 3);
    if (slot) {
        slot->type = IS_LONG;
        slot->is.number = count;
        slot->flags |= AUDIT_IS_COUNT | (declared_by ? AUDIT_OWNED_BY_CLASS : 0);
        slot->owner = declared_by;
    }
}

void audit_bytes(struct audit_snapshot *s, enum audit_kind kind, const char *name, size_t bytes)
{
    struct audit_slot *slot = add_root(s, kind, name, 4);
    if (slot) {
        slot->type = IS_LONG;
        slot->is.number = (zend_long)bytes;
        slot->flags |= AUDIT_IS_COUNT | AUDIT_IS_BYTES;
    }
}
