#pragma once

#include <main/php.h>

/// weir_tick(callable $task, float $seconds): void. Tasks that run in a worker while it waits for a request.
PHP_FUNCTION(weir_tick);

/// In a worker whose tasks were registered before it was forked: they shall not run at the same time in all workers.
/// The first time comes between half the interval and all of it.
void tick_spread(void);

/// Runs what is due. Returns for how many milliseconds nothing will be; -1 without tasks.
int tick_run(void);
