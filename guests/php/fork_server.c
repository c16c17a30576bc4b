// The fork server: PHP started once, workers forked from it on command.
//
//   Weir -> here   fork ID (+ connection, stderr)   kill ID SIGNAL   stack ID TOKEN   opcache
//   here -> Weir   ready VERSION | failed WHY   limits MEMORY   forked ID PID   fork-failed ID ERRNO TEXT
//                  exited ID PID CODE SIGNAL   stack ID TOKEN FRAMES | stack-failed ID TOKEN WHY
//                  opcache NUMBERS | opcache off | opcache-failed WHY

#include "fork_server.h"
#include "clock.h"
#include "opcache_report.h"
#include "stack.h"
#include "title.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MESSAGE_MAX = 1024,
    // A stack is the longest that is sent.
    SENT_MAX = 32 << 10,
    FORK_FDS = 2,
    GRACE_MS = 1000,
};

struct child {
    unsigned long id;
    pid_t pid;
};

static const char *app_name;
static struct child *children;
static size_t children_count;
static size_t children_size;
static int signals = -1;
static sigset_t taken_mask;
static sigset_t inherited_mask;
/// What the application has said of it, if it was started before the fork.
static struct sigaction inherited_sigchld;
/// In a worker: its connection.
static int own_connection = -1;

void control_send(const char *format, ...)
{
    static char message[SENT_MAX];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (len >= (int)sizeof message) {
        len = sizeof message - 1;
    }
    while (send(CONTROL_FD, message, (size_t)len, MSG_NOSIGNAL) < 0 && errno == EINTR) {
    }
}

void fork_server_block_signals(void)
{
    // Blocked rather than handled: dispositions stay as they are, so workers inherit (and PHP records) the
    // ones they shall have. SIGINT and SIGHUP come from terminals to the whole group: Weir decides, not they.
    static const int taken[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
    sigemptyset(&taken_mask);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        sigaddset(&taken_mask, taken[i]);
        signal(taken[i], SIG_DFL);
    }
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    sigaction(SIGCHLD, NULL, &inherited_sigchld);
    sigprocmask(SIG_BLOCK, &taken_mask, &inherited_mask);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        sigdelset(&inherited_mask, taken[i]);
    }
    signals = signalfd(-1, &taken_mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

void fork_server_let_signals_through(void)
{
    sigprocmask(SIG_SETMASK, &inherited_mask, NULL);
}

void fork_server_take_signals(void)
{
    // Ignoring it would keep ends of workers from us.
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigprocmask(SIG_BLOCK, &taken_mask, &inherited_mask);
    sigaction(SIGCHLD, &standard, &inherited_sigchld);
}

static struct child *child_with_id(unsigned long id)
{
    for (size_t i = 0; i < children_count; i++) {
        if (children[i].id == id) {
            return &children[i];
        }
    }
    return NULL;
}

/// Makes room before the fork, so that a forked child is never forgotten.
static bool children_reserve(void)
{
    if (children_count < children_size) {
        return true;
    }
    size_t size = children_size ? children_size * 2 : 32;
    struct child *grown = realloc(children, size * sizeof *grown);
    if (!grown) {
        return false;
    }
    children = grown;
    children_size = size;
    return true;
}

static void become_worker(int connection, int log)
{
    close(CONTROL_FD);
    close(signals);
    dup2(log, STDERR_FILENO);
    // Weir's end is non-blocking; ours must wait.
    fcntl(connection, F_SETFL, fcntl(connection, F_GETFL) & ~O_NONBLOCK);
    free(children);
    children = NULL;
    children_count = 0;
    title_set("weir: php worker %s", app_name);
    sigaction(SIGCHLD, &inherited_sigchld, NULL);
    sigprocmask(SIG_SETMASK, &inherited_mask, NULL);
    own_connection = connection;
}

static void fork_worker(unsigned long id, const int *fds)
{
    pid_t pid = -1;
    if (child_with_id(id)) {
        errno = EEXIST;
    } else if (children_reserve()) {
        pid = fork();
    }
    if (pid < 0) {
        control_send("fork-failed %lu %d %s", id, errno, strerror(errno));
        return;
    }
    if (pid == 0) {
        become_worker(fds[0], fds[1]);
        return;
    }
    children[children_count++] = (struct child){id, pid};
    control_send("forked %lu %d", id, (int)pid);
}

static void reap(void)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        stack_forget(pid);
        opcache_child_ended(pid, status);
        for (size_t i = 0; i < children_count; i++) {
            if (children[i].pid == pid) {
                int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
                int by_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
                control_send("exited %lu %d %d %d", children[i].id, (int)pid, code, by_signal);
                children[i] = children[--children_count];
                break;
            }
        }
    }
}

/// False when SIGTERM has come.
static bool take_signals(void)
{
    bool go_on = true;
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == sizeof info) {
        go_on = go_on && info.ssi_signo != SIGTERM;
    }
    reap();
    return go_on;
}

static size_t take_fds(struct msghdr *message, int *fds)
{
    size_t count = 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
            count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            memcpy(fds, CMSG_DATA(header), count * sizeof(int));
        }
    }
    return count;
}

static void handle_message(const char *text, const int *fds, size_t fds_count)
{
    unsigned long id;
    unsigned token;
    int signal_number;
    char rest;
    if (sscanf(text, "fork %lu%c", &id, &rest) == 1) {
        if (fds_count == FORK_FDS) {
            fork_worker(id, fds);
        } else {
            control_send("fork-failed %lu %d expected %d descriptors, got %zu", id, EINVAL, FORK_FDS, fds_count);
        }
    } else if (sscanf(text, "kill %lu %d%c", &id, &signal_number, &rest) == 2) {
        // A child that has just ended is still ours to name: its pid is not reused before we reap it.
        struct child *child = child_with_id(id);
        if (child) {
            kill(child->pid, signal_number);
        }
    } else if (sscanf(text, "stack %lu %u%c", &id, &token, &rest) == 2) {
        struct child *child = child_with_id(id);
        if (child) {
            stack_ask(id, child->pid, token);
        }
    } else if (strcmp(text, "opcache") == 0) {
        opcache_ask();
    } else {
        fprintf(stderr, "weir-php: unknown control message: %s\n", text);
    }
}

/// False when Weir is gone.
static bool take_message(void)
{
    char text[MESSAGE_MAX];
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(FORK_FDS * sizeof(int))];
    } control;
    struct iovec part = {text, sizeof text - 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t n = recvmsg(CONTROL_FD, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    int fds[FORK_FDS] = {-1, -1};
    size_t fds_count = take_fds(&message, fds);
    if (n > 0) {
        text[n] = '\0';
        handle_message(text, fds, fds_count);
    }
    for (size_t i = 0; i < fds_count; i++) {
        if (fds[i] != own_connection) {
            close(fds[i]);
        }
    }
    return n > 0;
}

static void signal_children(int number)
{
    for (size_t i = 0; i < children_count; i++) {
        kill(children[i].pid, number);
    }
}

static void end_children(void)
{
    signal_children(SIGTERM);
    long long deadline = clock_ms() + GRACE_MS;
    bool killed = false;
    take_signals();
    while (children_count > 0) {
        long long left = deadline - clock_ms();
        if (left <= 0 && !killed) {
            signal_children(SIGKILL);
            killed = true;
        }
        struct pollfd poller = {.fd = signals, .events = POLLIN};
        poll(&poller, 1, killed ? -1 : (int)left);
        take_signals();
    }
}

/// Until when there is something to look after, in milliseconds; -1 for ever.
static int wait_ms(void)
{
    int stack = stack_wait_ms();
    int opcache = opcache_wait_ms();
    return stack < 0 || (opcache >= 0 && opcache < stack) ? opcache : stack;
}

int fork_server_run(const char *name)
{
    app_name = name;
    title_set("weir: php %s", name);
    struct pollfd pollers[] = {{.fd = CONTROL_FD, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    for (;;) {
        if (poll(pollers, 2, wait_ms()) < 0 && errno != EINTR) {
            break;
        }
        stack_look();
        opcache_look();
        if (pollers[1].revents && !take_signals()) {
            break;
        }
        if (pollers[0].revents && !take_message()) {
            break;
        }
        if (own_connection >= 0) {
            return own_connection;
        }
    }
    end_children();
    return -1;
}
