#pragma once

#include "params.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// The worker's end of its one FastCGI connection: requests are read from it and answered on it, one at
/// a time. An ordinary request costs one read(2) and one write(2).

enum fcgi_type {
    FCGI_BEGIN_REQUEST = 1,
    FCGI_ABORT_REQUEST = 2,
    FCGI_END_REQUEST = 3,
    FCGI_PARAMS = 4,
    FCGI_STDIN = 5,
    FCGI_STDOUT = 6,
    FCGI_STDERR = 7,
    FCGI_DATA = 8,
    // Our own, from the worker: see README.md.
    FCGI_READY = 64,
    FCGI_LOG = 65,
    FCGI_METRIC = 66,
    FCGI_AUDIT = 67,
    FCGI_LEAVING = 68,
};

/// END_REQUEST's protocolStatus.
enum fcgi_end {
    FCGI_REQUEST_COMPLETE = 0,
    FCGI_WORKER_LEAVES = 128, ///< our own: the request is complete, and the worker serves no further one
};

enum {
    FCGI_HEADER_SIZE = 8,
    FCGI_CONTENT_MAX = 65535,
    FCGI_BUFFER_SIZE = 64 << 10,
    // A record of our own is never longer.
    FCGI_OWN_MAX = 16 << 10,
};

enum fcgi_next {
    FCGI_REQUEST, ///< a request was read
    FCGI_CLOSED,  ///< the peer closed the connection
    FCGI_BROKEN,  ///< what arrived is not FastCGI: see `problem`
};

struct fcgi_connection {
    int fd;
    const char *problem;

    /// Called while no request is there, if set: does what is due, and returns for how many milliseconds nothing will
    /// be, or -1.
    int (*idle)(void);

    // The request being served.
    uint16_t id;
    struct params params;
    bool in_request;
    bool answered; ///< the empty STDOUT has been written: nobody reads further output
    bool aborted;  ///< the client left: output is dropped
    bool gone;     ///< the connection itself is finished

    // Input: bytes in[in_start ..< in_end] are read but not consumed.
    size_t in_start;
    size_t in_end;
    uint32_t content_left; ///< of the STDIN record under way
    uint32_t padding_left;
    bool body_ended;
    bool body_discarded; ///< the rest of the body interests nobody

    // Body that had to be moved out of the way of a write: see fcgi_pump.
    int spool_fd;
    off_t spool_read;
    off_t spool_written;

    // Output: whole records, and at most one open one, whose length is not yet written.
    size_t out_len;
    size_t open_at;
    enum fcgi_type open_type; ///< 0: no record is open

    uint8_t in[FCGI_BUFFER_SIZE];
    uint8_t out[FCGI_BUFFER_SIZE];
};

void fcgi_init(struct fcgi_connection *connection, int fd);

/// Waits for the next request: everything before its body.
enum fcgi_next fcgi_next_request(struct fcgi_connection *connection);

/// Reads the body, waiting until `size` bytes or its end have arrived.
size_t fcgi_read_body(struct fcgi_connection *connection, void *buffer, size_t size);

/// Adds to the answer (FCGI_STDOUT) or the log (FCGI_STDERR).
void fcgi_write(struct fcgi_connection *connection, enum fcgi_type type, const void *bytes, size_t len);

/// Sends what is buffered.
void fcgi_flush(struct fcgi_connection *connection);

/// Looks, without waiting, whether the client has left.
void fcgi_check_abort(struct fcgi_connection *connection);

/// Ends the answer, not the request: the client has everything, the script may go on.
void fcgi_end_answer(struct fcgi_connection *connection);

/// Ends the request: the worker is free. `growth_kib` is our own extension: see README.md.
void fcgi_end_request(struct fcgi_connection *connection, enum fcgi_end end, uint32_t status, uint32_t growth_kib);

/// After the peer was told that the worker leaves: what it still sends is not looked at.
void fcgi_wait_closed(struct fcgi_connection *connection);

/// A record of our own, with the request's id, or 0 between requests.
void fcgi_write_record(struct fcgi_connection *connection, enum fcgi_type type, const void *bytes, size_t len);

char *fcgi_param(const struct fcgi_connection *connection, const char *name, size_t name_len);
#define FCGI_PARAM(connection, name) fcgi_param((connection), (name), sizeof(name) - 1)

// Shared between the reading and the writing half.

/// Moves arrived input out of the way without waiting, so that a peer that writes its whole body before it
/// reads cannot block us. Body bytes go to the spool, an ABORT takes effect.
void fcgi_pump(struct fcgi_connection *connection);
