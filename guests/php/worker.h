#pragma once

/// Serves the requests that arrive on `connection_fd` until the peer closes it. The process is the worker's
/// own from here on.
_Noreturn void worker_run(int connection_fd);
