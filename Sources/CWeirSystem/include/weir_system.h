// System calls that Swift cannot make by itself: fork with work in the child, and control messages.
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct weir_spawn {
    const char *path;
    char *const *argv;
    char *const *envp;
    const char *directory;  // NULL: stay
    int input;              // becomes fd 0
    int output;             // becomes fd 1
    int error;              // becomes fd 2
    int control;            // becomes fd 3; -1: none
    int niceness;           // added to this process's own; 0: the same
    bool waits_for_turn;    // see weir_wait_for_turn; its threads and children inherit it
    int orphan_signal;      // sent to it when the thread that starts it ends, as with the whole process; 0: none
};

/// Starts a program in its own process group with default signals and no other descriptor than those named.
/// Returns its pid, or -1 with errno of the step that failed (also when that step ran in the child).
pid_t weir_spawn_process(const struct weir_spawn *request);

/// Makes a connected pair of close-on-exec unix sockets; `packets` chooses SOCK_SEQPACKET over SOCK_STREAM.
int weir_socket_pair(int packets, int pair[2]);

/// Makes a close-on-exec pipe.
int weir_pipe(int pair[2]);

/// Sends one message and up to 8 descriptors with it. Returns 0, or -1 with errno.
int weir_send_with_descriptors(int socket, const void *message, size_t length, const int *descriptors, int count);

/// Receives one message and up to 8 close-on-exec descriptors. `*count` is the room in `descriptors`, then how many
/// came. Returns the message's length, 0 at its end, or -1 with errno.
ssize_t weir_receive_with_descriptors(int socket, void *message, size_t length, int *descriptors, int *count);

/// Becomes another program with the same pid: of the descriptors only 0 to 2 are kept, and `kept`, which becomes 3. All
/// signals stay blocked until the program unblocks them. Returns only to say, with errno, that it failed.
void weir_become_program(const char *path, char *const *argv, char *const *envp, int kept);

/// Which child `waitid` tells of; 0: none. Swift does not see that part of the union.
pid_t weir_pid_of_child(const siginfo_t *info);

/// Makes orphaned descendants children of this process, so that it can reap them.
int weir_become_subreaper(void);

/// Creates an unnamed file in `directory` that vanishes with its descriptor. Returns the descriptor, or -1 with errno.
int weir_temporary_file(const char *directory);

/// Raises the soft limit of open files to the hard one; programs that are spawned keep the one before. Returns the
/// limit in force, or -1 with errno.
long weir_raise_file_limit(void);

/// Gives up root for good: groups, gid, uid. Returns 0, or -1 with errno.
int weir_drop_privileges(const char *user_name, uid_t uid, gid_t gid);

/// Cores this process may be scheduled on.
int weir_affinity_cores(void);

/// Names the calling thread; at most 15 characters.
void weir_name_thread(const char *name);

/// Turns these signals into bytes: each that arrives, on whatever thread, writes its number into a pipe whose reading
/// end is returned. SIGPIPE is ignored from then on. Once a process.
int weir_watch_signals(const int *numbers, int count);

/// Whether the calling thread, when it has something to do, waits its turn or interrupts at once whoever is nicer, as
/// threads do at first. Its share of the processor is the same. Needs no privilege either way.
void weir_wait_for_turn(bool waits);
