#pragma once

#include <stdint.h>

/// What a worker keeps from one request to the next: the blocks it holds from malloc (extensions, persistent connections,
/// leaks) and the chunks that PHP's own allocator holds back.

/// Growth counts from here.
void heap_growth_begin(void);

/// Between two requests: by how many KiB that has risen above its highest since it was last measured; 0 when this is not
/// the time to measure.
uint32_t heap_growth_kib(void);
