// What there is how many of.

#include "audit_surroundings.h"

#include <dirent.h>
#include <stdlib.h>

/// Counted by name or class; few enough that looking through all is quick.
struct tally {
    const void *what;
    zend_long count;
};

enum { TALLIES_MAX = 1 << 14 };

static struct tally tallies[TALLIES_MAX];
static size_t tally_count;

/// Open addressing by address: where it is, or would be.
static size_t position(const void *what)
{
    size_t at = (audit_mix(0, (uint64_t)(uintptr_t)what) >> 7) % TALLIES_MAX;
    while (tallies[at].what && tallies[at].what != what) {
        at = (at + 1) % TALLIES_MAX;
    }
    return at;
}

static void count(const void *what)
{
    size_t at = position(what);
    if (tallies[at].what) {
        tallies[at].count++;
    } else if (tally_count < TALLIES_MAX / 2) {
        tallies[at] = (struct tally){what, 1};
        tally_count++;
    }
}

static bool is_counted(const void *what)
{
    return tallies[position(what)].what == what;
}

/// A path, which may be in several strings, as an address.
static const void *file_of(zend_string *path) { return (const void *)(uintptr_t)(zend_string_hash_val(path) | 1); }

static void begin_counting(void)
{
    memset(tallies, 0, sizeof tallies);
    tally_count = 0;
}

static void count_objects(struct audit_snapshot *s)
{
    begin_counting();
    for (uint32_t handle = 1; handle < EG(objects_store).top; handle++) {
        const zend_object *object = EG(objects_store).object_buckets[handle];
        if (IS_OBJ_VALID(object) && !(OBJ_FLAGS(object) & IS_OBJ_FREE_CALLED)) {
            count(object->ce);
        }
    }
    for (size_t i = 0; i < TALLIES_MAX; i++) {
        const zend_class_entry *class = tallies[i].what;
        if (class) {
            audit_count(s, AUDIT_OBJECT, ZSTR_VAL(class->name), tallies[i].count,
                        class->type == ZEND_USER_CLASS ? class : NULL);
        }
    }
}

static void count_resources(struct audit_snapshot *s, HashTable *list, const char *prefix)
{
    begin_counting();
    zval *resource;
    ZEND_HASH_FOREACH_VAL(list, resource) {
        const char *type = Z_TYPE_P(resource) == IS_RESOURCE || Z_TYPE_P(resource) == IS_PTR
            ? zend_rsrc_list_get_rsrc_type(Z_RES_P(resource))
            : NULL;
        if (type) {
            count(type);
        }
    }
    ZEND_HASH_FOREACH_END();
    for (size_t i = 0; i < TALLIES_MAX; i++) {
        if (tallies[i].what) {
            char name[128];
            snprintf(name, sizeof name, "%s%s", prefix, (const char *)tallies[i].what);
            audit_count(s, AUDIT_RESOURCE, name, tallies[i].count, NULL);
        }
    }
}

static void count_descriptors(struct audit_snapshot *s)
{
    DIR *directory = opendir("/proc/self/fd");
    if (!directory) {
        return;
    }
    // Without itself, and the two that are no files.
    zend_long descriptors = -3;
    while (readdir(directory)) {
        descriptors++;
    }
    closedir(directory);
    audit_count(s, AUDIT_RESOURCE, "open file descriptors", descriptors, NULL);
}

/// Files that declare something are loaded when they are needed. Any other did its work for one request only, if it was
/// meant to be included once.
static void add_included_files(struct audit_snapshot *s)
{
    begin_counting();
    zend_class_entry *class;
    ZEND_HASH_FOREACH_PTR(EG(class_table), class) {
        if (class->type == ZEND_USER_CLASS) {
            count(file_of(class->info.user.filename));
        }
    }
    ZEND_HASH_FOREACH_END();
    const zend_function *function;
    ZEND_HASH_FOREACH_PTR(EG(function_table), function) {
        if (function->type == ZEND_USER_FUNCTION) {
            count(file_of(function->op_array.filename));
        }
    }
    ZEND_HASH_FOREACH_END();
    zend_string *path;
    ZEND_HASH_FOREACH_STR_KEY(&EG(included_files), path) {
        if (path && !is_counted(file_of(path))) {
            audit_setting(s, AUDIT_INCLUDE, ZSTR_VAL(path), "included", sizeof "included" - 1);
        }
    }
    ZEND_HASH_FOREACH_END();
}

void audit_counts(struct audit_snapshot *s)
{
    count_objects(s);
    count_resources(s, &EG(regular_list), "");
    count_resources(s, &EG(persistent_list), "persistent ");
    count_descriptors(s);
    add_included_files(s);
    audit_count(s, AUDIT_INCLUDE, "included files", zend_hash_num_elements(&EG(included_files)), NULL);
    audit_count(s, AUDIT_OTHER, "classes", zend_hash_num_elements(EG(class_table)), NULL);
    audit_count(s, AUDIT_OTHER, "functions", zend_hash_num_elements(EG(function_table)), NULL);
    audit_bytes(s, AUDIT_OTHER, "memory", zend_memory_usage(false));
}
