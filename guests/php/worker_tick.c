#include "worker_tick.h"
#include "clock.h"
#include "worker_mode.h"
#include "worker_request.h"
#include "worker_timeout.h"

#include <main/php_output.h>
#include <Zend/zend_exceptions.h>

#include <limits.h>
#include <unistd.h>

enum {
    TASKS_MAX = 64,
    NS_IN_MS = 1000000,
};

static const double seconds_min = 0.001;
static const double seconds_max = 366 * 86400.0;

struct task {
    zval callable;
    long long every_ns;
    long long next_ns;
};

static struct task tasks[TASKS_MAX];
static int count;

PHP_FUNCTION(weir_tick)
{
    zend_fcall_info task;
    zend_fcall_info_cache cache;
    double seconds;
    ZEND_PARSE_PARAMETERS_START(2, 2)
        Z_PARAM_FUNC(task, cache)
        Z_PARAM_DOUBLE(seconds)
    ZEND_PARSE_PARAMETERS_END();
    if (!worker_mode.script) {
        zend_throw_error(NULL, "weir_tick() works only in worker mode");
        RETURN_THROWS();
    }
    if (!(seconds >= seconds_min && seconds <= seconds_max)) {
        zend_argument_value_error(2, "must be between 0.001 and a year");
        RETURN_THROWS();
    }
    if (count == TASKS_MAX) {
        zend_throw_error(NULL, "weir_tick() takes %d tasks: is it called in every request?", TASKS_MAX);
        RETURN_THROWS();
    }
    long long every = (long long)(seconds * 1e9);
    tasks[count] = (struct task){.every_ns = every, .next_ns = clock_ns() + every};
    ZVAL_COPY(&tasks[count].callable, &task.function_name);
    count++;
}

/// As a warning, and past the application's error handler, which would make an exception of it again.
static void log_exception(void)
{
    zval handler;
    ZVAL_COPY_VALUE(&handler, &EG(user_error_handler));
    ZVAL_UNDEF(&EG(user_error_handler));
    zend_exception_error(EG(exception), E_WARNING);
    ZVAL_COPY_VALUE(&EG(user_error_handler), &handler);
}

static void run(struct task *task)
{
    timeout_start();
    // Nobody reads it.
    php_output_start_devnull();
    zval result;
    ZVAL_UNDEF(&result);
    call_user_function(NULL, NULL, &task->callable, &result, 0, NULL);
    if (EG(exception)) {
        if (zend_is_unwind_exit(EG(exception)) || zend_is_graceful_exit(EG(exception))) {
            zend_clear_exception();
        } else {
            log_exception();
        }
    }
    zval_ptr_dtor(&result);
    worker_request_end_task();
    php_output_discard_all();
    task->next_ns = clock_ns() + task->every_ns;
}

void tick_spread(void)
{
    enum {
        PARTS = 64,
    };
    for (int i = 0; i < count; i++) {
        // Processes that are forked together have numbers one behind the other.
        tasks[i].next_ns = clock_ns() + tasks[i].every_ns / PARTS * (PARTS / 2 + getpid() % (PARTS / 2));
    }
}

int tick_run(void)
{
    if (count == 0) {
        return -1;
    }
    long long next = LLONG_MAX;
    for (int i = 0; i < count; i++) {
        if (tasks[i].next_ns <= clock_ns()) {
            run(&tasks[i]);
        }
        next = tasks[i].next_ns < next ? tasks[i].next_ns : next;
    }
    long long left_ms = (next - clock_ns() + NS_IN_MS - 1) / NS_IN_MS;
    return left_ms < 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}
