#pragma once

#include <stdint.h>

/// What the static files need to know of a file; two equal ones are the same content.
struct weir_file_facts {
    uint64_t device;
    uint64_t inode;
    int64_t size;
    int64_t modified;
    int64_t modified_nanoseconds;
    int64_t changed;
    int64_t changed_nanoseconds;
    /// 0: neither of the others. 1: regular file. 2: directory.
    int32_t kind;
};

enum {
    /// Symbolic links are followed, wherever they lead. Without it the path may contain none.
    WEIR_FOLLOW_LINKS = 1,
    /// As on a kernel, or under a seccomp profile, without openat2. For tests.
    WEIR_WITHOUT_OPENAT2 = 2,
};

/// O_PATH, which Swift does not see.
extern const int32_t weir_path_only;

/// Opens a relative path below the directory `root`. Returns a descriptor, or an errno negated.
int weir_open_beneath(int root, const char *path, int flags, int rules);

/// 0, or an errno negated.
int weir_facts(int descriptor, struct weir_file_facts *facts);

/// The same for a relative path below the directory `root`, which need not be readable.
int weir_facts_beneath(int root, const char *path, int rules, struct weir_file_facts *facts);
