// Opens files below a directory so that no path, and with links refused no link either, leads out of it.
#define _GNU_SOURCE
#include "static_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

// linux/openat2.h, which not every libc's headers come with.
struct weir_open_how {
    uint64_t flags;
    uint64_t mode;
    uint64_t resolve;
};
#define WEIR_RESOLVE_NO_MAGICLINKS 0x02
#define WEIR_RESOLVE_NO_SYMLINKS 0x04
#define WEIR_RESOLVE_BENEATH 0x08

const int32_t weir_path_only = O_PATH;

// Set once the kernel, or a seccomp profile, has refused openat2 altogether.
static atomic_bool openat2_missing;

static int open_with_openat2(int root, const char *path, int flags, int rules) {
    struct weir_open_how how = {.flags = (uint64_t)flags};
    how.resolve = WEIR_RESOLVE_NO_MAGICLINKS;
    if (!(rules & WEIR_FOLLOW_LINKS)) how.resolve |= WEIR_RESOLVE_NO_SYMLINKS | WEIR_RESOLVE_BENEATH;
    for (int attempt = 0;; attempt++) {
        long descriptor = syscall(SYS_openat2, root, path, &how, sizeof how);
        if (descriptor >= 0) return (int)descriptor;
        // EAGAIN: something was renamed under the look-up.
        if ((errno != EINTR && errno != EAGAIN) || attempt == 8) return -errno;
    }
}

// Old container runtimes answer EPERM to system calls they do not know. openat2 of "." fails with it for no other
// reason.
static int is_openat2_refused(void) {
    struct weir_open_how how = {.flags = O_PATH | O_CLOEXEC};
    long descriptor = syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof how);
    if (descriptor >= 0) {
        close((int)descriptor);
        return 0;
    }
    return errno == EPERM || errno == ENOSYS;
}

static int open_following(int root, const char *path, int flags) {
    int descriptor;
    do descriptor = openat(root, path, flags); while (descriptor < 0 && errno == EINTR);
    return descriptor < 0 ? -errno : descriptor;
}

// One component at a time, none of which may be a link.
static int open_walking(int root, const char *path, int flags) {
    int directory = root;
    int result = -ENOENT;
    char name[256];
    for (;;) {
        while (*path == '/') path++;
        size_t length = strcspn(path, "/");
        int is_last = path[length] == 0;
        if (length >= sizeof name) {
            result = -ENAMETOOLONG;
            break;
        }
        memcpy(name, path, length);
        name[length] = 0;
        // A path that ends in a slash names a directory: the one just opened, once more.
        if (length == 0) strcpy(name, ".");
        if (strcmp(name, "..") == 0) {
            result = -EXDEV;
            break;
        }
        path += length;
        int step = is_last ? flags | O_NOFOLLOW : O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        result = open_following(directory, name, step);
        if (directory != root) close(directory);
        directory = root;
        if (result < 0 || is_last) break;
        directory = result;
    }
    if (directory != root) close(directory);
    if (result < 0 || !(flags & O_PATH)) return result;
    // O_PATH opens a link itself instead of refusing it.
    struct stat status;
    int failed = fstat(result, &status) != 0;
    if (!failed && !S_ISLNK(status.st_mode)) return result;
    int reason = failed ? errno : ELOOP;
    close(result);
    return -reason;
}

int weir_open_beneath(int root, const char *path, int flags, int rules) {
    if (!(rules & WEIR_WITHOUT_OPENAT2) && !atomic_load_explicit(&openat2_missing, memory_order_relaxed)) {
        int result = open_with_openat2(root, path, flags, rules);
        if (result != -ENOSYS && !(result == -EPERM && is_openat2_refused())) return result;
        atomic_store_explicit(&openat2_missing, 1, memory_order_relaxed);
    }
    if (rules & WEIR_FOLLOW_LINKS) return open_following(root, path, flags);
    return open_walking(root, path, flags);
}

static void fill(struct weir_file_facts *facts, const struct stat *status) {
    facts->device = status->st_dev;
    facts->inode = status->st_ino;
    facts->size = status->st_size;
    facts->modified = status->st_mtim.tv_sec;
    facts->modified_nanoseconds = status->st_mtim.tv_nsec;
    facts->changed = status->st_ctim.tv_sec;
    facts->changed_nanoseconds = status->st_ctim.tv_nsec;
    facts->kind = S_ISREG(status->st_mode) ? 1 : S_ISDIR(status->st_mode) ? 2 : 0;
}

int weir_facts(int descriptor, struct weir_file_facts *facts) {
    struct stat status;
    if (fstat(descriptor, &status) != 0) return -errno;
    fill(facts, &status);
    return 0;
}

int weir_facts_beneath(int root, const char *path, int rules, struct weir_file_facts *facts) {
    if (rules & WEIR_FOLLOW_LINKS) {
        struct stat status;
        if (fstatat(root, path, &status, 0) != 0) return -errno;
        fill(facts, &status);
        return 0;
    }
    int descriptor = weir_open_beneath(root, path, O_PATH | O_CLOEXEC, rules);
    if (descriptor < 0) return descriptor;
    int result = weir_facts(descriptor, facts);
    close(descriptor);
    return result;
}
