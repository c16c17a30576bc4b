#include "spool.h"

#include <main/php.h>
#include <main/php_open_temporary_file.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int open_spool(void)
{
    const char *directory = php_get_temporary_directory();
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0) {
        return fd;
    }
    // Not every file system has O_TMPFILE.
    char path[MAXPATHLEN];
    snprintf(path, sizeof path, "%s/weir-body-XXXXXX", directory);
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0) {
        unlink(path);
    }
    return fd;
}

bool spool_put(struct fcgi_connection *c, const void *bytes, size_t len)
{
    if (c->spool_fd < 0 && (c->spool_fd = open_spool()) < 0) {
        return false;
    }
    const char *from = bytes;
    while (len > 0) {
        ssize_t n = pwrite(c->spool_fd, from, len, c->spool_written);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        c->spool_written += n;
        from += n;
        len -= (size_t)n;
    }
    return true;
}

size_t spool_take(struct fcgi_connection *c, void *buffer, size_t size)
{
    size_t done = 0;
    while (done < size && c->spool_read < c->spool_written) {
        off_t left = c->spool_written - c->spool_read;
        size_t part = (off_t)(size - done) < left ? size - done : (size_t)left;
        ssize_t n = pread(c->spool_fd, (char *)buffer + done, part, c->spool_read);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            break;
        }
        c->spool_read += n;
        done += (size_t)n;
    }
    return done;
}

void spool_close(struct fcgi_connection *c)
{
    if (c->spool_fd >= 0) {
        close(c->spool_fd);
        c->spool_fd = -1;
        c->spool_read = c->spool_written = 0;
    }
}
