#pragma once

#include "audit_snapshot.h"

/// What earlier requests did to the same slot.
struct audit_history {
    uint64_t key;
    uint32_t changes;  ///< requests that changed it
    uint32_t rises;    ///< requests in which its count was higher than ever
    zend_long first;   ///< count before the first rise
    zend_long highest;
};

/// Made when there is none. NULL: too many are kept already.
struct audit_history *audit_history_of(uint64_t key);

/// It has been changed. True when that is worth telling again: after 1, 2, 4, 8, ... requests.
bool audit_history_change(struct audit_history *history);

/// Its count was `before` and is `after`. True when it rose above its highest for the 4th, 8th, 16th, ... time: what
/// fills once, as a cache does, rises a few times and then no more.
bool audit_history_rise(struct audit_history *history, zend_long before, zend_long after);
