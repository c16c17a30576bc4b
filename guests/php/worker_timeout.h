#pragma once

/// max_execution_time in worker mode: it counts from a request's start until the next one, so that a loop that hangs
/// behind a request is stopped as well.

/// Gives the request that begins its whole time.
void timeout_start(void);

/// A request has set the limit itself: the timer is not what timeout_start made it.
void timeout_was_changed(void);
