#pragma once

#include "fastcgi.h"

#include <main/php.h>

/// The values that the client has sent with this request: what was found to survive is looked through for them.

enum audit_origin {
    AUDIT_NOT_SENT,
    AUDIT_SENT,
    AUDIT_SENT_IN_SECRET, ///< a cookie or a credential: not to be shown
};

/// Keeps copies of what the request sent: before the handler, which may change the superglobals.
void audit_request_data_take(const struct fcgi_connection *connection);

/// Whether something the client has sent is in this value.
enum audit_origin audit_request_data_in(const zval *value);
