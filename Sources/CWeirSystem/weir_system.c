#define _GNU_SOURCE
#include "weir_system.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int weir_drop_privileges(const char *user_name, uid_t uid, gid_t gid) {
    if (initgroups(user_name, gid) != 0 || setgid(gid) != 0 || setuid(uid) != 0) return -1;
    return 0;
}

static void restore_signals(void) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &action, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// What the limit of open files was before it was raised: programs that use select(2), or close all descriptors there
// could be, expect the usual one.
static struct rlimit usual_files;

// Runs in the child, between fork and exec of a multithreaded program: async-signal-safe calls only.
static void become(const struct weir_spawn *request, pid_t parent, int report) {
    restore_signals();
    if (usual_files.rlim_max != 0) setrlimit(RLIMIT_NOFILE, &usual_files);
    if (setpgid(0, 0) != 0) return;
    if (request->niceness > 0) setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + request->niceness);
    if (request->waits_for_turn) weir_wait_for_turn(true);
    if (request->orphan_signal) {
        prctl(PR_SET_PDEATHSIG, request->orphan_signal);
        if (getppid() != parent) _exit(128 + request->orphan_signal);
    }
    // The targets 0...3 may be sources too: lift every source above them first.
    int sources[4] = {request->input, request->output, request->error, request->control};
    for (int target = 0; target < 4; target++) {
        if (sources[target] < 0) continue;
        sources[target] = fcntl(sources[target], F_DUPFD_CLOEXEC, 16);
        if (sources[target] < 0) return;
    }
    int raised_report = fcntl(report, F_DUPFD_CLOEXEC, 16);
    if (raised_report < 0) return;
    for (int target = 0; target < 4; target++) {
        if (sources[target] < 0) {
            close(target);
        } else if (dup2(sources[target], target) < 0) {
            return;
        }
    }
    syscall(SYS_close_range, 4, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
    if (request->directory && chdir(request->directory) != 0) return;
    execve(request->path, request->argv, request->envp);
}

pid_t weir_spawn_process(const struct weir_spawn *request) {
    int report[2];
    if (weir_pipe(report) != 0) return -1;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        become(request, parent, report[1]);
        int failure = errno;
        if (write(report[1], &failure, sizeof failure) < 0) _exit(126);
        _exit(127);
    }
    int fork_errno = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    if (pid < 0) {
        close(report[0]);
        errno = fork_errno;
        return -1;
    }
    int failure = 0;
    ssize_t count;
    do count = read(report[0], &failure, sizeof failure); while (count < 0 && errno == EINTR);
    close(report[0]);
    if (count == (ssize_t)sizeof failure) {
        errno = failure;
        return -1;  // The reaper collects the child.
    }
    return pid;
}

int weir_socket_pair(int packets, int pair[2]) {
    return socketpair(AF_UNIX, (packets ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC, 0, pair);
}

int weir_pipe(int pair[2]) { return pipe2(pair, O_CLOEXEC); }

int weir_send_with_descriptors(int socket, const void *message, size_t length, const int *descriptors, int count) {
    if (count < 0 || count > 8) {
        errno = EINVAL;
        return -1;
    }
    char control[CMSG_SPACE(8 * sizeof(int))] = {0};
    struct iovec part = {.iov_base = (void *)message, .iov_len = length};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 0) {
        header.msg_control = control;
        header.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(rights), descriptors, count * sizeof(int));
    }
    ssize_t sent;
    do sent = sendmsg(socket, &header, MSG_NOSIGNAL); while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

ssize_t weir_receive_with_descriptors(int socket, void *message, size_t length, int *descriptors, int *count) {
    char control[CMSG_SPACE(8 * sizeof(int))] = {0};
    struct iovec part = {.iov_base = message, .iov_len = length};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    int room = *count;
    *count = 0;
    ssize_t received;
    do received = recvmsg(socket, &header, MSG_CMSG_CLOEXEC); while (received < 0 && errno == EINTR);
    if (received <= 0) return received;
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
    if (!rights || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS) return received;
    int came = (int)((rights->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    int taken[8];
    memcpy(taken, CMSG_DATA(rights), (size_t)came * sizeof(int));
    for (int i = 0; i < came; i++) {
        if (*count < room) {
            descriptors[(*count)++] = taken[i];
        } else {
            close(taken[i]);
        }
    }
    return received;
}

void weir_become_program(const char *path, char *const *argv, char *const *envp, int kept) {
    sigset_t all;
    sigfillset(&all);
    // The mask is the new program's too: what arrives in between waits for it.
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    if (kept != 3 && dup2(kept, 3) < 0) return;
    if (kept == 3) fcntl(3, F_SETFD, 0);
    syscall(SYS_close_range, 4, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
    execve(path, argv, envp);
}

pid_t weir_pid_of_child(const siginfo_t *info) { return info->si_pid; }

int weir_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int weir_temporary_file(const char *directory) {
    int file = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)) return file;
    char name[4096];
    if (snprintf(name, sizeof name, "%s/weir-XXXXXX", directory) >= (int)sizeof name) {
        errno = ENAMETOOLONG;
        return -1;
    }
    file = mkostemp(name, O_CLOEXEC);
    if (file >= 0) unlink(name);
    return file;
}

long weir_raise_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
    if (limit.rlim_cur < limit.rlim_max) {
        usual_files = limit;
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
    }
    return (long)limit.rlim_cur;
}

int weir_affinity_cores(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return (int)sysconf(_SC_NPROCESSORS_ONLN);
    return CPU_COUNT(&set);
}

void weir_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

static int signal_pipe = -1;

static void report_signal(int number) {
    int before = errno;
    unsigned char byte = (unsigned char)number;
    // A full pipe has enough to wake its reader, which is all that a further byte would do.
    if (write(signal_pipe, &byte, 1) < 0) errno = before;
    errno = before;
}

int weir_watch_signals(const int *numbers, int count) {
    int pair[2];
    if (pipe2(pair, O_CLOEXEC) != 0) return -1;
    fcntl(pair[1], F_SETFL, O_NONBLOCK);
    signal_pipe = pair[1];
    signal(SIGPIPE, SIG_IGN);
    struct sigaction action = {.sa_handler = report_signal, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    for (int index = 0; index < count; index++) sigaction(numbers[index], &action, NULL);
    return pair[0];
}

void weir_wait_for_turn(bool waits) {
    struct sched_param none = {0};
    sched_setscheduler(0, waits ? SCHED_BATCH : SCHED_OTHER, &none);
}
