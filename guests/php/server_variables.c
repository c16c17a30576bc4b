// The variables of a request. See server_variables.h.

#include "server_variables.h"
#include "sapi.h"
#include "worker_mode.h"
#include "worker_superglobals.h"

#include <main/php_variables.h>

/// A header `Proxy:` becomes this param, and libraries take it for the variable of that name: not from a client.
static bool is_proxy(const char *name, size_t len)
{
    return len == 10 && memcmp(name, "HTTP_PROXY", 10) == 0;
}

char *server_variables_getenv(const char *name, size_t name_len)
{
    // Params only: PHP looks at the process environment itself when this finds nothing.
    struct fcgi_connection *connection = sapi_connection();
    return connection && !is_proxy(name, name_len) ? fcgi_param(connection, name, name_len) : NULL;
}

static void register_variable(const char *name, char *value, size_t len, zval *array, int filter)
{
    size_t filtered_len = len;
    if (filter < 0 || sapi_module.input_filter(filter, name, &value, len, &filtered_len)) {
        php_register_variable_safe(name, value, filtered_len, array);
    }
}

/// The names of the params, which are mostly those of the request before: found again instead of made and looked
/// through. Each has one place, by its hash.
static struct known_name {
    zend_string *name;
    bool is_plain; ///< PHP takes it as it is: no array, no number, nothing to be replaced by `_`
} known_names[256];

static bool is_plain(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool is_letter = (name[i] >= 'A' && name[i] <= 'Z') || name[i] == '_';
        if (!is_letter && !(i > 0 && name[i] >= '0' && name[i] <= '9')) {
            return false;
        }
    }
    return len > 0;
}

static bool is_name_of(const zend_string *name, const struct param *param)
{
    return name && ZSTR_LEN(name) == param->name_len && memcmp(ZSTR_VAL(name), param->name, param->name_len) == 0;
}

/// NULL if the name is not plain.
static zend_string *plain_name(const struct param *param)
{
    zend_ulong hash = zend_inline_hash_func(param->name, param->name_len);
    struct known_name *known = &known_names[hash % (sizeof known_names / sizeof *known_names)];
    if (!is_name_of(known->name, param)) {
        if (known->name) {
            // Ours must be the last reference: an array that drops a key frees it as memory of its request.
            if (GC_REFCOUNT(known->name) > 1) {
                return NULL;
            }
            zend_string_release(known->name);
        }
        known->name = zend_string_init(param->name, param->name_len, true);
        ZSTR_H(known->name) = hash;
        known->is_plain = is_plain(param->name, param->name_len);
    }
    return known->is_plain ? known->name : NULL;
}

/// The filter extension sees every variable, to keep a copy for filter_input(), and to change it if `filter.default`
/// says so. A worker tells it of the params only if somebody asks it for them.
static bool filter_changes_values(void)
{
    static const zend_ini_entry *setting;
    if (!worker_mode.script) {
        return true;
    }
    if (!setting) {
        setting = zend_hash_str_find_ptr(EG(ini_directives), ZEND_STRL("filter.default"));
    }
    return setting && setting->value && !zend_string_equals_literal(setting->value, "unsafe_raw");
}

void server_variables_tell_filter(void)
{
    struct fcgi_connection *connection = sapi_connection();
    if (!connection || filter_changes_values()) {
        return;
    }
    for (size_t i = 0; i < connection->params.count; i++) {
        struct param *param = &connection->params.list[i];
        size_t filtered_len;
        if (!is_proxy(param->name, param->name_len)) {
            sapi_module.input_filter(PARSE_SERVER, param->name, &param->value, param->value_len, &filtered_len);
        }
    }
}

static void register_params_unfiltered(zval *array, const struct params *params)
{
    for (size_t i = 0; i < params->count; i++) {
        struct param *param = &params->list[i];
        zend_string *name = plain_name(param);
        if (is_proxy(param->name, param->name_len)) {
            continue;
        }
        if (name) {
            zval value;
            ZVAL_STRINGL_FAST(&value, param->value, param->value_len);
            zend_hash_update(Z_ARR_P(array), name, &value);
        } else {
            php_register_variable_safe(param->name, param->value, param->value_len, array);
        }
    }
    php_register_variable("FCGI_ROLE", "RESPONDER", array);
}

static void register_params(zval *array, int filter)
{
    struct fcgi_connection *connection = sapi_connection();
    if (!connection) {
        return;
    }
    if (filter == PARSE_SERVER && !filter_changes_values()) {
        register_params_unfiltered(array, &connection->params);
        return;
    }
    for (size_t i = 0; i < connection->params.count; i++) {
        struct param *param = &connection->params.list[i];
        if (!is_proxy(param->name, param->name_len)) {
            register_variable(param->name, param->value, param->value_len, array, filter);
        }
    }
    register_variable("FCGI_ROLE", (char[]){"RESPONDER"}, 9, array, filter);
}

static void (*import_process_environment)(zval *array);
static void (*load_process_environment)(zval *array);

/// For $_SERVER and $_ENV.
static void import_environment(zval *array)
{
    struct fcgi_connection *connection = sapi_connection();
    zval *env = &PG(http_globals)[TRACK_VARS_ENV];
    bool is_env = Z_TYPE_P(env) == IS_ARRAY && Z_ARR_P(array) == Z_ARR_P(env);
    const HashTable *base = superglobals_server_base();
    if (base && !is_env) {
        zend_hash_copy(Z_ARR_P(array), (HashTable *)base, zval_add_ref);
    } else {
        import_process_environment(array);
        if (connection && worker_mode.script && !is_env) {
            superglobals_keep_server_base(Z_ARR_P(array));
        }
    }
    register_params(array, is_env ? PARSE_ENV : PARSE_SERVER);
}

/// For getenv() without a name, which shows values as they are.
static void load_environment(zval *array)
{
    load_process_environment(array);
    register_params(array, -1);
}

// Older releases of PHP have only the first of the two hooks.
extern PHPAPI void (*php_load_environment_variables)(zval *array) __attribute__((weak));

void server_variables_adopt_environment(void)
{
    import_process_environment = php_import_environment_variables;
    php_import_environment_variables = import_environment;
    if (&php_load_environment_variables) {
        load_process_environment = php_load_environment_variables;
        php_load_environment_variables = load_environment;
    }
}

void server_variables_register(zval *array)
{
    struct fcgi_connection *connection = sapi_connection();
    import_environment(array);
    if (!connection) {
        // A worker that boots.
        php_register_variable("SCRIPT_FILENAME", worker_mode.script, array);
        php_register_variable("SCRIPT_NAME", worker_mode.script, array);
        php_register_variable("PHP_SELF", worker_mode.script, array);
        if (worker_mode.frankenphp) {
            // By this its worker scripts know that they are one.
            php_register_variable("FRANKENPHP_WORKER", "1", array);
        }
        return;
    }
    const char *script_name = FCGI_PARAM(connection, "SCRIPT_NAME");
    const char *path_info = FCGI_PARAM(connection, "PATH_INFO");
    char *self;
    size_t len = spprintf(&self, 0, "%s%s", script_name ? script_name : "", path_info ? path_info : "");
    size_t filtered_len;
    if (sapi_module.input_filter(PARSE_SERVER, "PHP_SELF", &self, len, &filtered_len)) {
        php_register_variable_safe("PHP_SELF", self, filtered_len, array);
    }
    efree(self);
}
