// Settings that hold for one request only. PHP undoes them when the request ends.

#include "sapi.h"

#include <main/php_ini.h>
#include <Zend/zend_ini_scanner.h>

/// The .user.ini settings that hold for one directory.
struct user_ini {
    HashTable settings;
    time_t expires;
};

static HashTable *user_inis;

static void free_setting(zval *setting)
{
    if (Z_TYPE_P(setting) == IS_ARRAY) {
        zend_hash_destroy(Z_ARRVAL_P(setting));
        free(Z_ARR_P(setting));
    } else if (Z_TYPE_P(setting) == IS_STRING) {
        zend_string_release_ex(Z_STR_P(setting), true);
    }
}

static struct user_ini *user_ini_for(const char *directory, size_t len)
{
    if (!user_inis) {
        user_inis = malloc(sizeof *user_inis);
        zend_hash_init(user_inis, 8, NULL, NULL, true);
    }
    struct user_ini *ini = zend_hash_str_find_ptr(user_inis, directory, len);
    if (!ini) {
        ini = calloc(1, sizeof *ini);
        zend_hash_init(&ini->settings, 0, NULL, free_setting, true);
        zend_hash_str_add_new_ptr(user_inis, directory, len, ini);
    }
    return ini;
}

/// Reads the files from the document root down to `directory` (which ends in a slash).
static void user_ini_read(struct user_ini *ini, char *directory, const char *root)
{
    size_t root_len = root ? strlen(root) : 0;
    while (root_len > 0 && root[root_len - 1] == '/') {
        root_len--;
    }
    char *slash = strrchr(directory, '/');
    if (root_len > 0 && strncmp(directory, root, root_len) == 0 && directory[root_len] == '/') {
        slash = directory + root_len;
    }
    zend_hash_clean(&ini->settings);
    for (; slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        php_parse_user_ini_file(*directory ? directory : "/", PG(user_ini_filename), &ini->settings);
        *slash = '/';
    }
}

static void activate_for_path(struct fcgi_connection *connection)
{
    const char *script = SG(request_info).path_translated;
    bool has_user_ini = PG(user_ini_filename) && *PG(user_ini_filename);
    if (!script || !(has_user_ini || php_ini_has_per_dir_config())) {
        return;
    }
    const char *slash = strrchr(script, '/');
    size_t len = slash ? (size_t)(slash - script) + 1 : 0;
    char directory[MAXPATHLEN];
    if (len == 0 || len >= sizeof directory) {
        return;
    }
    memcpy(directory, script, len);
    directory[len] = '\0';
    php_ini_activate_per_dir_config(directory, len);

    if (has_user_ini) {
        struct user_ini *ini = user_ini_for(directory, len);
        time_t now = (time_t)sapi_get_request_time();
        if (now > ini->expires) {
            user_ini_read(ini, directory, FCGI_PARAM(connection, "DOCUMENT_ROOT"));
            ini->expires = now + PG(user_ini_cache_ttl);
        }
        php_ini_activate_config(&ini->settings, PHP_INI_PERDIR, PHP_INI_STAGE_HTACCESS);
    }
}

static void activate_for_host(struct fcgi_connection *connection)
{
    const char *host = FCGI_PARAM(connection, "SERVER_NAME");
    if (host && php_ini_has_per_host_config()) {
        size_t len = strlen(host);
        char *lower = zend_str_tolower_dup(host, len);
        php_ini_activate_per_host_config(lower, len);
        efree(lower);
    }
}

static void set_param_value(zval *name, zval *value, zval *index, int kind, void *context)
{
    const bool *admin = context;
    if (kind != ZEND_INI_PARSER_ENTRY || !value) {
        return;
    }
    // In the ACTIVATE stage a SYSTEM value also locks the entry until the request ends.
    zend_alter_ini_entry_chars(Z_STR_P(name), Z_STRVAL_P(value), Z_STRLEN_P(value),
                               *admin ? PHP_INI_SYSTEM : PHP_INI_USER | PHP_INI_PERDIR, PHP_INI_STAGE_ACTIVATE);
}

static void activate_param(const char *settings, bool admin)
{
    if (settings && *settings) {
        char *lines;
        spprintf(&lines, 0, "%s\n", settings);
        zend_parse_ini_string(lines, true, ZEND_INI_SCANNER_NORMAL, set_param_value, &admin);
        efree(lines);
    }
}

void request_ini_activate(struct fcgi_connection *connection)
{
    activate_for_host(connection);
    activate_for_path(connection);
    activate_param(FCGI_PARAM(connection, "PHP_VALUE"), false);
    activate_param(FCGI_PARAM(connection, "PHP_ADMIN_VALUE"), true);
}
