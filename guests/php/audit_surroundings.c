// The state of a worker that is no variable.

#include "audit_surroundings.h"

#include <ext/standard/basic_functions.h>
#include <main/SAPI.h>
#include <main/php_output.h>
#include <Zend/zend_closures.h>
#include <Zend/zend_exceptions.h>

#include <locale.h>
#include <sys/stat.h>
#include <unistd.h>

/// `argument` may be NULL: none.
static bool ask_with(const char *name, zval *argument, zval *result)
{
    ZVAL_UNDEF(result);
    zend_function *function = zend_hash_str_find_ptr(CG(function_table), name, strlen(name));
    if (!function || function->type != ZEND_INTERNAL_FUNCTION) {
        return false;
    }
    zend_call_known_function(function, NULL, NULL, result, argument ? 1 : 0, argument, NULL);
    if (EG(exception)) {
        zend_clear_exception();
        zval_ptr_dtor(result);
        ZVAL_UNDEF(result);
    }
    return Z_TYPE_P(result) != IS_UNDEF;
}

static bool ask(const char *name, zval *result) { return ask_with(name, NULL, result); }

static void add(struct audit_snapshot *s, enum audit_kind kind, const char *name, const zend_string *value)
{
    if (value) {
        audit_setting(s, kind, name, ZSTR_VAL(value), ZSTR_LEN(value));
    }
}

/// What a function answers that takes no arguments and tells a setting.
static void add_answer(struct audit_snapshot *s, enum audit_kind kind, const char *name, const char *function)
{
    zval answer;
    if (!ask(function, &answer)) {
        return;
    }
    if (Z_TYPE(answer) == IS_STRING) {
        add(s, kind, name, Z_STR(answer));
    } else if (Z_TYPE(answer) == IS_LONG) {
        audit_number(s, kind, name, Z_LVAL(answer));
    } else if (Z_TYPE(answer) == IS_TRUE || Z_TYPE(answer) == IS_FALSE) {
        audit_setting(s, kind, name, Z_TYPE(answer) == IS_TRUE ? "on" : "off", Z_TYPE(answer) == IS_TRUE ? 2 : 3);
    }
    zval_ptr_dtor(&answer);
}

// MARK: Settings

static void add_ini(struct audit_snapshot *s)
{
    zend_string *name;
    zend_ini_entry *entry;
    ZEND_HASH_FOREACH_STR_KEY_PTR(EG(ini_directives), name, entry) {
        audit_setting(s, AUDIT_INI, ZSTR_VAL(name), entry->value ? ZSTR_VAL(entry->value) : "",
                      entry->value ? ZSTR_LEN(entry->value) : 0);
    }
    ZEND_HASH_FOREACH_END();
}

static void add_environment(struct audit_snapshot *s)
{
    extern char **environ;
    for (char **variable = environ; variable && *variable; variable++) {
        const char *equals = strchr(*variable, '=');
        char name[128];
        if (equals && (size_t)(equals - *variable) < sizeof name) {
            snprintf(name, sizeof name, "%.*s", (int)(equals - *variable), *variable);
            audit_setting(s, AUDIT_ENVIRONMENT, name, equals + 1, strlen(equals + 1));
        }
    }
}

static void add_process(struct audit_snapshot *s)
{
    char directory[MAXPATHLEN];
    if (getcwd(directory, sizeof directory)) {
        audit_setting(s, AUDIT_DIRECTORY, "working directory", directory, strlen(directory));
    }
    const char *locale = setlocale(LC_ALL, NULL);
    if (locale) {
        audit_setting(s, AUDIT_LOCALE, "locale", locale, strlen(locale));
    }
    mode_t mask = umask(0);
    umask(mask);
    char octal[8];
    snprintf(octal, sizeof octal, "%04o", mask & 07777);
    audit_setting(s, AUDIT_OTHER, "umask", octal, strlen(octal));
}

// MARK: Handlers

/// A callable as a name, without asking the application.
static void describe(const zval *callable, char *text, size_t size)
{
    ZVAL_DEREF(callable);
    text[0] = '\0';
    if (Z_TYPE_P(callable) == IS_STRING) {
        snprintf(text, size, "%s()", Z_STRVAL_P(callable));
    } else if (Z_TYPE_P(callable) == IS_OBJECT && Z_OBJCE_P(callable) == zend_ce_closure) {
        const zend_function *function = zend_get_closure_method_def(Z_OBJ_P(callable));
        if (function->type == ZEND_USER_FUNCTION) {
            const char *slash = strrchr(ZSTR_VAL(function->op_array.filename), '/');
            snprintf(text, size, "closure of %s:%u", slash ? slash + 1 : ZSTR_VAL(function->op_array.filename),
                     function->op_array.line_start);
        } else {
            snprintf(text, size, "closure");
        }
    } else if (Z_TYPE_P(callable) == IS_OBJECT) {
        snprintf(text, size, "%s", ZSTR_VAL(Z_OBJCE_P(callable)->name));
    } else if (Z_TYPE_P(callable) == IS_ARRAY && zend_hash_num_elements(Z_ARRVAL_P(callable)) == 2) {
        const zval *class = zend_hash_index_find(Z_ARRVAL_P(callable), 0);
        const zval *method = zend_hash_index_find(Z_ARRVAL_P(callable), 1);
        if (class && method && Z_TYPE_P(method) == IS_STRING) {
            ZVAL_DEREF(class);
            snprintf(text, size, "%s::%s()",
                     Z_TYPE_P(class) == IS_OBJECT       ? ZSTR_VAL(Z_OBJCE_P(class)->name)
                         : Z_TYPE_P(class) == IS_STRING ? Z_STRVAL_P(class)
                                                        : "?",
                     Z_STRVAL_P(method));
        }
    }
}

static void add_handler(struct audit_snapshot *s, const char *name, const zval *handler, int below)
{
    char text[256] = "none", what[200];
    if (Z_TYPE_P(handler) != IS_UNDEF) {
        describe(handler, what, sizeof what);
        snprintf(text, sizeof text, below > 0 ? "%.200s, over %d more" : "%.200s", what, below);
    } else if (below > 0) {
        snprintf(text, sizeof text, "none, over %d more", below);
    }
    audit_setting(s, AUDIT_HANDLER, name, text, strlen(text));
}

static void add_list(struct audit_snapshot *s, enum audit_kind kind, const char *what, HashTable *names)
{
    char name[160];
    zend_string *key;
    ZEND_HASH_FOREACH_STR_KEY(names, key) {
        if (key) {
            snprintf(name, sizeof name, "%s %s", what, ZSTR_VAL(key));
            audit_setting(s, kind, name, "registered", sizeof "registered" - 1);
        }
    }
    ZEND_HASH_FOREACH_END();
}

static void add_autoloaders(struct audit_snapshot *s)
{
    zval loaders;
    if (!ask("spl_autoload_functions", &loaders)) {
        return;
    }
    if (Z_TYPE(loaders) == IS_ARRAY) {
        audit_number(s, AUDIT_HANDLER, "autoloaders", zend_hash_num_elements(Z_ARRVAL(loaders)));
    }
    zval_ptr_dtor(&loaders);
}

/// Those of pcntl_signal().
static void add_signal_handlers(struct audit_snapshot *s)
{
    for (zend_long number = 1; number < 32; number++) {
        zval argument, handler;
        ZVAL_LONG(&argument, number);
        if (!ask_with("pcntl_signal_get_handler", &argument, &handler)) {
            return;
        }
        if (Z_TYPE(handler) != IS_LONG) {
            char name[32];
            snprintf(name, sizeof name, "signal handler " ZEND_LONG_FMT, number);
            add_handler(s, name, &handler, 0);
        }
        zval_ptr_dtor(&handler);
    }
}

static void add_handlers(struct audit_snapshot *s)
{
    add_handler(s, "error handler", &EG(user_error_handler), EG(user_error_handlers).top);
    add_handler(s, "exception handler", &EG(user_exception_handler), EG(user_exception_handlers).top);
    add_autoloaders(s);
    const HashTable *shutdown = BG(user_shutdown_function_names);
    audit_number(s, AUDIT_HANDLER, "shutdown functions", shutdown ? zend_hash_num_elements(shutdown) : 0);
    audit_number(s, AUDIT_HANDLER, "tick functions",
                 BG(user_tick_functions) ? (zend_long)zend_llist_count(BG(user_tick_functions)) : 0);
    add_handler(s, "header callback", &SG(callback_func), 0);
    add_signal_handlers(s);
    add_list(s, AUDIT_OTHER, "stream wrapper", php_stream_get_url_stream_wrappers_hash());
    add_list(s, AUDIT_OTHER, "stream filter", php_get_stream_filters_hash());
}

static void add_session_status(struct audit_snapshot *s)
{
    static const char *const words[] = {"disabled", "none", "active"};
    zval status;
    if (ask("session_status", &status) && Z_TYPE(status) == IS_LONG && Z_LVAL(status) >= 0 && Z_LVAL(status) <= 2) {
        const char *word = words[Z_LVAL(status)];
        audit_setting(s, AUDIT_SESSION, "status of the session", word, strlen(word));
    }
}

void audit_surroundings(struct audit_snapshot *s)
{
    add_ini(s);
    add_environment(s);
    add_process(s);
    add_handlers(s);
    audit_number(s, AUDIT_OUTPUT, "output buffers", php_output_get_level());
    add_session_status(s);
    add_answer(s, AUDIT_TIMEZONE, "default timezone", "date_default_timezone_get");
    add_answer(s, AUDIT_OTHER, "mb_internal_encoding", "mb_internal_encoding");
    add_answer(s, AUDIT_OTHER, "mb_regex_encoding", "mb_regex_encoding");
    add_answer(s, AUDIT_OTHER, "mb_substitute_character", "mb_substitute_character");
    add_answer(s, AUDIT_OTHER, "mb_language", "mb_language");
    add_answer(s, AUDIT_OTHER, "libxml_use_internal_errors", "libxml_use_internal_errors");
    audit_setting(s, AUDIT_OTHER, "error_get_last", PG(last_error_message) ? "an error" : "nothing",
                  PG(last_error_message) ? 8 : 7);
    audit_transactions(s);
    audit_counts(s);
}
