#include "heap_growth.h"
#include "clock.h"

#include <main/php.h>

#include <malloc.h>

enum {
    // mallinfo2 looks at every free block: half a microsecond for a hundred, ten for a thousand. Measuring may take half
    // a percent of the time. So a request that runs longer than 200 times as long as measuring takes is always measured.
    TIME_SHARE = 200,
};

static size_t highest_malloc;
static size_t highest_zend;
static long long measured_at;
static long long cost;

/// The two heaps in KiB. Each has its own mark: a chunk that PHP gives back does not make up for a leak.
static size_t measure(void)
{
    struct mallinfo2 info = mallinfo2();
    size_t held = info.uordblks + info.hblkhd;
    size_t chunks = zend_memory_usage(true);
    highest_malloc = held > highest_malloc ? held : highest_malloc;
    highest_zend = chunks > highest_zend ? chunks : highest_zend;
    return (highest_malloc + highest_zend) >> 10;
}

void heap_growth_begin(void)
{
    long long start = clock_ns();
    measure();
    measured_at = clock_ns();
    cost = measured_at - start;
}

uint32_t heap_growth_kib(void)
{
    long long start = clock_ns();
    if (start - measured_at < cost * TIME_SHARE) {
        return 0;
    }
    size_t before = (highest_malloc + highest_zend) >> 10;
    size_t growth = measure() - before;
    measured_at = clock_ns();
    cost = measured_at - start;
    return growth < UINT32_MAX ? (uint32_t)growth : UINT32_MAX;
}
