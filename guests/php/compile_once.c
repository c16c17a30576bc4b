#include "compile_once.h"
#include "clock.h"

#include <main/php.h>
#include <Zend/zend_compile.h>
#include <Zend/zend_extensions.h>

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <time.h>

enum {
    // Scripts that share a lock only wait for each other now and then.
    LOCKS = 64,
    // For as long a worker waits for another. A script that takes longer hangs, behind a stream wrapper for example.
    WAIT_MS = 2000,
};

/// Shared by all processes. Robust: that of a worker that is killed goes to the next one.
static pthread_mutex_t *locks;
static zend_op_array *(*underlying_compile)(zend_file_handle *file, int type);
/// Within a compilation, which may include other scripts: two workers that each hold one lock and want another would
/// wait for each other.
static bool compiling;

static pthread_mutex_t *lock_of(const zend_file_handle *file)
{
    const zend_string *name = file->opened_path ? file->opened_path : file->filename;
    return name ? &locks[zend_hash_func(ZSTR_VAL(name), ZSTR_LEN(name)) % LOCKS] : NULL;
}

/// False when that takes too long.
static bool acquire(pthread_mutex_t *lock)
{
    int result = pthread_mutex_trylock(lock);
    if (result == EBUSY) {
        long long until = clock_ns() + WAIT_MS * 1000000LL;
        struct timespec deadline = {.tv_sec = until / 1000000000, .tv_nsec = until % 1000000000};
        result = pthread_mutex_clocklock(lock, CLOCK_MONOTONIC, &deadline);
    }
    if (result == EOWNERDEAD) {
        result = pthread_mutex_consistent(lock);
    }
    return result == 0;
}

static zend_op_array *compile_alone(zend_file_handle *file, int type, pthread_mutex_t *lock)
{
    zend_op_array *volatile script = NULL;
    // As a bailout jumps: kept in memory, not in a register.
    volatile bool failed = false;
    compiling = true;
    zend_try {
        script = underlying_compile(file, type);
    }
    zend_catch {
        failed = true;
    }
    zend_end_try();
    compiling = false;
    pthread_mutex_unlock(lock);
    if (failed) {
        zend_bailout();
    }
    return script;
}

static zend_op_array *compile_once(zend_file_handle *file, int type)
{
    pthread_mutex_t *lock = compiling ? NULL : lock_of(file);
    return lock && acquire(lock) ? compile_alone(file, type, lock) : underlying_compile(file, type);
}

static bool make_locks(void)
{
    void *shared = mmap(NULL, LOCKS * sizeof *locks, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        return false;
    }
    locks = shared;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    for (size_t i = 0; i < LOCKS; i++) {
        pthread_mutex_init(&locks[i], &attributes);
    }
    pthread_mutexattr_destroy(&attributes);
    return true;
}

void compile_once_install(void)
{
    // Whoever replaced PHP's own compiler, it is OPcache or with it; alone, a wait would gain nothing.
    bool cached = zend_get_extension("Zend OPcache") && zend_ini_long("opcache.enable", sizeof "opcache.enable" - 1, 0);
    if (cached && make_locks()) {
        underlying_compile = zend_compile_file;
        zend_compile_file = compile_once;
    }
}
