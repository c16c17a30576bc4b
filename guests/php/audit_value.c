// One value: its type, its size, and a digest that changes when it does.

#include "audit_value.h"

#include <Zend/zend_closures.h>
#include <Zend/zend_enum.h>

enum {
    // Of an object that a value refers to, this many of its own properties count.
    SHALLOW_MAX = 64,
    // A string counts as one element more for each of these.
    BYTES_PER_ELEMENT = 256,
};

struct reading {
    struct audit_slot *slot;
    uint32_t left;
    audit_found found;
    void *context;
    struct audit_keys keys;
};

const zend_property_info *audit_property(const zend_object *object, uint32_t number)
{
    zend_property_info **table = object->ce->properties_info_table;
    return table ? table[number] : NULL;
}

HashTable *audit_dynamic_properties(zend_object *object, uint32_t *count)
{
    *count = 0;
    if (object->properties) {
        zval *value;
        ZEND_HASH_FOREACH_VAL(object->properties, value) {
            *count += Z_TYPE_P(value) != IS_INDIRECT;
        }
        ZEND_HASH_FOREACH_END();
    }
    return *count || !audit_property_count(object) ? object->properties : NULL;
}

/// What identifies an object's kind: closures by what they run, cases of an enumeration by themselves.
static uint64_t class_of(const zend_object *object)
{
    if (object->ce == zend_ce_closure) {
        const zend_function *function = zend_get_closure_method_def((zend_object *)object);
        return (uint64_t)(uintptr_t)(function->type == ZEND_USER_FUNCTION ? (void *)function->op_array.opcodes
                                                                          : (void *)function->common.function_name);
    }
    uint64_t hash = (uint64_t)(uintptr_t)object->ce;
    return object->ce->ce_flags & ZEND_ACC_ENUM ? audit_mix(hash, object->handle) : hash;
}

static uint64_t mix_scalar(uint64_t hash, const zval *value)
{
    hash = audit_mix(hash, Z_TYPE_P(value));
    switch (Z_TYPE_P(value)) {
    case IS_LONG:
        return audit_mix(hash, (uint64_t)Z_LVAL_P(value));
    case IS_DOUBLE: {
        uint64_t bits;
        memcpy(&bits, &Z_DVAL_P(value), sizeof bits);
        return audit_mix(hash, bits);
    }
    case IS_STRING:
        return audit_mix_bytes(hash, Z_STRVAL_P(value), Z_STRLEN_P(value));
    case IS_RESOURCE:
        return audit_mix(hash, (uint64_t)Z_RES_TYPE_P(value));
    default:
        return hash;
    }
}

/// What an object holds itself.
static uint64_t shallow(zend_object *object)
{
    uint64_t hash = object->properties ? zend_hash_num_elements(object->properties) : 0;
    uint32_t count = audit_property_count(object);
    for (uint32_t i = 0; i < count && i < SHALLOW_MAX; i++) {
        const zval *value = &object->properties_table[i];
        ZVAL_DEREF(value);
        hash = Z_TYPE_P(value) == IS_ARRAY ? audit_mix(hash, zend_hash_num_elements(Z_ARRVAL_P(value)))
            : Z_TYPE_P(value) == IS_OBJECT ? audit_mix(hash, (uint64_t)(uintptr_t)Z_OBJCE_P(value))
                                           : mix_scalar(hash, value);
    }
    return hash;
}

static bool take(struct reading *r, uint32_t cost)
{
    if (r->left < cost) {
        r->left = 0;
        r->slot->flags |= AUDIT_IS_CUT;
        return false;
    }
    r->left -= cost;
    return true;
}

static void see_object(struct reading *r, zend_object *object)
{
    r->slot->digest = audit_mix(r->slot->digest, class_of(object));
    r->slot->objects = audit_mix(r->slot->objects, object->handle);
    r->slot->contents = audit_mix(r->slot->contents, shallow(object));
    if (r->found) {
        r->found(object, &r->keys, r->context);
    }
}

static void see(struct reading *r, const zval *value);

static void see_array(struct reading *r, const HashTable *array)
{
    r->slot->digest = audit_mix(audit_mix(r->slot->digest, IS_ARRAY), zend_hash_num_elements(array));
    if (r->keys.depth == AUDIT_DEPTH_MAX) {
        return;
    }
    uint32_t depth = r->keys.depth++;
    zend_ulong number;
    zend_string *name;
    zval *value;
    ZEND_HASH_FOREACH_KEY_VAL((HashTable *)array, number, name, value) {
        // Of an object's properties only those that no class declares.
        if (Z_TYPE_P(value) == IS_INDIRECT) {
            continue;
        }
        if (!take(r, 1)) {
            break;
        }
        r->slot->total++;
        r->keys.at[depth].number = number;
        r->keys.at[depth].name = name;
        r->slot->digest = name ? audit_mix_bytes(r->slot->digest, ZSTR_VAL(name), ZSTR_LEN(name))
                               : audit_mix(r->slot->digest, number);
        see(r, value);
    }
    ZEND_HASH_FOREACH_END();
    r->keys.depth = depth;
}

static void see(struct reading *r, const zval *value)
{
    ZVAL_DEREF(value);
    if (Z_TYPE_P(value) == IS_ARRAY) {
        see_array(r, Z_ARRVAL_P(value));
    } else if (Z_TYPE_P(value) == IS_OBJECT) {
        see_object(r, Z_OBJ_P(value));
    } else if (Z_TYPE_P(value) != IS_STRING || take(r, (uint32_t)MIN(Z_STRLEN_P(value) / BYTES_PER_ELEMENT, 256))) {
        r->slot->digest = mix_scalar(r->slot->digest, value);
    }
}

void audit_value_read(struct audit_snapshot *snapshot, struct audit_slot *slot, const zval *value, uint32_t elements,
                      audit_found found, void *context)
{
    if (Z_TYPE_P(value) == IS_INDIRECT) {
        value = Z_INDIRECT_P(value);
    }
    ZVAL_DEREF(value);
    slot->value = value;
    slot->type = Z_TYPE_P(value);
    slot->digest = slot->type;
    switch (Z_TYPE_P(value)) {
    case IS_LONG:
        slot->is.number = Z_LVAL_P(value);
        break;
    case IS_DOUBLE:
        slot->is.real = Z_DVAL_P(value);
        break;
    case IS_STRING:
        slot->count = slot->total = (uint32_t)Z_STRLEN_P(value);
        slot->text = audit_text_add(snapshot, Z_STRVAL_P(value), MIN(Z_STRLEN_P(value), (size_t)AUDIT_PREVIEW_MAX));
        break;
    case IS_ARRAY:
        slot->count = zend_hash_num_elements(Z_ARRVAL_P(value));
        break;
    case IS_OBJECT:
        slot->is.class = Z_OBJCE_P(value);
        break;
    default:
        break;
    }
    struct reading reading = {.slot = slot, .left = elements, .found = found, .context = context};
    see(&reading, value);
}

void audit_values_read(struct audit_slot *slot, const zval *values, size_t count, uint32_t elements, audit_found found,
                       void *context)
{
    slot->type = IS_ARRAY;
    slot->count = (uint32_t)count;
    slot->digest = audit_mix(IS_ARRAY, count);
    struct reading reading = {.slot = slot, .left = elements, .found = found, .context = context};
    reading.keys.depth = 1;
    for (size_t i = 0; i < count && take(&reading, 1); i++) {
        reading.keys.at[0].number = i;
        see(&reading, &values[i]);
    }
}

bool audit_value_is_empty(const struct audit_slot *slot)
{
    switch (slot->type) {
    case IS_UNDEF:
    case IS_NULL:
    case IS_FALSE:
        return true;
    case IS_LONG:
        return slot->is.number == 0;
    case IS_DOUBLE:
        return slot->is.real == 0;
    case IS_STRING:
    case IS_ARRAY:
        return slot->count == 0;
    default:
        return false;
    }
}
