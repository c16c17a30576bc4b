// Transactions that are open. PDO tells; of mysqli its driver knows.

#include "audit_surroundings.h"

#include <Zend/zend_exceptions.h>

#if __has_include(<ext/mysqli/php_mysqli_structs.h>) && PHP_VERSION_ID >= 80200
#include <ext/mysqli/php_mysqli_structs.h>
#include <ext/mysqlnd/mysqlnd_enum_n_def.h>
#define KNOWS_MYSQLI 1
#endif

static zend_class_entry *class_named(const char *lower)
{
    return zend_hash_str_find_ptr(CG(class_table), lower, strlen(lower));
}

/// PDO's own method: a class that extends it may have another one.
static bool is_in_transaction(zend_object *connection, zend_class_entry *pdo)
{
    zend_function *method = zend_hash_str_find_ptr(&pdo->function_table, "intransaction", sizeof "intransaction" - 1);
    zval answer;
    ZVAL_UNDEF(&answer);
    if (!method) {
        return false;
    }
    zend_call_known_function(method, connection, connection->ce, &answer, 0, NULL, NULL);
    // One that was never connected throws.
    if (EG(exception)) {
        zend_clear_exception();
    }
    bool is_open = Z_TYPE(answer) == IS_TRUE;
    zval_ptr_dtor(&answer);
    return is_open;
}

#ifdef KNOWS_MYSQLI
static bool is_in_mysql_transaction(zend_object *object)
{
    const MYSQLI_RESOURCE *resource = php_mysqli_fetch_object(object)->ptr;
    if (!resource || resource->status != MYSQLI_STATUS_VALID || !resource->ptr) {
        return false;
    }
    const MYSQLND *connection = ((const MY_MYSQL *)resource->ptr)->mysql;
    return connection && connection->data && connection->data->upsert_status
        && (connection->data->upsert_status->server_status & SERVER_STATUS_IN_TRANS);
}
#endif

void audit_transactions(struct audit_snapshot *s)
{
    zend_class_entry *pdo = class_named("pdo");
    zend_class_entry *mysqli = class_named("mysqli");
    for (uint32_t handle = 1; (pdo || mysqli) && handle < EG(objects_store).top; handle++) {
        zend_object *object = EG(objects_store).object_buckets[handle];
        if (!IS_OBJ_VALID(object) || (OBJ_FLAGS(object) & IS_OBJ_FREE_CALLED)) {
            continue;
        }
        bool is_open = pdo && instanceof_function(object->ce, pdo) && is_in_transaction(object, pdo);
#ifdef KNOWS_MYSQLI
        is_open = is_open || (mysqli && instanceof_function(object->ce, mysqli) && is_in_mysql_transaction(object));
#endif
        if (is_open) {
            char name[160];
            snprintf(name, sizeof name, "%s #%u", ZSTR_VAL(object->ce->name), handle);
            audit_setting(s, AUDIT_TRANSACTION, name, "open", sizeof "open" - 1);
        }
    }
}
