#include "worker_watch.h"
#include "server_variables.h"
#include "worker_environment.h"

#include <main/php.h>
#include <ext/standard/basic_functions.h>
#include <Zend/zend_exceptions.h>
#include <Zend/zend_operators.h>

#include <locale.h>
#include <unistd.h>

/// A function whose calls are noticed.
struct watched {
    const char *name;
    /// What must be done before it, if anything; then it is not to be undone.
    void (*before)(void);
    /// How its effect is undone: by own code,
    void (*remember)(void);
    void (*put_back)(void);
    /// or by calling the function with what `getter` told, behind `argument` if there is one.
    const char *getter;
    bool getter_takes_null;
    zend_long argument;

    zend_function *function;
    zif_handler handler;
    zval at_boot;
    bool changed;
};

static char directory[MAXPATHLEN];

static void remember_directory(void)
{
    if (!getcwd(directory, sizeof directory)) {
        directory[0] = '\0';
    }
}

static void put_back_directory(void)
{
    if (directory[0] && chdir(directory) != 0) {
        // It was removed meanwhile; there is nowhere to go back to.
        return;
    }
}

static char *locale;
static zend_string *locale_ctype;

static void remember_locale(void)
{
    locale = strdup(setlocale(LC_ALL, NULL));
    locale_ctype = BG(ctype_string) ? zend_string_copy(BG(ctype_string)) : NULL;
}

static void put_back_locale(void)
{
    setlocale(LC_ALL, locale);
    zend_update_current_locale();
    if (BG(ctype_string)) {
        zend_string_release(BG(ctype_string));
    }
    BG(ctype_string) = locale_ctype ? zend_string_copy(locale_ctype) : NULL;
}

enum {
    NO_ARGUMENT = -1,
    // ASSERT_CALLBACK, which PHP 8.3 calls deprecated.
    ASSERT_CALLBACK_OPTION = 2,
};

static struct watched all[] = {
    {.name = "chdir", .remember = remember_directory, .put_back = put_back_directory},
    {.name = "setlocale", .remember = remember_locale, .put_back = put_back_locale},
    {.name = "putenv", .remember = environment_remember, .put_back = environment_put_back},
    {.name = "date_default_timezone_set", .getter = "date_default_timezone_get", .argument = NO_ARGUMENT},
    {.name = "mb_internal_encoding", .getter = "mb_internal_encoding", .argument = NO_ARGUMENT},
    {.name = "mb_http_output", .getter = "mb_http_output", .argument = NO_ARGUMENT},
    {.name = "mb_language", .getter = "mb_language", .argument = NO_ARGUMENT},
    {.name = "mb_substitute_character", .getter = "mb_substitute_character", .argument = NO_ARGUMENT},
    {.name = "mb_detect_order", .getter = "mb_detect_order", .argument = NO_ARGUMENT},
    {.name = "mb_regex_encoding", .getter = "mb_regex_encoding", .argument = NO_ARGUMENT},
    {.name = "mb_regex_set_options", .getter = "mb_regex_set_options", .argument = NO_ARGUMENT},
    {.name = "textdomain", .getter = "textdomain", .getter_takes_null = true, .argument = NO_ARGUMENT},
    {.name = "libxml_use_internal_errors", .getter = "libxml_use_internal_errors", .argument = NO_ARGUMENT},
    {.name = "libxml_set_external_entity_loader", .getter = "libxml_get_external_entity_loader",
     .argument = NO_ARGUMENT},
    {.name = "filter_input", .before = server_variables_tell_filter},
    {.name = "filter_input_array", .before = server_variables_tell_filter},
    {.name = "filter_has_var", .before = server_variables_tell_filter},
    {.name = "assert_options", .getter = "assert_options", .argument = ASSERT_CALLBACK_OPTION},
};

static struct watched *const all_end = all + sizeof all / sizeof *all;
static bool any_changed;
static zend_function *clear_libxml_errors;

static void called(INTERNAL_FUNCTION_PARAMETERS)
{
    // By name: a closure of the function has a copy of it.
    const zend_string *name = EX(func)->common.function_name;
    for (struct watched *watched = all; watched < all_end; watched++) {
        if (watched->function && watched->function->common.function_name == name) {
            // Without arguments it only tells.
            if (watched->before) {
                watched->before();
            } else if (ZEND_NUM_ARGS() > 0) {
                watched->changed = any_changed = true;
            }
            watched->handler(INTERNAL_FUNCTION_PARAM_PASSTHRU);
            return;
        }
    }
}

static zend_function *function_named(const char *name)
{
    return zend_hash_str_find_ptr(CG(function_table), name, strlen(name));
}

void watch_install(void)
{
    for (struct watched *watched = all; watched < all_end; watched++) {
        watched->function = function_named(watched->name);
        if (watched->function) {
            watched->handler = watched->function->internal_function.handler;
            watched->function->internal_function.handler = called;
        }
    }
}

static void ask(struct watched *watched)
{
    zend_function *getter = function_named(watched->getter);
    if (getter) {
        zval argument;
        ZVAL_NULL(&argument);
        if (watched->argument != NO_ARGUMENT) {
            ZVAL_LONG(&argument, watched->argument);
        }
        bool takes_one = watched->getter_takes_null || watched->argument != NO_ARGUMENT;
        zend_call_known_function(getter, NULL, NULL, &watched->at_boot, takes_one, &argument, NULL);
    } else if (!watched->changed) {
        // Older releases cannot be asked; but the boot left it alone.
        ZVAL_NULL(&watched->at_boot);
    }
}

static void call_with_boot_value(struct watched *watched)
{
    if (Z_TYPE(watched->at_boot) == IS_UNDEF) {
        return;
    }
    zval arguments[2];
    zval result;
    uint32_t count = 0;
    if (watched->argument != NO_ARGUMENT) {
        ZVAL_LONG(&arguments[count], watched->argument);
        count++;
    }
    ZVAL_COPY_VALUE(&arguments[count], &watched->at_boot);
    count++;
    ZVAL_UNDEF(&result);
    zend_call_known_function(watched->function, NULL, NULL, &result, count, arguments, NULL);
    zval_ptr_dtor(&result);
}

/// Calls of ours are nobody's errors: neither messages nor handlers.
static void quietly(void (*each)(struct watched *))
{
    int reporting = EG(error_reporting);
    zval handler;
    ZVAL_COPY_VALUE(&handler, &EG(user_error_handler));
    ZVAL_UNDEF(&EG(user_error_handler));
    EG(error_reporting) = 0;
    for (struct watched *watched = all; watched < all_end; watched++) {
        if (watched->function) {
            each(watched);
            zend_clear_exception();
        }
    }
    EG(error_reporting) = reporting;
    ZVAL_COPY_VALUE(&EG(user_error_handler), &handler);
    any_changed = false;
}

static void remember_one(struct watched *watched)
{
    if (watched->remember) {
        watched->remember();
    } else if (watched->getter) {
        ask(watched);
    }
    watched->changed = false;
}

static void put_back_one(struct watched *watched)
{
    if (watched->changed) {
        if (watched->put_back) {
            watched->put_back();
        } else {
            call_with_boot_value(watched);
        }
        watched->changed = false;
    }
}

static bool keeps_libxml_errors(void)
{
    for (const struct watched *watched = all; watched < all_end; watched++) {
        if (strcmp(watched->name, "libxml_use_internal_errors") == 0) {
            return Z_TYPE(watched->at_boot) == IS_TRUE;
        }
    }
    return false;
}

void watch_remember(void)
{
    quietly(remember_one);
    // Otherwise going back to false clears them.
    clear_libxml_errors = keeps_libxml_errors() ? function_named("libxml_clear_errors") : NULL;
}

void watch_put_back(void)
{
    if (any_changed) {
        quietly(put_back_one);
    }
    if (clear_libxml_errors) {
        zend_call_known_function(clear_libxml_errors, NULL, NULL, NULL, 0, NULL, NULL);
    }
}
