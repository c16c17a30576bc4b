// Where PHP's settings come from.

#include "settings.h"
#include "sapi.h"

#include <main/build-defs.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void append(struct settings *settings, const char *text, size_t len)
{
    settings->ini = realloc(settings->ini, settings->ini_len + len + 1);
    if (!settings->ini) {
        abort();
    }
    memcpy(settings->ini + settings->ini_len, text, len);
    settings->ini_len += len;
    settings->ini[settings->ini_len] = '\0';
}

/// Words, numbers and constant expressions (On, 128M, E_ALL & ~E_NOTICE) mean in php.ini what they say there;
/// values in quotes are left alone. Everything else would need quotes in a php.ini file.
static bool is_plain(const char *value)
{
    if (*value == '"' || *value == '\'') {
        return true;
    }
    for (const char *p = value; *p; p++) {
        if (!isalnum((unsigned char)*p) && !strchr("_ &|^~.-,+", *p)) {
            return false;
        }
    }
    return true;
}

static void append_value(struct settings *settings, const char *value)
{
    if (is_plain(value)) {
        append(settings, value, strlen(value));
    } else if (!strchr(value, '\'')) {
        append(settings, "'", 1);
        append(settings, value, strlen(value));
        append(settings, "'", 1);
    } else {
        append(settings, "\"", 1);
        for (const char *p = value; *p; p++) {
            if (strchr("\"\\$", *p)) {
                append(settings, "\\", 1);
            }
            append(settings, p, 1);
        }
        append(settings, "\"", 1);
    }
}

void settings_add(struct settings *settings, const char *definition, bool admin)
{
    size_t name_len = strcspn(definition, "=");
    append(settings, definition, name_len);
    append(settings, "=", 1);
    append_value(settings, definition[name_len] ? definition + name_len + 1 : "1");
    append(settings, "\n", 1);
    if (admin) {
        settings->locked = realloc(settings->locked, (settings->locked_count + 1) * sizeof *settings->locked);
        if (!settings->locked) {
            abort();
        }
        settings->locked[settings->locked_count++] = strndup(definition, name_len);
    }
}

void settings_lock(const struct settings *settings)
{
    for (size_t i = 0; i < settings->locked_count; i++) {
        const char *name = settings->locked[i];
        zend_ini_entry *entry = zend_hash_str_find_ptr(EG(ini_directives), name, strlen(name));
        if (entry) {
            entry->modifiable = ZEND_INI_SYSTEM;
        }
    }
}

// Debian gives each SAPI its own directory, and libphp was built for that of `embed`. An application that
// moves here from php-fpm expects php-fpm's settings, so those are read if they are installed.

static char *user_scan_dir;

static bool exists(const char *directory, const char *name)
{
    char path[MAXPATHLEN];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return access(path, R_OK) == 0;
}

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/// `/etc/php/8.2/fpm`, or NULL if there is none.
static char *fpm_directory(void)
{
    const char *slash = strrchr(PHP_CONFIG_FILE_PATH, '/');
    if (!slash) {
        return NULL;
    }
    char *directory;
    if (asprintf(&directory, "%.*s/fpm", (int)(slash - PHP_CONFIG_FILE_PATH), PHP_CONFIG_FILE_PATH) < 0) {
        return NULL;
    }
    if (!exists(directory, "php.ini")) {
        free(directory);
        return NULL;
    }
    return directory;
}

/// PHP_INI_SCAN_DIR is a list in which an empty element stands for the default directory.
static char *expand_scan_dir(const char *list, const char *standard)
{
    char *result = strdup("");
    for (const char *at = list;; at++) {
        size_t len = strcspn(at, ":");
        char *longer;
        if (asprintf(&longer, "%s%s%.*s", result, at == list ? "" : ":", len ? (int)len : (int)strlen(standard),
                     len ? at : standard) < 0) {
            return result;
        }
        free(result);
        result = longer;
        at += len;
        if (!*at) {
            return result;
        }
    }
}

void ini_location_choose(void)
{
    char *directory = fpm_directory();
    if (!directory) {
        return;
    }
    // PHP searches php.ini in this path; a user's PHPRC (a directory or a file) comes first.
    const char *user = getenv("PHPRC");
    char *path = directory;
    if (user && *user) {
        path = is_directory(user) ? NULL : strdup(user);
        if (!path && asprintf(&path, "%s:%s", user, directory) < 0) {
            return;
        }
    }
    weir_sapi_module.php_ini_path_override = path;

    char *scan_dir;
    if (asprintf(&scan_dir, "%s/conf.d", directory) < 0) {
        return;
    }
    const char *list = getenv("PHP_INI_SCAN_DIR");
    user_scan_dir = list ? strdup(list) : NULL;
    char *variable;
    char *expanded = list ? expand_scan_dir(list, scan_dir) : scan_dir;
    if (asprintf(&variable, "PHP_INI_SCAN_DIR=%s", expanded) >= 0) {
        // Not setenv: PHP keeps a pointer to the value.
        putenv(variable);
    }
}

void ini_location_undo(void)
{
    if (!weir_sapi_module.php_ini_path_override) {
        return;
    }
    // The application sees the environment it was given.
    if (user_scan_dir) {
        setenv("PHP_INI_SCAN_DIR", user_scan_dir, 1);
    } else {
        unsetenv("PHP_INI_SCAN_DIR");
    }
}
