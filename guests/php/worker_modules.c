#include "worker_modules.h"

#include <main/php.h>
#include <ext/session/php_session.h>
#if PHP_VERSION_ID < 80200
#include <ext/standard/basic_functions.h>
#include <ext/standard/php_lcg.h>
#endif

// A PHP without sessions has neither.
#pragma weak ps_globals

static zend_module_entry *session;
static zend_module_entry *filter;
static zend_module_entry *random_numbers;

/// The boot's session_set_save_handler(): names of functions, or methods of an object and its class.
static zval save_handler[PS_NUM_APIS];
static zend_string *save_handler_class;

static zend_module_entry *module_named(const char *name)
{
    return zend_hash_str_find_ptr(&module_registry, name, strlen(name));
}

void modules_remember(void)
{
    session = &ps_globals ? module_named("session") : NULL;
    filter = module_named("filter");
    random_numbers = module_named("random");
    if (session) {
        for (int i = 0; i < PS_NUM_APIS; i++) {
            ZVAL_COPY(&save_handler[i], &PS(mod_user_names).names[i]);
        }
        if (PS(mod_user_class_name)) {
            save_handler_class = zend_string_copy(PS(mod_user_class_name));
        }
    }
    modules_end();
}

void modules_seed(void)
{
#if PHP_VERSION_ID < 80200
    LCG(seeded) = 0;
    BG(mt_rand_is_seeded) = 0;
#endif
    if (random_numbers) {
        random_numbers->request_startup_func(MODULE_PERSISTENT, random_numbers->module_number);
    }
}

void modules_start(void)
{
    modules_seed();
    if (session) {
        session->request_startup_func(MODULE_PERSISTENT, session->module_number);
    }
}

static void put_back_save_handler(void)
{
    for (int i = 0; i < PS_NUM_APIS; i++) {
        ZVAL_COPY(&PS(mod_user_names).names[i], &save_handler[i]);
    }
    if (save_handler_class) {
        PS(mod_user_class_name) = zend_string_copy(save_handler_class);
    }
}

void modules_end(void)
{
    if (session) {
        session->request_shutdown_func(MODULE_PERSISTENT, session->module_number);
        put_back_save_handler();
        // The array itself is shared with the symbol table.
        zend_string *name = zend_string_init("_SESSION", sizeof "_SESSION" - 1, false);
        zend_delete_global_variable(name);
        zend_string_release(name);
    }
    if (filter) {
        filter->request_shutdown_func(MODULE_PERSISTENT, filter->module_number);
    }
}
