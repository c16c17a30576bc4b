#include "worker_streams.h"

#include <main/php.h>
#include <ext/standard/file.h>
#include <main/php_streams.h>

static php_stream_context *boot_context;
static zval boot_options;

/// The boot's wrappers by scheme; NULL if it neither added nor removed one.
static HashTable *boot_wrappers;

void streams_remember(void)
{
    boot_context = FG(default_context);
    if (boot_context) {
        ZVAL_COPY(&boot_options, &boot_context->options);
    }
    if (FG(stream_wrappers)) {
        boot_wrappers = zend_array_dup(FG(stream_wrappers));
    }
}

/// What a request put into it (a header with its user's token, for example) must not go along with the next one's.
static void put_back_context(void)
{
    php_stream_context *context = FG(default_context);
    if (context != boot_context) {
        FG(default_context) = boot_context;
        if (context) {
            zend_list_delete(context->res);
        }
    }
    if (boot_context && Z_ARR(boot_context->options) != Z_ARR(boot_options)) {
        zval_ptr_dtor(&boot_context->options);
        ZVAL_COPY(&boot_context->options, &boot_options);
    }
}

static bool is_as_at_boot(const HashTable *wrappers)
{
    if (zend_hash_num_elements(wrappers) != zend_hash_num_elements(boot_wrappers)) {
        return false;
    }
    zend_string *scheme;
    void *wrapper;
    ZEND_HASH_FOREACH_STR_KEY_PTR(boot_wrappers, scheme, wrapper)
    {
        if (zend_hash_find_ptr(wrappers, scheme) != wrapper) {
            return false;
        }
    }
    ZEND_HASH_FOREACH_END();
    return true;
}

/// The resources behind stream_wrapper_register(): PHP frees the wrapper with them.
static void free_wrappers_besides(const HashTable *kept)
{
    int type = zend_fetch_list_dtor_id("stream factory");
    zval *entry;
    ZEND_HASH_FOREACH_VAL(&EG(regular_list), entry)
    {
        zend_resource *resource = Z_RES_P(entry);
        bool is_kept = resource->type != type;
        void *wrapper;
        if (!is_kept && kept) {
            ZEND_HASH_FOREACH_PTR((HashTable *)kept, wrapper)
            {
                is_kept = is_kept || wrapper == resource->ptr;
            }
            ZEND_HASH_FOREACH_END();
        }
        if (!is_kept) {
            zend_list_delete(resource);
        }
    }
    ZEND_HASH_FOREACH_END();
}

static void put_back_wrappers(void)
{
    HashTable *wrappers = FG(stream_wrappers);
    if (!boot_wrappers) {
        if (wrappers) {
            zend_hash_destroy(wrappers);
            efree(wrappers);
            FG(stream_wrappers) = NULL;
            free_wrappers_besides(NULL);
        }
        return;
    }
    if (is_as_at_boot(wrappers)) {
        return;
    }
    zend_hash_clean(wrappers);
    zend_hash_copy(wrappers, boot_wrappers, NULL);
    free_wrappers_besides(boot_wrappers);
}

void streams_put_back(void)
{
    if (FG(default_context) || boot_context) {
        put_back_context();
    }
    if (FG(stream_wrappers)) {
        put_back_wrappers();
    }
}
