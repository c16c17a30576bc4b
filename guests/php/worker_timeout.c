#include "worker_timeout.h"
#include "clock.h"

#include <main/php.h>

enum {
    // The timer counts processor time, which never runs faster than the clock. So within a hundredth of the limit it
    // need not be set again: two system calls less in a worker that is busy.
    TOLERANCE = 100,
};

static long long set_at_ns;
static zend_long set_for = -1;

void timeout_was_changed(void)
{
    set_for = -1;
}

void timeout_start(void)
{
    zend_long seconds = EG(timeout_seconds);
    long long now = clock_ns();
    if (seconds != set_for || now - set_at_ns > seconds * (1000000000LL / TOLERANCE)) {
        zend_unset_timeout();
        if (seconds > 0) {
            zend_set_timeout(seconds, false);
        }
        EG(timeout_seconds) = seconds;
        set_for = seconds;
        set_at_ns = now;
    }
}
