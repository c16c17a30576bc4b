#pragma once

#include <main/php.h>

/// PHP's extensions that keep something of the request by design, and so are told of its start and end: sessions, and
/// the filter's copies of the variables.

/// The boot is over: a session save handler that it set stays.
void modules_remember(void);

/// At a request's start, when the superglobals are filled: with session.auto_start the session begins here.
void modules_start(void);

/// At a request's end, while output still reaches it: writes the session.
void modules_end(void);

/// Where the filter extension keeps what it has seen of $_SERVER, for filter_input(). NULL if it has something to do
/// with it (`filter.default`), and before the boot is over.
zval *modules_filter_copy_of_server(void);
