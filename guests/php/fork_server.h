#pragma once

enum {
    CONTROL_FD = 3,
};

/// One message to Weir on the control socket. Without effect when Weir is gone.
void control_send(const char *format, ...) __attribute__((format(printf, 1, 2)));

/// Blocks the signals that the fork server takes in its loop, or must not die of. Call before PHP starts.
void fork_server_block_signals(void);

/// Forks workers as Weir asks, until the control socket is closed. Returns when all of them have ended; in a
/// worker it does not return.
void fork_server_run(const char *name);
