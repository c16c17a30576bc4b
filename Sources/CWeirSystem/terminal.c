#define _GNU_SOURCE
#include "terminal.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

// Alternate screen, no cursor, no line wrap; and back.
static const char enter_screen[] = "\033[?1049h\033[?25l\033[?7l";
static const char leave_screen[] = "\033[0m\033[?7h\033[?25h\033[?1049l";

static const int endings[] = {
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};

static int terminal_fd = -1;
static struct termios before;
static struct termios drawing;
static volatile sig_atomic_t is_ours;
static volatile sig_atomic_t is_changed;

static void say(const char *text, size_t length) {
    while (length > 0) {
        ssize_t count = write(terminal_fd, text, length);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;
        text += count;
        length -= (size_t)count;
    }
}

// Only what a signal handler may call.
static void take(void) {
    tcsetattr(terminal_fd, TCSAFLUSH, &drawing);
    say(enter_screen, sizeof enter_screen - 1);
    is_ours = 1;
}

static void give_back(void) {
    if (!is_ours) return;
    is_ours = 0;
    say(leave_screen, sizeof leave_screen - 1);
    tcsetattr(terminal_fd, TCSAFLUSH, &before);
}

// SA_RESETHAND: the second time it is the kernel's to deal with.
static void on_end(int number) {
    give_back();
    raise(number);
}

static void on_stop(int number) {
    (void)number;
    int saved = errno;
    give_back();
    raise(SIGSTOP);
    take();
    is_changed = 1;
    errno = saved;
}

static void on_resize(int number) {
    (void)number;
    is_changed = 1;
}

static int handle(int number, void (*handler)(int), int flags) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, NULL);
}

int weir_terminal_enter(int terminal) {
    terminal_fd = terminal;
    if (tcgetattr(terminal, &before) != 0) return -1;
    drawing = before;
    // Signals from the keyboard stay what they are: the handlers put the terminal back.
    drawing.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
    drawing.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
    drawing.c_cc[VMIN] = 0;
    drawing.c_cc[VTIME] = 0;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (handle(endings[i], on_end, (int)SA_RESETHAND) != 0) return -1;
    }
    // No SA_RESTART: whoever waits for a key should hear of it.
    if (handle(SIGTSTP, on_stop, 0) != 0 || handle(SIGWINCH, on_resize, 0) != 0) return -1;
    take();
    return 0;
}

void weir_terminal_leave(void) { give_back(); }

int weir_terminal_changed(void) {
    int changed = is_changed;
    is_changed = 0;
    return changed;
}

int weir_terminal_size(int terminal, int *columns, int *rows) {
    struct winsize size;
    if (ioctl(terminal, TIOCGWINSZ, &size) != 0) return -1;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}
