// For the AddressSanitizer build only: PHP opens extensions with RTLD_DEEPBIND, which the sanitizer refuses.

#include <dlfcn.h>

void *dlopen(const char *path, int flags)
{
    static void *(*next)(const char *, int);
    if (!next) {
        next = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
    }
    return next(path, flags & ~RTLD_DEEPBIND);
}
