#pragma once

#include <sys/types.h>

/// What opcache_get_status() says, found out by a child of the fork server that lives for this only: the fork server itself
/// never runs a request, so that its workers start from untouched memory.

/// Begins; the child answers on the control socket. One at a time: who asks meanwhile is answered by the next, together with
/// all others.
void opcache_ask(void);

/// How long the fork server may wait before it calls opcache_look: milliseconds, or -1.
int opcache_wait_ms(void);

/// Ends a child that takes too long.
void opcache_look(void);

/// A child of the fork server has ended.
void opcache_child_ended(pid_t pid, int status);
