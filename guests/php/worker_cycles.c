// PHP collects cycles by itself when 10,001 possible roots have gathered. Until then a worker's memory grows, and what
// has grown hardly shrinks. A collection after every request, on the other hand, looks each time at much of what the
// application has booted.

#include "worker_cycles.h"
#include "clock.h"

#include <main/php.h>

enum {
    // A collection is due at so many possible roots, or so much more memory in use than after the last one: a few
    // cycles may hold much.
    ROOTS_DUE = 500,
    BYTES_DUE = 512 << 10,
    // What a collection takes beyond the freeing would be spared if it came later. That much is followed by a pause 50
    // times as long: 2 % of the worker's time at most. Measured with a Symfony page that leaves 48 objects in cycles:
    // 0.1 ms after 10 requests, 0.15 ms after 20, 0.27 ms after 40, so 0.1 us an object. With a pause after all of it,
    // 16 workers took 84 MiB instead of 64.
    OBJECT_NS = 100,
    PAUSE = 50,
};

static size_t used_after_last;
static size_t held_after_last;
/// In processor time. By the wall clock a collection in which the worker had to wait for a processor would seem a
/// hundred times as long, and memory grow in a pause of a second.
static long long not_before;
/// Of the last collection. What counts is the shorter one of two: the first copies the pages that were shared with the
/// other workers until then, and when a virtual machine stands still, that looks like work too.
static long long last_beyond;

static void remember_heap(void)
{
    used_after_last = zend_memory_usage(false);
    held_after_last = zend_memory_usage(true);
}

void cycles_begin(void)
{
    remember_heap();
}

static bool is_due(void)
{
    if (!gc_enabled()) {
        return false;
    }
    zend_gc_status status;
    zend_gc_get_status(&status);
    return status.num_roots >= ROOTS_DUE || zend_memory_usage(false) >= used_after_last + BYTES_DUE;
}

void cycles_collect_if_due(void)
{
    long long start;
    if (!is_due() || (start = clock_processor_ns()) < not_before) {
        return;
    }
    long long freed = gc_collect_cycles();
    long long end = clock_processor_ns();
    long long beyond = end - start - freed * OBJECT_NS;
    beyond = beyond > 0 ? beyond : 0;
    not_before = end + PAUSE * (beyond < last_beyond ? beyond : last_beyond);
    last_beyond = beyond;
    if (zend_memory_usage(true) > held_after_last) {
        // The heap was too small. What is free in it in small pieces makes whole pages again.
        zend_mm_gc(zend_mm_get_heap());
    }
    remember_heap();
}
