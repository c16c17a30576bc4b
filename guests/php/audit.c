// The state-bleed detector: see audit.h. Snapshots are taken by audit_walk.c and audit_surroundings.c and compared by
// audit_compare.c; this file sends the findings.

#include "audit.h"
#include "audit_compare.h"
#include "audit_place.h"
#include "audit_request_data.h"
#include "audit_surroundings.h"
#include "audit_text.h"
#include "audit_walk.h"
#include "clock.h"
#include "sapi.h"

#include <Zend/zend_exceptions.h>

enum {
    // Of one value so many elements are looked at, fewer when that takes longer than it may.
    ELEMENTS_MAX = 20000,
    ELEMENTS_MIN = 500,
    // In one request.
    FINDINGS_MAX = 300,
};

static const long long snapshot_ns_max = 250000000;

// Before the last request, at its end, and now, before the next one.
static struct audit_snapshot snapshots[3];
static struct audit_snapshot *before = &snapshots[0], *after = &snapshots[1], *now = &snapshots[2];
static bool has_before, has_after;

static struct fcgi_connection *connection;
static char path[1024]; ///< of the last request
static uint32_t elements = ELEMENTS_MAX;
static uint32_t findings;

static bool take_snapshot(struct audit_snapshot *into)
{
    if (!audit_snapshot_begin(into)) {
        return false;
    }
    long long start = clock_ns();
    audit_walk(into, elements);
    audit_surroundings(into);
    if (clock_ns() - start > snapshot_ns_max && elements > ELEMENTS_MIN) {
        elements /= 2;
    }
    return true;
}

// MARK: Findings

static const char *severity_name(enum audit_severity severity)
{
    static const char *const names[] = {
        [AUDIT_INITIALISATION] = "initialisation",
        [AUDIT_CHANGE] = "change",
        [AUDIT_GROWTH] = "growth",
        [AUDIT_REQUEST_DATA] = "request-data",
    };
    return names[severity];
}

struct record {
    char bytes[4096];
    size_t len;
};

static void put(struct record *record, const char *field)
{
    size_t len = strlen(field) + 1;
    if (record->len + len <= sizeof record->bytes) {
        memcpy(record->bytes + record->len, field, len);
        record->len += len;
    }
}

static void put_value(struct record *record, const struct audit_finding *finding, const struct audit_snapshot *snapshot,
                      const struct audit_slot *slot, bool is_secret, zend_long count)
{
    char text[AUDIT_VALUE_MAX];
    bool is_count = finding->severity == AUDIT_GROWTH || (finding->slot->flags & AUDIT_IS_COUNT);
    if (is_count && (finding->slot->flags & AUDIT_IS_BYTES)) {
        snprintf(text, sizeof text, ZEND_LONG_FMT " KiB", count / 1024);
    } else if (is_count) {
        snprintf(text, sizeof text, ZEND_LONG_FMT, count);
    } else if (slot) {
        audit_describe(snapshot, slot, is_secret, text, sizeof text);
    }
    put(record, is_count || slot ? text : "absent");
}

/// Of the application or its surroundings, and no state of PHP that has a name of ours.
static bool holds_data(const struct audit_finding *finding)
{
    return finding->kind <= AUDIT_INI || finding->kind == AUDIT_ENVIRONMENT || finding->kind == AUDIT_OBJECT
        || (finding->kind == AUDIT_SESSION && finding->slot->value);
}

static void send_finding(const struct audit_finding *finding, const struct audit_snapshot *old,
                         const struct audit_snapshot *new)
{
    if (++findings > FINDINGS_MAX) {
        return;
    }
    char subject[AUDIT_SUBJECT_MAX], place[AUDIT_PLACE_MAX], requests[16];
    audit_subject(finding->named_in, finding->slot->node, subject, sizeof subject);
    // What is gone may have taken its declaration with it.
    place[0] = '\0';
    if (finding->after) {
        audit_place(new, finding->after, subject, place, sizeof place);
    }
    bool is_secret = finding->is_hidden || (holds_data(finding) && audit_is_secret(subject));
    snprintf(requests, sizeof requests, "%u", finding->requests);
    struct record record = {.len = 0};
    put(&record, audit_kind_name(finding->kind));
    put(&record, subject);
    put_value(&record, finding, old, finding->before, is_secret, finding->first);
    put_value(&record, finding, new, finding->after, is_secret, finding->now);
    put(&record, place);
    put(&record, requests);
    put(&record, severity_name(finding->severity));
    put(&record, path);
    fcgi_write_record(connection, FCGI_AUDIT, record.bytes, record.len);
}

static void send_rest(void)
{
    if (findings > FINDINGS_MAX) {
        struct record record = {.len = 0};
        char text[64];
        snprintf(text, sizeof text, "%u", findings - FINDINGS_MAX);
        put(&record, "other");
        put(&record, "further findings of this request");
        put(&record, "0");
        put(&record, text);
        put(&record, "");
        put(&record, "1");
        put(&record, severity_name(AUDIT_INITIALISATION));
        put(&record, path);
        fcgi_write_record(connection, FCGI_AUDIT, record.bytes, record.len);
    }
}

// MARK: A request

static void compare(void)
{
    findings = 0;
    audit_compare(before, after, now, send_finding);
    send_rest();
}

/// What only cycles keep would go sooner or later: it does not survive.
static void collect_cycles(void)
{
    zend_gc_collect_cycles();
    if (EG(exception)) {
        zend_clear_exception();
    }
}

void audit_before_request(void)
{
    collect_cycles();
    bool has_now = take_snapshot(now);
    if (has_before && has_after && has_now) {
        compare();
    }
    struct audit_snapshot *last = before;
    before = now;
    now = last;
    has_before = has_now;
    has_after = false;
}

void audit_before_handler(void)
{
    connection = sapi_connection();
    audit_request_data_take(connection);
    const char *target = FCGI_PARAM(connection, "REQUEST_URI");
    snprintf(path, sizeof path, "%.*s", target ? (int)strcspn(target, "?") : 0, target ? target : "");
}

void audit_after_request(void)
{
    collect_cycles();
    // A request whose handler did not run was none.
    has_after = connection && take_snapshot(after);
}
