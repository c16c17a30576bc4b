#include "worker_ini.h"
#include "worker_timeout.h"

#include <main/php.h>
#include <ext/session/php_session.h>
#include <main/php_ini.h>

#pragma weak ps_globals

/// A setting that the boot has changed.
struct boot_setting {
    zend_ini_entry *entry;
    zend_string *value;
    uint8_t modifiable;
};

static struct boot_setting *boot_settings;
static uint32_t boot_count;
static int boot_error_reporting;
static zend_long boot_memory_limit;

void ini_remember(void)
{
    boot_error_reporting = EG(error_reporting);
    boot_memory_limit = PG(memory_limit);
    if (!EG(modified_ini_directives)) {
        return;
    }
    boot_settings = pecalloc(zend_hash_num_elements(EG(modified_ini_directives)), sizeof *boot_settings, true);
    zend_ini_entry *entry;
    ZEND_HASH_FOREACH_PTR(EG(modified_ini_directives), entry)
    {
        zend_string *value = entry->value ? zend_string_copy(entry->value) : NULL;
        boot_settings[boot_count++] = (struct boot_setting){entry, value, entry->modifiable};
    }
    ZEND_HASH_FOREACH_END();
}

static bool was_set_by_boot(const zend_ini_entry *entry)
{
    for (uint32_t i = 0; i < boot_count; i++) {
        if (boot_settings[i].entry == entry) {
            return true;
        }
    }
    return false;
}

/// mbstring takes its settings over only at run time, or with a request's startup, which does not come.
static int stage_for(const zend_ini_entry *entry)
{
    return strncmp(ZSTR_VAL(entry->name), "mbstring.", 9) == 0 ? ZEND_INI_STAGE_RUNTIME : ZEND_INI_STAGE_DEACTIVATE;
}

/// Going back to a time limit stops its timer.
static void note(const zend_ini_entry *entry)
{
    if (zend_string_equals_literal(entry->name, "max_execution_time")) {
        timeout_was_changed();
    }
}

static void restore(const zend_ini_entry *entry)
{
    if (zend_restore_ini_entry(entry->name, stage_for(entry)) != SUCCESS) {
        zend_restore_ini_entry(entry->name, ZEND_INI_STAGE_DEACTIVATE);
    }
    note(entry);
}

static void put_back_settings(void)
{
    for (uint32_t i = 0; i < boot_count; i++) {
        const struct boot_setting *setting = &boot_settings[i];
        setting->entry->modifiable = setting->modifiable;
        if (setting->entry->value != setting->value && setting->value) {
            zend_alter_ini_entry_ex(setting->entry->name, setting->value, ZEND_INI_SYSTEM, stage_for(setting->entry),
                                    true);
            note(setting->entry);
        }
    }
    HashTable *changed = EG(modified_ini_directives);
    if (changed && zend_hash_num_elements(changed) > boot_count) {
        zend_ini_entry *entry;
        ZEND_HASH_FOREACH_PTR(changed, entry)
        {
            if (!was_set_by_boot(entry)) {
                restore(entry);
            }
        }
        ZEND_HASH_FOREACH_END();
    }
}

void ini_put_back(void)
{
    // Otherwise the session module does not let a boot's `session.save_handler = user` come back.
    bool *may_set_handler = &ps_globals ? &PS(set_handler) : NULL;
    if (may_set_handler) {
        *may_set_handler = true;
    }
    put_back_settings();
    if (may_set_handler) {
        *may_set_handler = false;
    }
    // An `@` that exit() jumped out of.
    EG(error_reporting) = boot_error_reporting;
    // A limit below what is in use just now is refused; tried again after the next request.
    if (PG(memory_limit) != boot_memory_limit && zend_set_memory_limit((size_t)boot_memory_limit) == SUCCESS) {
        PG(memory_limit) = boot_memory_limit;
    }
}
