#pragma once

#include "audit_snapshot.h"

/// Adds everything that PHP code can reach to a snapshot: static properties, statics of functions, globals, variables
/// of functions that are running (a worker script's own), and the properties of every object that these lead to. An
/// object is looked at once, under its shortest name. `elements`: how many of one value's elements are looked at, at
/// most.
void audit_walk(struct audit_snapshot *snapshot, uint32_t elements);

// Between the parts of the walk.

struct audit_queued {
    zend_object *object;
    uint64_t key;
    uint32_t node;
    uint8_t kind;
};

struct audit_walker {
    struct audit_snapshot *snapshot;
    uint32_t elements;
    struct audit_queued *queue;
    size_t queue_count;
    uint8_t *seen; ///< by handle
    uint32_t handles;
};

/// Adds a value under a name of its own.
struct audit_slot *audit_walk_value(struct audit_walker *walker, enum audit_kind kind, uint64_t key, uint32_t node,
                                    const zval *value);

/// The statics of a function, which hold values once it has run; before that they are as declared.
void audit_walk_function(struct audit_walker *walker, const zend_op_array *function, uint64_t key);

/// A closure's statics and what it is bound to.
void audit_walk_closure(struct audit_walker *walker, zend_object *closure, uint64_t key);

/// Everything that code can name by itself.
void audit_walk_roots(struct audit_walker *walker);
