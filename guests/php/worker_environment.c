#include "worker_environment.h"

#include <main/php.h>
#include <ext/standard/basic_functions.h>

#include <stdlib.h>

/// Of the variables the boot has set: their values, or null for those it removed.
static HashTable boot_values;

void environment_remember(void)
{
    zend_hash_init(&boot_values, 8, NULL, ZVAL_PTR_DTOR, false);
    zend_string *name;
    ZEND_HASH_FOREACH_STR_KEY(&BG(putenv_ht), name)
    {
        const char *value = getenv(ZSTR_VAL(name));
        zval copy;
        if (value) {
            ZVAL_STRING(&copy, value);
        } else {
            ZVAL_NULL(&copy);
        }
        zend_hash_update(&boot_values, name, &copy);
    }
    ZEND_HASH_FOREACH_END();
}

static bool is_as_at_boot(const zend_string *name, const zval *at_boot)
{
    const char *value = getenv(ZSTR_VAL(name));
    return Z_TYPE_P(at_boot) == IS_NULL ? !value : value && strcmp(value, Z_STRVAL_P(at_boot)) == 0;
}

static void set_again(const zend_string *name, const zval *at_boot)
{
    zend_function *putenv_function = zend_hash_str_find_ptr(CG(function_table), ZEND_STRL("putenv"));
    zval assignment;
    zval result;
    ZVAL_STR(&assignment, Z_TYPE_P(at_boot) == IS_NULL
                              ? zend_string_init(ZSTR_VAL(name), ZSTR_LEN(name), false)
                              : strpprintf(0, "%s=%s", ZSTR_VAL(name), Z_STRVAL_P(at_boot)));
    zend_call_known_function(putenv_function, NULL, NULL, &result, 1, &assignment, NULL);
    zval_ptr_dtor(&assignment);
}

void environment_put_back(void)
{
    // Removing an entry gives the variable back the value from before PHP.
    zend_string *name;
    ZEND_HASH_FOREACH_STR_KEY(&BG(putenv_ht), name)
    {
        if (!zend_hash_exists(&boot_values, name)) {
            zend_hash_del(&BG(putenv_ht), name);
        }
    }
    ZEND_HASH_FOREACH_END();

    zval *at_boot;
    ZEND_HASH_FOREACH_STR_KEY_VAL(&boot_values, name, at_boot)
    {
        if (!is_as_at_boot(name, at_boot)) {
            set_again(name, at_boot);
        }
    }
    ZEND_HASH_FOREACH_END();
}
