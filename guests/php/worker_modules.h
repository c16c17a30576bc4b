#pragma once

/// PHP's extensions that keep something of the request by design, and so are told of its start and end: sessions, and
/// the filter's copies of the variables.

/// The boot is over: a session save handler that it set stays.
void modules_remember(void);

/// Random numbers are not those of the process that this one was forked from.
void modules_seed(void);

/// At a request's start, when the superglobals are filled: with session.auto_start the session begins here.
void modules_start(void);

/// At a request's end, while output still reaches it: writes the session.
void modules_end(void);
