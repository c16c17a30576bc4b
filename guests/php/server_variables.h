#pragma once

#include <main/php.h>

/// $_SERVER, getenv() and $_ENV: the params of the request on top of the process environment, which is what Weir gave
/// the app.

/// After php_module_startup: takes over the import of environment variables, so that params appear in them.
void server_variables_adopt_environment(void);

/// sapi_module's `getenv` and `register_server_variables`.
char *server_variables_getenv(const char *name, size_t name_len);
void server_variables_register(zval *array);

/// In worker mode, before filter_input() and its like.
void server_variables_tell_filter(void);
