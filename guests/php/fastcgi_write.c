// The writing half of a FastCGI connection.

#include "fastcgi.h"
#include "spool.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum {
    // The records that end a request always fit: an empty STDOUT and an END_REQUEST.
    END_SIZE = FCGI_HEADER_SIZE + FCGI_HEADER_SIZE + 8,
    // From this size on, output goes to the socket from where it lies instead of through the buffer.
    DIRECT_MIN = 16 << 10,
    // In the three reserved bytes of END_REQUEST.
    GROWTH_MAX = 0xffffff,
};

static void put_header(uint8_t *at, enum fcgi_type type, uint16_t id, size_t length)
{
    at[0] = 1;
    at[1] = (uint8_t)type;
    at[2] = (uint8_t)(id >> 8);
    at[3] = (uint8_t)id;
    at[4] = (uint8_t)(length >> 8);
    at[5] = (uint8_t)length;
    at[6] = 0;
    at[7] = 0;
}

/// Waits until the peer takes more, taking what it sends meanwhile: it may itself wait for us to read.
static void wait_writable(struct fcgi_connection *c)
{
    fcgi_pump(c);
    while (!c->gone) {
        bool room = c->in_start > 0 || c->in_end < sizeof c->in;
        struct pollfd poller = {.fd = c->fd, .events = POLLOUT | (room ? POLLIN : 0)};
        int ready = poll(&poller, 1, -1);
        if (ready < 0 && errno != EINTR) {
            return;
        }
        if (ready > 0) {
            if (poller.revents & POLLIN) {
                fcgi_pump(c);
            }
            if (poller.revents & (POLLOUT | POLLERR | POLLHUP)) {
                return;
            }
        }
    }
}

static void send_all(struct fcgi_connection *c, struct iovec *parts, size_t count)
{
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
    while (message.msg_iovlen > 0 && !c->gone) {
        ssize_t n = sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0) {
            if (errno == EAGAIN || errno == EWOULDBLOCK) {
                wait_writable(c);
            } else if (errno != EINTR) {
                c->gone = c->aborted = true;
            }
            continue;
        }
        size_t sent = (size_t)n;
        while (message.msg_iovlen > 0 && sent >= message.msg_iov->iov_len) {
            sent -= message.msg_iov->iov_len;
            message.msg_iov++;
            message.msg_iovlen--;
        }
        if (sent > 0) {
            message.msg_iov->iov_base = (char *)message.msg_iov->iov_base + sent;
            message.msg_iov->iov_len -= sent;
        }
    }
}

static void close_record(struct fcgi_connection *c)
{
    if (c->open_type) {
        put_header(c->out + c->open_at, c->open_type, c->id, c->out_len - c->open_at - FCGI_HEADER_SIZE);
        c->open_type = 0;
    }
}

static void put_record_of(struct fcgi_connection *c, uint16_t id, enum fcgi_type type, const void *bytes, size_t length)
{
    put_header(c->out + c->out_len, type, id, length);
    if (length > 0) {
        memcpy(c->out + c->out_len + FCGI_HEADER_SIZE, bytes, length);
    }
    c->out_len += FCGI_HEADER_SIZE + length;
}

static void put_record(struct fcgi_connection *c, enum fcgi_type type, const void *bytes, size_t length)
{
    put_record_of(c, c->id, type, bytes, length);
}

void fcgi_flush(struct fcgi_connection *c)
{
    close_record(c);
    if (c->out_len > 0) {
        struct iovec part = {c->out, c->out_len};
        c->out_len = 0;
        send_all(c, &part, 1);
    }
}

/// Sends a large piece without copying it, behind what is buffered.
static void write_direct(struct fcgi_connection *c, enum fcgi_type type, const char *bytes, size_t len)
{
    close_record(c);
    while (len > 0 && !c->gone && !c->aborted) {
        size_t part = len < FCGI_CONTENT_MAX ? len : FCGI_CONTENT_MAX;
        put_header(c->out + c->out_len, type, c->id, part);
        c->out_len += FCGI_HEADER_SIZE;
        struct iovec parts[] = {{c->out, c->out_len}, {(void *)bytes, part}};
        c->out_len = 0;
        send_all(c, parts, 2);
        bytes += part;
        len -= part;
    }
}

void fcgi_write(struct fcgi_connection *c, enum fcgi_type type, const void *bytes, size_t len)
{
    if (len == 0 || c->gone || (type == FCGI_STDOUT && (c->aborted || c->answered))) {
        return;
    }
    size_t room = sizeof c->out - END_SIZE - FCGI_HEADER_SIZE;
    if (c->out_len + len > room) {
        if (type == FCGI_STDOUT) {
            // An answer this long is worth a look whether anyone still wants it.
            fcgi_check_abort(c);
            if (c->aborted) {
                return;
            }
        }
        if (len >= DIRECT_MIN) {
            write_direct(c, type, bytes, len);
            return;
        }
        fcgi_flush(c);
    }
    if (c->open_type != type) {
        close_record(c);
        c->open_type = type;
        c->open_at = c->out_len;
        c->out_len += FCGI_HEADER_SIZE;
    }
    memcpy(c->out + c->out_len, bytes, len);
    c->out_len += len;
    if (type == FCGI_STDERR) {
        // One record a message; and once the answer is out, nothing later would carry it.
        close_record(c);
        if (c->answered) {
            fcgi_flush(c);
        }
    }
}

void fcgi_write_record(struct fcgi_connection *c, enum fcgi_type type, const void *bytes, size_t len)
{
    if (c->gone) {
        return;
    }
    close_record(c);
    if (c->out_len + FCGI_HEADER_SIZE + len > sizeof c->out - END_SIZE) {
        fcgi_flush(c);
    }
    put_record_of(c, c->in_request ? c->id : 0, type, bytes, len);
    // Otherwise the end of the answer carries it.
    if (!c->in_request || c->answered) {
        fcgi_flush(c);
    }
}

void fcgi_end_answer(struct fcgi_connection *c)
{
    if (!c->answered) {
        close_record(c);
        put_record(c, FCGI_STDOUT, NULL, 0);
        fcgi_flush(c);
        c->answered = true;
    }
}

void fcgi_end_request(struct fcgi_connection *c, enum fcgi_end end, uint32_t status, uint32_t growth_kib)
{
    // Whoever waits on our reading gets rid of the rest of the body; nobody will ask for it now.
    c->body_discarded = true;
    spool_close(c);
    close_record(c);
    if (!c->answered) {
        put_record(c, FCGI_STDOUT, NULL, 0);
        c->answered = true;
    }
    const uint32_t growth = growth_kib < GROWTH_MAX ? growth_kib : GROWTH_MAX;
    const uint8_t body[8] = {
        (uint8_t)(status >> 24), (uint8_t)(status >> 16), (uint8_t)(status >> 8), (uint8_t)status,
        (uint8_t)end,
        (uint8_t)(growth >> 16), (uint8_t)(growth >> 8), (uint8_t)growth,
    };
    put_record(c, FCGI_END_REQUEST, body, sizeof body);
    fcgi_flush(c);
    c->in_request = false;
}
