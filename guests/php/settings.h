#pragma once

#include <stdbool.h>
#include <stddef.h>

/// The php.ini settings of the command line.
struct settings {
    char *ini;           ///< php.ini lines, parsed after every ini file
    size_t ini_len;
    char **locked;       ///< names of the admin values
    size_t locked_count;
};

/// Adds `key=value` (or `key`, meaning 1).
void settings_add(struct settings *settings, const char *definition, bool admin);

/// After php_module_startup: scripts can no longer change the admin values.
void settings_lock(const struct settings *settings);

/// Chooses where php.ini and conf.d are read. Call before PHP starts; undo after, when PHP has read them.
void ini_location_choose(void);
void ini_location_undo(void);
