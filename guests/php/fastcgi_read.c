// The reading half of a FastCGI connection.

#include "fastcgi.h"
#include "clock.h"
#include "spool.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    // For as long a worker that leaves waits until its connection is closed.
    CLOSE_WAIT_MS = 5000,
};

struct header {
    uint8_t version;
    uint8_t type;
    uint8_t id_high, id_low;
    uint8_t length_high, length_low;
    uint8_t padding;
    uint8_t reserved;
};

static uint16_t header_id(const struct header *header)
{
    return (uint16_t)(header->id_high << 8 | header->id_low);
}

static uint16_t header_length(const struct header *header)
{
    return (uint16_t)(header->length_high << 8 | header->length_low);
}

void fcgi_init(struct fcgi_connection *connection, int fd)
{
    memset(connection, 0, offsetof(struct fcgi_connection, in));
    connection->fd = fd;
    connection->spool_fd = -1;
}

/// Waits until something has arrived. Asleep in recv the process would be woken by the server's reading of its last
/// answer too, as room to write is told to the same wait queue; poll is woken only by what it asked for. That spares
/// the server the waking (an eighth of its time) and this process a switch.
static void wait_for_input(const struct fcgi_connection *c)
{
    struct pollfd poller = {.fd = c->fd, .events = POLLIN};
    int ready;
    do {
        ready = poll(&poller, 1, !c->in_request && c->idle ? c->idle() : -1);
    } while (ready == 0 || (ready < 0 && errno == EINTR));
}

/// Reads once more. False at the end of the connection (or, not waiting, when nothing has arrived).
static bool fill(struct fcgi_connection *c, bool wait)
{
    if (c->in_start == c->in_end) {
        c->in_start = c->in_end = 0;
    } else if (c->in_end == sizeof c->in) {
        if (c->in_start == 0) {
            return false;
        }
        memmove(c->in, c->in + c->in_start, c->in_end - c->in_start);
        c->in_end -= c->in_start;
        c->in_start = 0;
    }
    for (;;) {
        // Without a connection (in the child of a script that forked) there is nothing to wait for: recv says so.
        if (wait && c->fd >= 0) {
            wait_for_input(c);
        }
        ssize_t n = recv(c->fd, c->in + c->in_end, sizeof c->in - c->in_end, wait ? 0 : MSG_DONTWAIT);
        if (n > 0) {
            c->in_end += (size_t)n;
            return true;
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) {
            c->gone = true;
            c->aborted = true;
        }
        return false;
    }
}

static size_t available(const struct fcgi_connection *c)
{
    return c->in_end - c->in_start;
}

/// The record header at the read position, not consumed. NULL if it has not arrived and cannot be waited for.
static const struct header *peek_header(struct fcgi_connection *c, bool wait)
{
    while (available(c) < FCGI_HEADER_SIZE) {
        if (!fill(c, wait)) {
            return NULL;
        }
    }
    const struct header *header = (const struct header *)(c->in + c->in_start);
    if (header->version != 1) {
        c->problem = "not a FastCGI record";
        c->gone = true;
        c->aborted = true;
        return NULL;
    }
    return header;
}

static bool skip(struct fcgi_connection *c, size_t len)
{
    while (len > 0) {
        if (available(c) == 0 && !fill(c, true)) {
            return false;
        }
        size_t part = available(c) < len ? available(c) : len;
        c->in_start += part;
        len -= part;
    }
    return true;
}

static bool skip_record(struct fcgi_connection *c, const struct header *header)
{
    size_t size = FCGI_HEADER_SIZE + header_length(header) + header->padding;
    return skip(c, size);
}

static enum fcgi_next broken(struct fcgi_connection *c, const char *problem)
{
    c->problem = problem;
    return FCGI_BROKEN;
}

static enum fcgi_next ended(const struct fcgi_connection *c, bool between_requests)
{
    if (c->problem) {
        return FCGI_BROKEN;
    }
    return between_requests || available(c) == 0 ? FCGI_CLOSED : FCGI_BROKEN;
}

static bool read_params_record(struct fcgi_connection *c, size_t length, size_t padding)
{
    while (length > 0) {
        if (available(c) == 0 && !fill(c, true)) {
            return false;
        }
        size_t part = available(c) < length ? available(c) : length;
        if (!params_append(&c->params, c->in + c->in_start, part)) {
            c->problem = "PARAMS too large";
            return false;
        }
        c->in_start += part;
        length -= part;
    }
    return skip(c, padding);
}

static enum fcgi_next read_params(struct fcgi_connection *c)
{
    for (;;) {
        const struct header *header = peek_header(c, true);
        if (!header) {
            return ended(c, false);
        }
        if (header->type != FCGI_PARAMS || header_id(header) != c->id) {
            if (header->type == FCGI_ABORT_REQUEST && header_id(header) == c->id) {
                // Aborted before it began: nothing will run, but its end must be told.
                c->aborted = true;
            } else if (header->type == FCGI_BEGIN_REQUEST) {
                return broken(c, "BEGIN_REQUEST inside a request");
            }
            if (!skip_record(c, header)) {
                return ended(c, false);
            }
            if (c->aborted) {
                return FCGI_REQUEST;
            }
            continue;
        }
        size_t length = header_length(header);
        size_t padding = header->padding;
        c->in_start += FCGI_HEADER_SIZE;
        if (length == 0) {
            if (!skip(c, padding)) {
                return ended(c, false);
            }
            return params_decode(&c->params) ? FCGI_REQUEST : broken(c, "malformed PARAMS");
        }
        if (!read_params_record(c, length, padding)) {
            return ended(c, false);
        }
    }
}

enum fcgi_next fcgi_next_request(struct fcgi_connection *c)
{
    // What is left of the last request's body may still be on its way: first the record under way,
    // then whole records, up to the next BEGIN_REQUEST. A late ABORT goes the same way.
    if (!skip(c, c->content_left + c->padding_left)) {
        return ended(c, true);
    }
    c->content_left = c->padding_left = 0;
    for (;;) {
        const struct header *header = peek_header(c, true);
        if (!header) {
            return c->problem || available(c) > 0 ? FCGI_BROKEN : FCGI_CLOSED;
        }
        if (header->type != FCGI_BEGIN_REQUEST) {
            if (header->type == FCGI_PARAMS) {
                return broken(c, "PARAMS outside a request");
            }
            if (!skip_record(c, header)) {
                return ended(c, true);
            }
            continue;
        }
        uint16_t id = header_id(header);
        size_t padding = header->padding;
        if (header_length(header) != 8 || id == 0) {
            return broken(c, "malformed BEGIN_REQUEST");
        }
        while (available(c) < FCGI_HEADER_SIZE + 8) {
            if (!fill(c, true)) {
                return ended(c, false);
            }
        }
        const uint8_t *body = c->in + c->in_start + FCGI_HEADER_SIZE;
        if (body[0] != 0 || body[1] != 1) {
            return broken(c, "only the RESPONDER role is served");
        }
        if (!skip(c, FCGI_HEADER_SIZE + 8 + padding)) {
            return ended(c, false);
        }
        c->id = id;
        c->in_request = true;
        c->answered = c->aborted = false;
        c->body_ended = c->body_discarded = false;
        params_reset(&c->params);
        return read_params(c);
    }
}

/// Steps over record headers up to body bytes. False if there are none (now, if not waiting).
static bool find_body(struct fcgi_connection *c, bool wait)
{
    while (c->content_left == 0 && !c->body_ended) {
        while (c->padding_left > 0) {
            if (available(c) == 0 && !fill(c, wait)) {
                return false;
            }
            size_t part = available(c) < c->padding_left ? available(c) : c->padding_left;
            c->in_start += part;
            c->padding_left -= (uint32_t)part;
        }
        const struct header *header = peek_header(c, wait);
        if (!header) {
            return false;
        }
        bool ours = header_id(header) == c->id;
        uint32_t length = header_length(header);
        uint8_t padding = header->padding;
        if (ours && header->type == FCGI_STDIN) {
            c->body_ended = length == 0;
            c->content_left = length;
            c->padding_left = padding;
        } else if (ours && header->type == FCGI_ABORT_REQUEST) {
            c->aborted = c->body_ended = true;
            c->padding_left = length + padding;
        } else {
            // Nothing else belongs here: step over its content as if it were padding.
            c->padding_left = length + padding;
        }
        c->in_start += FCGI_HEADER_SIZE;
    }
    return c->content_left > 0;
}

size_t fcgi_read_body(struct fcgi_connection *c, void *buffer, size_t size)
{
    size_t done = spool_take(c, buffer, size);
    while (done < size && find_body(c, true)) {
        if (available(c) == 0 && !fill(c, true)) {
            break;
        }
        size_t part = size - done;
        part = part < c->content_left ? part : c->content_left;
        part = part < available(c) ? part : available(c);
        memcpy((char *)buffer + done, c->in + c->in_start, part);
        c->in_start += part;
        c->content_left -= (uint32_t)part;
        done += part;
    }
    return done;
}

/// An ABORT after the whole body: the only record that may come while a request runs.
static void take_abort(struct fcgi_connection *c)
{
    size_t at = c->in_start;
    while (c->in_end - at >= FCGI_HEADER_SIZE) {
        const struct header *header = (const struct header *)(c->in + at);
        if (header->type == FCGI_ABORT_REQUEST && header_id(header) == c->id) {
            c->aborted = true;
            return;
        }
        // Anything else is left where it is for fcgi_next_request.
        at += FCGI_HEADER_SIZE + header_length(header) + header->padding;
        if (at > c->in_end) {
            return;
        }
    }
}

void fcgi_pump(struct fcgi_connection *c)
{
    fill(c, false);
    if (!c->in_request) {
        // The next request waits where it is.
        return;
    }
    while (!c->body_ended && find_body(c, false) && available(c) > 0) {
        size_t part = available(c) < c->content_left ? available(c) : c->content_left;
        if (!c->body_discarded && !spool_put(c, c->in + c->in_start, part)) {
            // Without the body the request cannot be served as it was sent.
            c->aborted = true;
            c->body_discarded = true;
        }
        c->in_start += part;
        c->content_left -= (uint32_t)part;
    }
    if (c->body_ended) {
        take_abort(c);
    }
}

void fcgi_check_abort(struct fcgi_connection *c)
{
    if (!c->aborted && !c->answered) {
        fcgi_pump(c);
    }
}

char *fcgi_param(const struct fcgi_connection *c, const char *name, size_t name_len)
{
    const struct param *param = params_find(&c->params, name, name_len);
    return param ? param->value : NULL;
}

void fcgi_wait_closed(struct fcgi_connection *c)
{
    const long long deadline = clock_ms() + CLOSE_WAIT_MS;
    long long left;
    while (!c->gone && (left = deadline - clock_ms()) > 0) {
        struct pollfd poller = {.fd = c->fd, .events = POLLIN};
        if (poll(&poller, 1, (int)left) > 0) {
            ssize_t n = recv(c->fd, c->in, sizeof c->in, MSG_DONTWAIT);
            c->gone = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
        }
    }
}
