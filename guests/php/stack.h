#pragma once

#include <sys/types.h>

/// The slow log's stacks. Nothing runs in a worker for them, and no signal is sent: a signal would cut a script's sleep()
/// short, a thread would cost every worker memory.
///
/// The fork server sets the engine's interrupt flag in the worker's memory (/proc/PID/mem), and the worker writes its stack
/// into a page that all of them share as soon as it runs PHP code. When it does not, being inside an internal function that
/// waits, the fork server reads the frames from outside: twice, as only a stack that stands still is the same both times.

/// While PHP starts, before OPcache compiles its JIT's interrupt handler, which contains the address of the hook.
void stack_install_hook(void);

/// Begins to find out the stack of a worker's request, if that is still the request `token`.
void stack_ask(unsigned long id, pid_t pid, unsigned token);

/// How long the fork server may wait before it calls stack_look: milliseconds, or -1.
int stack_wait_ms(void);

/// Sends what was found out since.
void stack_look(void);

/// The worker has ended.
void stack_forget(pid_t pid);
