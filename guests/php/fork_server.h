#pragma once

enum {
    CONTROL_FD = 3,
};

/// One message to Weir on the control socket. Without effect when Weir is gone.
void control_send(const char *format, ...) __attribute__((format(printf, 1, 2)));

/// Blocks the signals that the fork server takes in its loop, or must not die of. Call before PHP starts.
void fork_server_block_signals(void);

/// While the application starts in this process: it gets signals as it does in a worker.
void fork_server_let_signals_through(void);

/// Blocks them again. Workers get what the application has made of them.
void fork_server_take_signals(void);

/// Forks workers as Weir asks, until the control socket is closed and all of them have ended: then it returns -1.
/// In a worker it returns at once, with the descriptor of its connection.
int fork_server_run(const char *name);
