#pragma once

#include "audit_snapshot.h"

enum audit_severity {
    AUDIT_INITIALISATION, ///< empty before, set for the first time: something lazy, it may be
    AUDIT_CHANGE,
    AUDIT_GROWTH,
    AUDIT_REQUEST_DATA, ///< what the client has sent is in it
};

struct audit_finding {
    enum audit_kind kind;
    enum audit_severity severity;
    const struct audit_snapshot *named_in; ///< where `slot` is from
    const struct audit_slot *slot;
    const struct audit_slot *before; ///< NULL: it did not exist
    const struct audit_slot *after;  ///< NULL: it does not exist any more
    bool is_hidden;       ///< the value is a secret, whatever its name
    zend_long first, now; ///< of a growth
    uint32_t requests;
};

typedef void (*audit_report)(const struct audit_finding *finding, const struct audit_snapshot *before,
                             const struct audit_snapshot *after);

/// Reports what is different now from what it was before the request, was so at the end of the request (`ended`), and
/// is worth telling after what was told before.
void audit_compare(struct audit_snapshot *before, const struct audit_snapshot *ended,
                   const struct audit_snapshot *after, audit_report report);
