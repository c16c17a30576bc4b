#include "worker_handlers.h"

#include <main/php.h>

/// A handler, and below it those that restore_…_handler() goes back to.
struct handlers {
    zval *now;
    zend_stack *below;
    zval at_boot;
    zval *below_at_boot;
    int depth;
};

static struct handlers on_error = {.now = &EG(user_error_handler), .below = &EG(user_error_handlers)};
static struct handlers on_exception = {.now = &EG(user_exception_handler), .below = &EG(user_exception_handlers)};

/// The errors that each of the error handlers is for.
static int boot_levels;
static int *levels_below_at_boot;

static void *copy_of_stack(const zend_stack *stack, size_t size)
{
    size_t bytes = (size_t)zend_stack_count(stack) * size;
    void *copy = pemalloc(bytes ? bytes : 1, true);
    if (bytes) {
        memcpy(copy, zend_stack_base(stack), bytes);
    }
    return copy;
}

static void remember(struct handlers *handlers)
{
    ZVAL_COPY(&handlers->at_boot, handlers->now);
    handlers->depth = zend_stack_count(handlers->below);
    handlers->below_at_boot = copy_of_stack(handlers->below, sizeof(zval));
    for (int i = 0; i < handlers->depth; i++) {
        Z_TRY_ADDREF(handlers->below_at_boot[i]);
    }
}

/// Whether the same handler is on top of as many. Going down and up again to the same place ends at another value.
static bool is_as_at_boot(const struct handlers *handlers)
{
    return zend_stack_count(handlers->below) == handlers->depth
        && Z_TYPE_P(handlers->now) == Z_TYPE(handlers->at_boot)
        && (Z_TYPE_P(handlers->now) == IS_UNDEF || Z_COUNTED_P(handlers->now) == Z_COUNTED(handlers->at_boot));
}

static void put_back(struct handlers *handlers)
{
    zval old;
    ZVAL_COPY_VALUE(&old, handlers->now);
    ZVAL_COPY(handlers->now, &handlers->at_boot);
    zval_ptr_dtor(&old);
    while (!zend_stack_is_empty(handlers->below)) {
        ZVAL_COPY_VALUE(&old, (zval *)zend_stack_top(handlers->below));
        zend_stack_del_top(handlers->below);
        zval_ptr_dtor(&old);
    }
    for (int i = 0; i < handlers->depth; i++) {
        Z_TRY_ADDREF(handlers->below_at_boot[i]);
        zend_stack_push(handlers->below, &handlers->below_at_boot[i]);
    }
}

void handlers_remember(void)
{
    remember(&on_error);
    remember(&on_exception);
    boot_levels = EG(user_error_handler_error_reporting);
    levels_below_at_boot = copy_of_stack(&EG(user_error_handlers_error_reporting), sizeof(int));
}

void handlers_put_back(void)
{
    if (!is_as_at_boot(&on_exception)) {
        put_back(&on_exception);
    }
    if (!is_as_at_boot(&on_error) || EG(user_error_handler_error_reporting) != boot_levels) {
        put_back(&on_error);
        zend_stack *levels = &EG(user_error_handlers_error_reporting);
        while (!zend_stack_is_empty(levels)) {
            zend_stack_del_top(levels);
        }
        for (int i = 0; i < on_error.depth; i++) {
            zend_stack_push(levels, &levels_below_at_boot[i]);
        }
        EG(user_error_handler_error_reporting) = boot_levels;
    }
}
