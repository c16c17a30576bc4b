#pragma once

#include <main/php.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A picture of what the worker holds: a table from names to short descriptions of values. A *slot* is one thing that
/// can be compared: a static property, a property of an object that something static leads to, a setting, a count.
/// Its name is a path of *nodes*, kept as steps so that ten thousand names cost little; it is spelled out only for a
/// finding.

enum audit_kind {
    AUDIT_STATIC,
    AUDIT_FUNCTION_STATIC,
    AUDIT_GLOBAL,
    AUDIT_CONSTANT,
    AUDIT_INI,
    AUDIT_HANDLER,
    AUDIT_SESSION,
    AUDIT_TRANSACTION,
    AUDIT_TIMEZONE,
    AUDIT_LOCALE,
    AUDIT_ENVIRONMENT,
    AUDIT_DIRECTORY,
    AUDIT_OUTPUT,
    AUDIT_RESOURCE,
    AUDIT_OBJECT,
    AUDIT_INCLUDE,
    AUDIT_OTHER,
};

const char *audit_kind_name(enum audit_kind kind);

enum audit_slot_flags {
    /// Named by itself, not reached through something else: that it appears or disappears is a finding.
    AUDIT_IS_ROOT = 1 << 0,
    /// A number of which only new heights are of interest.
    AUDIT_IS_COUNT = 1 << 1,
    /// Too large to be looked at whole: only `count` can be compared.
    AUDIT_IS_CUT = 1 << 2,
    /// `owner` is a zend_class_entry, and not a zend_op_array.
    AUDIT_OWNED_BY_CLASS = 1 << 3,
    /// A count of bytes, of which a few more are the allocator's.
    AUDIT_IS_BYTES = 1 << 4,
};

enum { AUDIT_PREVIEW_MAX = 40 };

struct audit_slot {
    uint64_t key;
    uint64_t digest;   ///< of the value; objects in it count by their class only
    uint64_t objects;  ///< which objects are in it
    uint64_t contents; ///< what those hold directly
    const zval *value;   ///< valid until PHP code runs again; NULL for settings and counts
    const zval *initial; ///< as declared, for what may appear with a class or function
    const void *owner;   ///< whose declaration it is in, or NULL
    uint32_t node;
    uint32_t count; ///< elements of an array, bytes of a string
    uint32_t total; ///< the same with those of the arrays in it
    uint32_t text;  ///< of a string: where its beginning is kept
    uint8_t kind;
    uint8_t type;
    uint8_t flags;
    union {
        zend_long number;
        double real;
        const zend_class_entry *class;
    } is;
};

struct audit_node {
    uint32_t parent; ///< 0: none
    uint32_t text;
};

struct audit_snapshot {
    struct audit_slot *slots;
    size_t slot_count;
    struct audit_node *nodes;
    size_t node_count;
    char *text;
    size_t text_len;
    uint32_t *index; ///< by key; 0 is free, else a slot's number plus one
    size_t index_size;
    bool is_full; ///< a limit was reached: what is missing may exist
};

/// Makes it empty, and usable the first time. False: there is no memory.
bool audit_snapshot_begin(struct audit_snapshot *snapshot);

/// A step of a path. Text beyond some length is cut.
uint32_t audit_node_add(struct audit_snapshot *snapshot, uint32_t parent, const char *text, size_t len);
__attribute__((format(printf, 3, 4))) uint32_t audit_node_format(struct audit_snapshot *snapshot, uint32_t parent,
                                                                 const char *format, ...);

/// Keeps bytes beside the slots; returns where.
uint32_t audit_text_add(struct audit_snapshot *snapshot, const char *bytes, size_t len);

/// NULL when there are too many, or the key is taken. Later additions do not move it.
struct audit_slot *audit_slot_add(struct audit_snapshot *snapshot, enum audit_kind kind, uint64_t key, uint32_t node);
const struct audit_slot *audit_slot_find(const struct audit_snapshot *snapshot, uint64_t key);

/// Roots that are no PHP value. The key is made of kind and name.
void audit_bytes(struct audit_snapshot *snapshot, enum audit_kind kind, const char *name, size_t bytes);
void audit_setting(struct audit_snapshot *snapshot, enum audit_kind kind, const char *name, const char *value,
                   size_t len);
void audit_number(struct audit_snapshot *snapshot, enum audit_kind kind, const char *name, zend_long value);
void audit_count(struct audit_snapshot *snapshot, enum audit_kind kind, const char *name, zend_long count,
                 const zend_class_entry *declared_by);

/// Mixes a value into a hash.
static inline uint64_t audit_mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15U;
    return hash ^ (hash >> 31);
}

uint64_t audit_mix_bytes(uint64_t hash, const char *bytes, size_t len);
