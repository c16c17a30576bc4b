#pragma once

/// What Weir is told of the start: that it failed and why, or that workers can be forked.

/// Call before PHP starts. Until startup_succeeded, a process that ends tells that it failed.
void startup_begin(void);

/// PHP has started. What follows until startup_succeeded is the application's own start, if anything.
void startup_has_php(void);

/// Workers can be forked.
void startup_succeeded(void);

/// Ends the process.
_Noreturn void startup_failed(const char *why);
