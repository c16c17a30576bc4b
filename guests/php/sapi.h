#pragma once

#include "fastcgi.h"

#include <main/php.h>
#include <main/SAPI.h>

#ifdef ZTS
#error "weir-php forks its workers: it needs a PHP without thread safety (ZTS)"
#endif

/// Weir as PHP sees it: the SAPI module, and the PHP functions that belong to it.
extern sapi_module_struct weir_sapi_module;
extern const zend_function_entry weir_functions[];
extern const zend_function_entry frankenphp_functions[];

/// The connection whose request is being served, or NULL.
static inline struct fcgi_connection *sapi_connection(void)
{
    return SG(server_context);
}

/// What PHP logs while it starts, and the application does, for the message that says why it failed: the first line, or
/// the last fatal error.
void sapi_keep_startup_problem(void);
const char *sapi_startup_problem(void);
void sapi_forget_startup_problem(void);

/// php.ini settings that hold for one request: [HOST=] and [PATH=] sections, .user.ini files, and the params
/// PHP_VALUE and PHP_ADMIN_VALUE.
void request_ini_activate(struct fcgi_connection *connection);
