// The superglobals of a request in worker mode.

#include "worker_superglobals.h"
#include "sapi.h"

#include <main/php_globals.h>
#include <Zend/zend_compile.h>

static zval server_base;
static zval boot_env;

/// These say how the worker was started, or are filled anew for every request.
static const char *const not_of_the_boot[] = {
    "argv",         "argc",       "SCRIPT_FILENAME",    "SCRIPT_NAME",   "PHP_SELF",
    "REQUEST_TIME", "FCGI_ROLE",  "REQUEST_TIME_FLOAT", "PHP_AUTH_USER", "PHP_AUTH_PW",
    "PHP_AUTH_DIGEST",
};

void superglobals_keep_server_base(HashTable *base)
{
    ZVAL_ARR(&server_base, zend_array_dup(base));
}

void superglobals_remember(void)
{
    zval *server = zend_hash_str_find(&EG(symbol_table), ZEND_STRL("_SERVER"));
    if (server) {
        ZVAL_DEREF(server);
    }
    if (server && Z_TYPE_P(server) == IS_ARRAY) {
        superglobals_keep_server_base(Z_ARRVAL_P(server));
        for (size_t i = 0; i < sizeof not_of_the_boot / sizeof *not_of_the_boot; i++) {
            zend_hash_str_del(Z_ARRVAL(server_base), not_of_the_boot[i], strlen(not_of_the_boot[i]));
        }
    }
    zval *env = zend_hash_str_find(&EG(symbol_table), ZEND_STRL("_ENV"));
    if (env) {
        ZVAL_DEREF(env);
        ZVAL_COPY(&boot_env, env);
    }
}

const HashTable *superglobals_server_base(void)
{
    return Z_TYPE(server_base) == IS_ARRAY ? Z_ARRVAL(server_base) : NULL;
}

static void put_back_env(zend_auto_global *global)
{
    if (Z_TYPE(boot_env) == IS_UNDEF) {
        // No code of the boot has named it.
        if (!global->armed) {
            global->armed = global->auto_global_callback(global->name);
        }
        return;
    }
    zval *env = zend_hash_find(&EG(symbol_table), global->name);
    if (!env || Z_TYPE_P(env) != IS_ARRAY || Z_ARR_P(env) != Z_ARR(boot_env)) {
        Z_TRY_ADDREF(boot_env);
        zend_hash_update(&EG(symbol_table), global->name, &boot_env);
    }
}

static void set(zend_auto_global *global, zval *value)
{
    Z_TRY_ADDREF_P(value);
    zend_hash_update(&EG(symbol_table), global->name, value);
}

void superglobals_forget(void)
{
    zval empty;
    ZVAL_EMPTY_ARRAY(&empty);
    for (size_t i = 0; i < sizeof PG(http_globals) / sizeof *PG(http_globals); i++) {
        if (i != TRACK_VARS_ENV) {
            zval *own = &PG(http_globals)[i];
            zval_ptr_dtor_nogc(own);
            ZVAL_COPY_VALUE(own, &empty);
        }
    }
    // This one is filled only if it is not there.
    ZVAL_UNDEF(&PG(http_globals)[TRACK_VARS_FILES]);

    zend_auto_global *global;
    ZEND_HASH_FOREACH_PTR(CG(auto_globals), global)
    {
        if (global->name == ZSTR_KNOWN(ZEND_STR_AUTOGLOBAL_ENV)) {
            put_back_env(global);
        } else if (global->name == ZSTR_KNOWN(ZEND_STR_AUTOGLOBAL_SERVER) && Z_TYPE(server_base) == IS_ARRAY) {
            if (!global->armed) {
                set(global, &server_base);
            }
        } else if (global->auto_global_callback && !(global->jit && global->armed)) {
            set(global, &empty);
        }
    }
    ZEND_HASH_FOREACH_END();
}

void superglobals_import(void)
{
    zend_auto_global *global;
    ZEND_HASH_FOREACH_PTR(CG(auto_globals), global)
    {
        if (!global->auto_global_callback) {
            global->armed = false;
        } else if ((!global->jit || !global->armed) && global->name != ZSTR_KNOWN(ZEND_STR_AUTOGLOBAL_ENV)) {
            // With `jit` and still armed nothing compiled so far has named it.
            global->armed = global->auto_global_callback(global->name);
        }
    }
    ZEND_HASH_FOREACH_END();
}
