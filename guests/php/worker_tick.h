#pragma once

#include <main/php.h>

/// weir_tick(callable $task, float $seconds): void. Tasks that run in a worker while it waits for a request.
PHP_FUNCTION(weir_tick);

/// Runs what is due. Returns for how many milliseconds nothing will be; -1 without tasks.
int tick_run(void);
