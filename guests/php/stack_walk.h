#pragma once

#include <main/php.h>

/// Memory that is read without being touched: this process's own, or another's whose addresses are the same (a fork).
struct memory {
    bool (*read)(int handle, void *into, const void *from, size_t size);
    int handle;
};

enum {
    STACK_FRAMES_MAX = 50,
    STACK_FRAME_SIZE = 512,
    STACK_TEXT_SIZE = STACK_FRAMES_MAX * STACK_FRAME_SIZE,
};

/// Writes the PHP stack as text, one line a frame, innermost first, without a newline at the end:
///
///     [internal] sleep()
///     /srv/shop/Stock.php:12 Shop\Stock->wait()
///     /srv/shop/index.php:3 {main}
///
/// Returns the length; 0 if something on the way cannot be read or is not what it should be.
size_t stack_walk(const struct memory *memory, const zend_execute_data *innermost, char text[STACK_TEXT_SIZE]);
