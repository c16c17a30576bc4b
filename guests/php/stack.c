// Asking a worker for its PHP stack. Why in this way: see stack.h.

#include "stack.h"
#include "clock.h"
#include "fork_server.h"
#include "sapi.h"
#include "stack_walk.h"
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    SLOTS = 8,
    LOOK_MS = 10,
    /// How long the worker has for answering itself.
    OUTSIDE_AFTER_MS = 200,
    GIVE_UP_AFTER_MS = 1000,
};

enum state { IDLE, ASKED, ANSWERING, ANSWERED };

/// What the fork server and the workers share.
struct slot {
    _Atomic int state;
    pid_t pid;
    uint16_t token;
    uint32_t len;
    char text[STACK_TEXT_SIZE];
};

/// What the fork server keeps to itself of a slot; a worker might write anything into the other.
struct question {
    unsigned long id;
    pid_t pid; ///< 0: the slot is free
    unsigned token;
    long long asked_at;
};

static struct slot *slots;
static struct question questions[SLOTS];
static int asked_count;
static void (*next_interrupt)(zend_execute_data *);

static bool advance(struct slot *slot, int from, int to)
{
    return atomic_compare_exchange_strong(&slot->state, &from, to);
}

// In the worker.

static bool read_own(int handle, void *into, const void *from, size_t size)
{
    memcpy(into, from, size);
    return true;
}

static void answer(const zend_execute_data *innermost)
{
    static const struct memory own = {.read = read_own};
    const struct fcgi_connection *connection = worker_connection();
    // Not what worker this once was: a script may have forked.
    pid_t pid = getpid();
    for (struct slot *slot = slots; slot < slots + SLOTS; slot++) {
        if (slot->pid == pid && advance(slot, ASKED, ANSWERING)) {
            bool is_current = connection->in_request && connection->id == slot->token;
            slot->len = is_current ? (uint32_t)stack_walk(&own, innermost, slot->text) : 0;
            atomic_store(&slot->state, ANSWERED);
        }
    }
}

static void interrupted(zend_execute_data *execute_data)
{
    answer(execute_data);
    if (next_interrupt) {
        next_interrupt(execute_data);
    }
}

void stack_install_hook(void)
{
    void *memory = mmap(NULL, SLOTS * sizeof *slots, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) {
        slots = memory;
        next_interrupt = zend_interrupt_function;
        zend_interrupt_function = interrupted;
    }
}

// In the fork server.

static bool read_other(int handle, void *into, const void *from, size_t size)
{
    return pread(handle, into, size, (off_t)(uintptr_t)from) == (ssize_t)size;
}

static int open_memory(pid_t pid, int flags)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    return open(path, flags | O_CLOEXEC);
}

static bool serves(int memory, unsigned token)
{
    const struct fcgi_connection *connection = worker_connection();
    bool in_request;
    uint16_t id;
    return read_other(memory, &in_request, &connection->in_request, sizeof in_request)
        && read_other(memory, &id, &connection->id, sizeof id) && in_request && id == token;
}

static void release(struct question *question)
{
    atomic_store(&slots[question - questions].state, IDLE);
    question->pid = 0;
    asked_count--;
}

static void tell(const struct question *question, const char *text, size_t len)
{
    len = len < STACK_TEXT_SIZE ? len : STACK_TEXT_SIZE;
    control_send("stack %lu %u\n%.*s", question->id, question->token, (int)len, text);
}

/// Whether it worked shows in that the worker answers.
static void interrupt(int memory)
{
    static const bool yes = true;
    _Static_assert(sizeof EG(vm_interrupt) == sizeof yes, "the engine's flag is one byte");
    if (pwrite(memory, &yes, sizeof yes, (off_t)(uintptr_t)&EG(vm_interrupt)) < 0) {
        return;
    }
}

void stack_ask(unsigned long id, pid_t pid, unsigned token)
{
    int free = 0;
    while (free < SLOTS && questions[free].pid) {
        free++;
    }
    if (!slots || free == SLOTS) {
        control_send("stack-failed %lu %u too many at once", id, token);
        return;
    }
    int memory = open_memory(pid, O_RDWR);
    if (memory < 0) {
        // Without the flag the look from outside is left.
        memory = open_memory(pid, O_RDONLY);
    }
    if (memory < 0) {
        const char *hint = errno == EACCES || errno == EPERM ? "; is kernel.yama.ptrace_scope above 1?" : "";
        control_send("stack-failed %lu %u cannot read the worker's memory: %s%s", id, token, strerror(errno), hint);
        return;
    }
    if (serves(memory, token)) {
        questions[free] = (struct question){id, pid, token, clock_ms()};
        asked_count++;
        slots[free].pid = pid;
        slots[free].token = (uint16_t)token;
        atomic_store(&slots[free].state, ASKED);
        interrupt(memory);
    }
    close(memory);
}

/// In worker mode PHP's own work before and behind a handler is done while the loop waits for it.
static bool is_outside_of_handler(const char *text, size_t len)
{
    static const char innermost[] = "[internal] weir_handle_request()\n";
    return len >= sizeof innermost - 1 && memcmp(text, innermost, sizeof innermost - 1) == 0;
}

/// Two looks at a stack, in `text`: its length if both saw the same.
static size_t walk_from_outside(int handle, char *text)
{
    static const char none[] = "[internal] request startup or shutdown";
    static char again[STACK_TEXT_SIZE];
    const struct memory other = {.read = read_other, .handle = handle};
    size_t len = 0;
    for (int look = 0; look < 2; look++) {
        const zend_execute_data *innermost;
        char *into = look == 0 ? text : again;
        size_t seen = 0;
        if (!read_other(handle, &innermost, &EG(current_execute_data), sizeof innermost)) {
            return 0;
        }
        if (innermost) {
            seen = stack_walk(&other, innermost, into);
        }
        if (!innermost || is_outside_of_handler(into, seen)) {
            memcpy(into, none, seen = sizeof none - 1);
        }
        if (look > 0 && (seen != len || memcmp(text, again, len) != 0)) {
            return 0;
        }
        len = seen;
    }
    return len;
}

static void look_from_outside(struct question *question, long long waited)
{
    static char text[STACK_TEXT_SIZE];
    int memory = open_memory(question->pid, O_RDONLY);
    size_t len = memory < 0 ? 0 : walk_from_outside(memory, text);
    bool is_current = memory >= 0 && serves(memory, question->token);
    if (memory >= 0) {
        close(memory);
    }
    if (is_current && len == 0 && waited < GIVE_UP_AFTER_MS) {
        return;
    }
    // Unless it begins to answer just now.
    if (advance(&slots[question - questions], ASKED, IDLE)) {
        if (is_current && len > 0) {
            tell(question, text, len);
        } else if (is_current) {
            control_send("stack-failed %lu %u in an internal function, and its stack does not stand still",
                         question->id, question->token);
        }
        release(question);
    }
}

int stack_wait_ms(void)
{
    return asked_count > 0 ? LOOK_MS : -1;
}

void stack_look(void)
{
    for (int i = 0; i < SLOTS && asked_count > 0; i++) {
        struct question *question = &questions[i];
        long long waited = clock_ms() - question->asked_at;
        int state = question->pid ? atomic_load(&slots[i].state) : IDLE;
        if (state == ANSWERED) {
            if (slots[i].len > 0) {
                tell(question, slots[i].text, slots[i].len);
            }
            release(question);
        } else if (state == ASKED && waited >= OUTSIDE_AFTER_MS) {
            look_from_outside(question, waited);
        }
    }
}

void stack_forget(pid_t pid)
{
    for (int i = 0; i < SLOTS && asked_count > 0; i++) {
        if (questions[i].pid == pid) {
            release(&questions[i]);
        }
    }
}
