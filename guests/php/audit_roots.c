// What code can name by itself: static properties, statics of functions, globals, constants, and the variables of
// functions that have not returned, as a worker script's main function.

#include "audit_walk.h"
#include "audit_value.h"

#include <ext/standard/file.h>
#include <Zend/zend_constants.h>

/// An anonymous class or a closure has more behind a zero byte, which is no name.
static const char *shown(const zend_string *name)
{
    return name ? ZSTR_VAL(name) : "{closure}";
}

// MARK: Functions

/// Whether a static variable is one: `use` puts copies into the same table.
static bool is_declared_static(const zend_op_array *function, uint32_t offset)
{
    for (uint32_t i = 0; i < function->last; i++) {
        const zend_op *op = &function->opcodes[i];
        if (op->opcode == ZEND_BIND_STATIC
            && (op->extended_value & ~(ZEND_BIND_REF | ZEND_BIND_IMPLICIT | ZEND_BIND_EXPLICIT)) == offset) {
            return !(op->extended_value & (ZEND_BIND_IMPLICIT | ZEND_BIND_EXPLICIT))
                || (op->extended_value & ZEND_BIND_REF);
        }
    }
    return true;
}

static bool is_closure(const zend_op_array *function) { return function->fn_flags & ZEND_ACC_CLOSURE; }

static uint32_t function_node(struct audit_walker *w, const zend_op_array *function, const zend_string *variable)
{
    bool is_method = function->scope && !is_closure(function);
    return audit_node_format(w->snapshot, 0, "%s%s%s() $%s", is_method ? shown(function->scope->name) : "",
                             is_method ? "::" : "", shown(function->function_name), ZSTR_VAL(variable));
}

void audit_walk_function(struct audit_walker *w, const zend_op_array *function, uint64_t key)
{
    HashTable *declared = function->static_variables;
    HashTable *now = declared ? ZEND_MAP_PTR_GET(function->static_variables_ptr) : NULL;
    if (!now) {
        return;
    }
    zend_string *name;
    zval *value;
    ZEND_HASH_FOREACH_STR_KEY_VAL(now, name, value) {
        uint32_t offset = (uint32_t)((char *)value - (char *)now->arData);
        if (!name || !is_declared_static(function, offset)) {
            continue;
        }
        struct audit_slot *slot = audit_walk_value(w, AUDIT_FUNCTION_STATIC,
                                                   audit_mix_bytes(key, ZSTR_VAL(name), ZSTR_LEN(name)),
                                                   function_node(w, function, name), value);
        if (slot) {
            slot->owner = function;
            // A new closure's are its own from the beginning; nothing says what they were.
            slot->initial = is_closure(function) ? NULL : zend_hash_find(declared, name);
            slot->flags |= slot->initial ? AUDIT_IS_ROOT : 0;
        }
    }
    ZEND_HASH_FOREACH_END();
}

static void walk_functions(struct audit_walker *w, HashTable *functions, const zend_class_entry *scope)
{
    zend_function *function;
    ZEND_HASH_FOREACH_PTR(functions, function) {
        // An inherited method is its class's.
        if (function->type == ZEND_USER_FUNCTION && function->common.scope == scope) {
            audit_walk_function(w, &function->op_array,
                                audit_mix(audit_mix('F', (uint64_t)(uintptr_t)scope),
                                          zend_string_hash_val(function->common.function_name)));
        }
    }
    ZEND_HASH_FOREACH_END();
}

// MARK: Classes

static void walk_statics(struct audit_walker *w, const zend_class_entry *class)
{
    zval *values = class->default_static_members_count ? CE_STATIC_MEMBERS(class) : NULL;
    if (!values) {
        return;
    }
    zend_string *name;
    zend_property_info *property;
    ZEND_HASH_FOREACH_STR_KEY_PTR((HashTable *)&class->properties_info, name, property) {
        // An inherited one is its class's; a trait's is every user's own.
        if (!(property->flags & ZEND_ACC_STATIC) || property->ce != class) {
            continue;
        }
        zval *value = &values[property->offset];
        uint64_t key = audit_mix(audit_mix('S', (uint64_t)(uintptr_t)class), zend_string_hash_val(name));
        uint32_t node = audit_node_format(w->snapshot, 0, "%s::$%s", shown(class->name), ZSTR_VAL(name));
        struct audit_slot *slot = audit_walk_value(w, AUDIT_STATIC, key, node, value);
        if (slot) {
            slot->owner = class;
            slot->flags |= AUDIT_IS_ROOT | AUDIT_OWNED_BY_CLASS;
            slot->initial = &class->default_static_members_table[property->offset];
        }
    }
    ZEND_HASH_FOREACH_END();
}

static void walk_classes(struct audit_walker *w)
{
    zend_string *name;
    zval *entry;
    ZEND_HASH_FOREACH_STR_KEY_VAL(EG(class_table), name, entry) {
        zend_class_entry *class = Z_PTR_P(entry);
        // Not yet declared (the key says so), an alias, or PHP's own.
        if (class->type != ZEND_USER_CLASS || !name || ZSTR_VAL(name)[0] == '\0' || Z_TYPE_P(entry) == IS_ALIAS_PTR) {
            continue;
        }
        walk_statics(w, class);
        walk_functions(w, &class->function_table, class);
    }
    ZEND_HASH_FOREACH_END();
}

// MARK: Variables

static bool is_from_the_engine(zend_string *name)
{
    return zend_hash_exists(CG(auto_globals), name) || zend_string_equals_literal(name, "GLOBALS")
        || zend_string_equals_literal(name, "argv") || zend_string_equals_literal(name, "argc")
        || zend_string_equals_literal(name, "http_response_header");
}

static void walk_globals(struct audit_walker *w)
{
    zend_string *name;
    zval *value;
    ZEND_HASH_FOREACH_STR_KEY_VAL(&EG(symbol_table), name, value) {
        if (name && Z_TYPE_P(value) == IS_INDIRECT) {
            value = Z_INDIRECT_P(value);
        }
        if (!name || Z_TYPE_P(value) == IS_UNDEF || is_from_the_engine(name)) {
            continue;
        }
        uint64_t key = audit_mix('G', zend_string_hash_val(name));
        struct audit_slot *slot = audit_walk_value(w, AUDIT_GLOBAL, key,
                                                   audit_node_format(w->snapshot, 0, "$%s", ZSTR_VAL(name)), value);
        if (slot) {
            slot->flags |= AUDIT_IS_ROOT;
        }
    }
    ZEND_HASH_FOREACH_END();
}

static void walk_session(struct audit_walker *w)
{
    zval *session = zend_hash_str_find(&EG(symbol_table), "_SESSION", sizeof "_SESSION" - 1);
    if (session && Z_TYPE_P(session) == IS_INDIRECT) {
        session = Z_INDIRECT_P(session);
    }
    if (session && Z_TYPE_P(session) != IS_UNDEF) {
        struct audit_slot *slot =
            audit_walk_value(w, AUDIT_SESSION, 'X', audit_node_format(w->snapshot, 0, "$_SESSION"), session);
        if (slot) {
            slot->flags |= AUDIT_IS_ROOT;
        }
    }
}

/// What every stream is opened with that is given no context of its own.
static void walk_stream_context(struct audit_walker *w)
{
    const php_stream_context *context = FG(default_context);
    if (context) {
        uint32_t node = audit_node_format(w->snapshot, 0, "default stream context");
        struct audit_slot *slot = audit_walk_value(w, AUDIT_OTHER, 'D', node, &context->options);
        if (slot) {
            slot->flags |= AUDIT_IS_ROOT;
        }
    }
}

static void walk_constants(struct audit_walker *w)
{
    zend_string *name;
    zend_constant *constant;
    ZEND_HASH_FOREACH_STR_KEY_PTR(EG(zend_constants), name, constant) {
        if (!name || ZSTR_VAL(name)[0] == '\0' || ZEND_CONSTANT_MODULE_NUMBER(constant) != PHP_USER_CONSTANT) {
            continue;
        }
        struct audit_slot *slot =
            audit_walk_value(w, AUDIT_CONSTANT, audit_mix('K', zend_string_hash_val(name)),
                             audit_node_add(w->snapshot, 0, ZSTR_VAL(name), ZSTR_LEN(name)), &constant->value);
        if (slot) {
            slot->flags |= AUDIT_IS_ROOT;
        }
    }
    ZEND_HASH_FOREACH_END();
}

/// The worker script and what it has called, down to where it waits for requests.
static void walk_frames(struct audit_walker *w)
{
    uint64_t depth = 0;
    for (const zend_execute_data *frame = EG(current_execute_data); frame; frame = frame->prev_execute_data, depth++) {
        const zend_function *function = frame->func;
        // A file's variables are among the globals, or its includer's.
        if (!function || !ZEND_USER_CODE(function->type) || (ZEND_CALL_INFO(frame) & ZEND_CALL_HAS_SYMBOL_TABLE)) {
            continue;
        }
        const zend_op_array *code = &function->op_array;
        for (int i = 0; i < code->last_var; i++) {
            const zval *value = ZEND_CALL_VAR_NUM(frame, i);
            uint64_t key = audit_mix(audit_mix(audit_mix('V', depth), (uint64_t)(uintptr_t)code->opcodes), (uint64_t)i);
            audit_walk_value(w, AUDIT_OBJECT, key, function_node(w, code, code->vars[i]), value);
        }
        if (Z_TYPE(frame->This) == IS_OBJECT) {
            audit_walk_value(w, AUDIT_OBJECT, audit_mix(audit_mix('v', depth), 0),
                             audit_node_format(w->snapshot, 0, "%s::$this", shown(code->function_name)),
                             &frame->This);
        }
    }
}

void audit_walk_roots(struct audit_walker *w)
{
    walk_classes(w);
    walk_functions(w, EG(function_table), NULL);
    walk_globals(w);
    walk_session(w);
    walk_stream_context(w);
    walk_constants(w);
    walk_frames(w);
}
