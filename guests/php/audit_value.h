#pragma once

#include "audit_snapshot.h"

enum { AUDIT_DEPTH_MAX = 16 };

/// Where in a value's arrays one is.
struct audit_keys {
    struct {
        zend_ulong number;
        const zend_string *name; ///< NULL: `number` is the key
    } at[AUDIT_DEPTH_MAX];
    uint32_t depth;
};

/// Told of every object that lies in a value.
typedef void (*audit_found)(zend_object *object, const struct audit_keys *keys, void *context);

/// Describes `value` in `slot`: its type, size and digest. Looks at `elements` of its elements at most, calls no code
/// of the application, and does not go into objects. `found` may be NULL.
void audit_value_read(struct audit_snapshot *snapshot, struct audit_slot *slot, const zval *value, uint32_t elements,
                      audit_found found, void *context);

/// The same of what an internal object holds: a list of values without a name.
void audit_values_read(struct audit_slot *slot, const zval *values, size_t count, uint32_t elements, audit_found found,
                       void *context);

/// Null, false, zero, empty or not there: what something lazy holds before its first use.
bool audit_value_is_empty(const struct audit_slot *slot);

/// Where the declared properties of an object are: the values behind each other, and what declares them.
static inline uint32_t audit_property_count(const zend_object *object)
{
    return (uint32_t)object->ce->default_properties_count;
}

/// NULL: a place without a property.
const zend_property_info *audit_property(const zend_object *object, uint32_t number);

/// Properties that no class declares, or NULL. INDIRECT values in it are declared ones, and not counted.
HashTable *audit_dynamic_properties(zend_object *object, uint32_t *count);
