#include "descriptors.h"

#include <main/php.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    KNOWN_MAX = 64,
};

static struct stat standard_error;
static ino_t known[KNOWN_MAX];
static int known_count;
static uint32_t known_persistent;

static char list[512];

static void each_descriptor(void (*look)(int fd, const struct stat *status))
{
    DIR *directory = opendir("/proc/self/fd");
    if (!directory) {
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(directory))) {
        struct stat status;
        int fd = atoi(entry->d_name);
        if (entry->d_name[0] != '.' && fd != dirfd(directory) && fstat(fd, &status) == 0) {
            look(fd, &status);
        }
    }
    closedir(directory);
}

static void remember(int fd, const struct stat *status)
{
    if ((S_ISSOCK(status->st_mode) || S_ISFIFO(status->st_mode)) && known_count < KNOWN_MAX) {
        known[known_count++] = status->st_ino;
    }
}

void descriptors_remember(void)
{
    if (fstat(STDERR_FILENO, &standard_error) < 0) {
        standard_error.st_ino = 0;
    }
    each_descriptor(remember);
    known_persistent = zend_hash_num_elements(&EG(persistent_list));
}

static bool is_known(const struct stat *status)
{
    for (int i = 0; i < known_count; i++) {
        if (known[i] == status->st_ino) {
            return true;
        }
    }
    return false;
}

static void add(const char *text)
{
    size_t len = strlen(list);
    snprintf(list + len, sizeof list - len, "%s%s", len ? ", " : "", text);
}

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
    char bytes[sizeof(struct sockaddr_un) + 1];
};

/// Empty if it is a pair within this process (libcurl has one to wake itself), or leads to syslog: each message is
/// whole whoever sends it.
static void describe_socket(int fd, char *text, size_t size)
{
    union address peer = {0};
    socklen_t len = sizeof peer.local;
    int type = 0;
    socklen_t type_len = sizeof type;
    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len);
    char host[INET6_ADDRSTRLEN] = "";
    if (getpeername(fd, &peer.any, &len) < 0) {
        snprintf(text, size, "a socket that listens");
    } else if (peer.any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &peer.v4.sin_addr, host, sizeof host);
        snprintf(text, size, "%s:%d", host, ntohs(peer.v4.sin_port));
    } else if (peer.any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &peer.v6.sin6_addr, host, sizeof host);
        snprintf(text, size, "[%s]:%d", host, ntohs(peer.v6.sin6_port));
    } else if (peer.any.sa_family == AF_UNIX) {
        bool has_name = len > offsetof(struct sockaddr_un, sun_path);
        if (has_name && type != SOCK_DGRAM) {
            bool is_abstract = !peer.local.sun_path[0];
            snprintf(text, size, "%s%s", is_abstract ? "@" : "", peer.local.sun_path + is_abstract);
        }
    } else {
        snprintf(text, size, "a socket");
    }
}

static bool is_sqlite(int fd)
{
    static const char magic[] = "SQLite format 3";
    char head[sizeof magic];
    return pread(fd, head, sizeof head, 0) == sizeof head && memcmp(head, magic, sizeof magic) == 0;
}

static void look_for_connection(int fd, const struct stat *status)
{
    char text[160] = "";
    if (S_ISSOCK(status->st_mode) && !is_known(status)) {
        describe_socket(fd, text, sizeof text);
    } else if (S_ISFIFO(status->st_mode) && !is_known(status)) {
        snprintf(text, sizeof text, "a pipe");
    } else if (S_ISREG(status->st_mode) && is_sqlite(fd)) {
        snprintf(text, sizeof text, "an SQLite database");
    }
    if (text[0]) {
        add(text);
    }
}

const char *descriptors_connections(void)
{
    list[0] = '\0';
    each_descriptor(look_for_connection);
    // Their names hold passwords.
    if (!list[0] && zend_hash_num_elements(&EG(persistent_list)) > known_persistent) {
        add("a persistent connection");
    }
    return list[0] ? list : NULL;
}

static void follow(int fd, const struct stat *status)
{
    if (fd > STDERR_FILENO && status->st_ino == standard_error.st_ino && status->st_dev == standard_error.st_dev) {
        dup3(STDERR_FILENO, fd, O_CLOEXEC);
    }
}

void descriptors_follow_standard_error(void)
{
    // A terminal or /dev/null is everyone's.
    if (standard_error.st_ino && !S_ISCHR(standard_error.st_mode)) {
        each_descriptor(follow);
    }
}
