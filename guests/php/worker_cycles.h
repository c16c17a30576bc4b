#pragma once

/// When the boot is over: what grows from here on may be garbage.
void cycles_begin(void);

/// Collects reference cycles between two requests, when that is due: so that PHP seldom does it in the middle of one,
/// and a worker's memory does not grow meanwhile. Destructors run, and may leave an exception.
void cycles_collect_if_due(void);
