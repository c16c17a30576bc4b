// From what has a name to everything that it leads to.

#include "audit_walk.h"
#include "audit_value.h"

#include <ext/spl/spl_array.h>
#include <ext/spl/spl_observer.h>
#include <Zend/zend_closures.h>
#include <Zend/zend_fibers.h>
#include <Zend/zend_generators.h>

#include <stdlib.h>

enum {
    KEY_STEP_MAX = 24,
    STEPS_MAX = 120,
};

/// Of the value being read: what the objects in it are called.
struct finding_place {
    struct audit_walker *walker;
    uint64_t key;
    uint32_t node;
    uint8_t kind;
};

static void append_key(char *text, size_t size, const zend_string *name, zend_ulong number)
{
    size_t len = strlen(text);
    if (!name) {
        snprintf(text + len, size - len, "[" ZEND_LONG_FMT "]", (zend_long)number);
    } else {
        bool is_long = ZSTR_LEN(name) > KEY_STEP_MAX;
        snprintf(text + len, size - len, "['%.*s%s']", is_long ? KEY_STEP_MAX : (int)ZSTR_LEN(name), ZSTR_VAL(name),
                 is_long ? "..." : "");
    }
}

static void queue_object(zend_object *object, const struct audit_keys *keys, void *context)
{
    const struct finding_place *at = context;
    struct audit_walker *w = at->walker;
    if (object->handle >= w->handles || w->seen[object->handle]) {
        return;
    }
    w->seen[object->handle] = 1;
    uint64_t key = at->key;
    uint32_t node = at->node;
    if (keys->depth > 0) {
        char step[STEPS_MAX] = "";
        for (uint32_t i = 0; i < keys->depth; i++) {
            append_key(step, sizeof step, keys->at[i].name, keys->at[i].number);
            key = keys->at[i].name
                ? audit_mix_bytes(key, ZSTR_VAL(keys->at[i].name), ZSTR_LEN(keys->at[i].name))
                : audit_mix(key, keys->at[i].number);
        }
        node = audit_node_add(w->snapshot, node, step, strlen(step));
    }
    w->queue[w->queue_count++] = (struct audit_queued){object, key, node, at->kind};
}

struct audit_slot *audit_walk_value(struct audit_walker *w, enum audit_kind kind, uint64_t key, uint32_t node,
                                    const zval *value)
{
    struct audit_slot *slot = audit_slot_add(w->snapshot, kind, key, node);
    if (slot) {
        struct finding_place place = {w, key, node, (uint8_t)kind};
        audit_value_read(w->snapshot, slot, value, w->elements, queue_object, &place);
    }
    return slot;
}

/// What hangs on an object is the object's; only a session's stays the session's.
static enum audit_kind kind_below(const struct audit_queued *from)
{
    return from->kind == AUDIT_SESSION ? AUDIT_SESSION : AUDIT_OBJECT;
}

static void walk_property(struct audit_walker *w, const struct audit_queued *from, const char *name, size_t len,
                          const zval *value, const zend_class_entry *declared_by)
{
    uint64_t key = audit_mix_bytes(audit_mix(from->key, '>'), name, len);
    uint32_t node = audit_node_format(w->snapshot, from->node, "->%.*s", (int)len, name);
    struct audit_slot *slot = audit_walk_value(w, kind_below(from), key, node, value);
    if (slot && declared_by->type == ZEND_USER_CLASS) {
        slot->owner = declared_by;
        slot->flags |= AUDIT_OWNED_BY_CLASS;
    }
}

static void walk_declared(struct audit_walker *w, const struct audit_queued *from)
{
    zend_object *object = from->object;
    for (uint32_t i = 0; i < audit_property_count(object); i++) {
        const zend_property_info *property = audit_property(object, i);
        const char *class, *name;
        size_t len;
        if (property && zend_unmangle_property_name_ex(property->name, &class, &name, &len) == SUCCESS) {
            walk_property(w, from, name, len, &object->properties_table[i], property->ce);
        }
    }
}

/// Properties that come and go: as a whole, under the object's own name, like an array's elements.
static void walk_dynamic(struct audit_walker *w, const struct audit_queued *from)
{
    uint32_t count;
    HashTable *properties = audit_dynamic_properties(from->object, &count);
    if (!properties) {
        if (from->object->ce->ce_flags & ZEND_ACC_NO_DYNAMIC_PROPERTIES) {
            return;
        }
        // So that the first one is seen to be new.
        properties = (HashTable *)&zend_empty_array;
    }
    zval whole;
    ZVAL_ARR(&whole, properties);
    struct audit_slot *slot = audit_walk_value(w, kind_below(from), audit_mix(from->key, '{'), from->node, &whole);
    if (slot) {
        slot->value = NULL;
        slot->count = count;
        slot->owner = from->object->ce->type == ZEND_USER_CLASS ? from->object->ce : NULL;
        slot->flags |= slot->owner ? AUDIT_OWNED_BY_CLASS : 0;
    }
}

/// What it tells the garbage collector is these and some of what is stored with them. Asked of PHP's own method: a
/// class that extends it may have another one.
static uint32_t stored_objects(zend_object *storage)
{
    zend_function *method = zend_hash_str_find_ptr(&spl_ce_SplObjectStorage->function_table, "count", 5);
    zval count;
    ZVAL_LONG(&count, 0);
    if (method) {
        zend_call_known_function(method, storage, storage->ce, &count, 0, NULL, NULL);
    }
    return Z_TYPE(count) == IS_LONG ? (uint32_t)Z_LVAL(count) : 0;
}

/// What an internal class keeps where PHP code does not see it: it tells the garbage collector.
static void walk_hidden(struct audit_walker *w, const struct audit_queued *from)
{
    zend_object *object = from->object;
    if (object->handlers->get_gc == zend_std_get_gc || object->ce == zend_ce_generator || object->ce == zend_ce_fiber) {
        return;
    }
    zval *values = NULL;
    int count = 0;
    HashTable *table = object->handlers->get_gc(object, &values, &count);
    uint64_t key = audit_mix(from->key, '(');
    struct finding_place place = {w, key, from->node, from->kind};
    bool is_array = instanceof_function(object->ce, spl_ce_ArrayObject)
        || instanceof_function(object->ce, spl_ce_ArrayIterator);
    if (is_array && values && count == 1) {
        audit_walk_value(w, kind_below(from), key, from->node, values);
    } else {
        struct audit_slot *slot = audit_slot_add(w->snapshot, kind_below(from), key, from->node);
        if (slot) {
            audit_values_read(slot, values, (size_t)count, w->elements, queue_object, &place);
            if (instanceof_function(object->ce, spl_ce_SplObjectStorage)) {
                slot->count = stored_objects(object);
            }
        }
    }
    if (table && table != object->properties) {
        zval whole;
        ZVAL_ARR(&whole, table);
        struct audit_slot *slot = audit_walk_value(w, kind_below(from), audit_mix(key, 't'), from->node, &whole);
        if (slot) {
            slot->value = NULL;
        }
    }
}

static void walk_object(struct audit_walker *w, const struct audit_queued *from)
{
    zend_object *object = from->object;
    if ((OBJ_FLAGS(object) & IS_OBJ_FREE_CALLED) || (object->ce->ce_flags & ZEND_ACC_ENUM)) {
        return;
    }
    if (object->ce == zend_ce_closure) {
        audit_walk_closure(w, object, from->key);
        return;
    }
    walk_declared(w, from);
    walk_dynamic(w, from);
    walk_hidden(w, from);
}

static void walk_queue(struct audit_walker *w)
{
    for (size_t done = 0; done < w->queue_count && !w->snapshot->is_full; done++) {
        // A copy: what is found is appended.
        struct audit_queued from = w->queue[done];
        walk_object(w, &from);
    }
    w->queue_count = 0;
}

/// A variable of a closure, under the closure's name.
static void walk_bound(struct audit_walker *w, zend_object *closure, uint64_t key)
{
    zval self;
    ZVAL_OBJ(&self, closure);
    zval *bound = zend_get_closure_this_ptr(&self);
    if (Z_TYPE_P(bound) == IS_OBJECT) {
        const zend_function *function = zend_get_closure_method_def(closure);
        uint32_t node = audit_node_format(w->snapshot, 0, "%s::$this", ZSTR_VAL(function->common.function_name));
        struct finding_place place = {w, audit_mix(key, 'T'), node, AUDIT_OBJECT};
        struct audit_keys none = {.depth = 0};
        queue_object(Z_OBJ_P(bound), &none, &place);
    }
}

void audit_walk_closure(struct audit_walker *w, zend_object *closure, uint64_t key)
{
    const zend_function *function = zend_get_closure_method_def(closure);
    if (function->type == ZEND_USER_FUNCTION && !(function->common.fn_flags & ZEND_ACC_FAKE_CLOSURE)) {
        audit_walk_function(w, &function->op_array, key);
    }
    walk_bound(w, closure, key);
}

/// Closures that nothing with a name leads to: the engine keeps them, as handlers and the like.
static void walk_other_closures(struct audit_walker *w)
{
    for (uint32_t handle = 1; handle < w->handles; handle++) {
        zend_object *object = EG(objects_store).object_buckets[handle];
        if (IS_OBJ_VALID(object) && object->ce == zend_ce_closure && !w->seen[handle]
            && !(OBJ_FLAGS(object) & IS_OBJ_FREE_CALLED)) {
            w->seen[handle] = 1;
            const zend_function *function = zend_get_closure_method_def(object);
            uint64_t code = function->type == ZEND_USER_FUNCTION ? (uint64_t)(uintptr_t)function->op_array.opcodes : 0;
            audit_walk_closure(w, object, audit_mix(audit_mix('C', code), handle));
        }
    }
}

void audit_walk(struct audit_snapshot *snapshot, uint32_t elements)
{
    struct audit_walker w = {.snapshot = snapshot, .elements = elements, .handles = EG(objects_store).top};
    w.seen = calloc(w.handles + 1, 1);
    w.queue = malloc((w.handles + 1) * sizeof *w.queue);
    if (w.seen && w.queue) {
        audit_walk_roots(&w);
        walk_queue(&w);
        walk_other_closures(&w);
        walk_queue(&w);
    } else {
        snapshot->is_full = true;
    }
    free(w.queue);
    free(w.seen);
}
