#pragma once

#include "audit_snapshot.h"

enum { AUDIT_PLACE_MAX = 1024 };

/// Where it is declared, as file:line; or, of what has no declaration, the one place of the application's files that
/// mentions it. Empty when nothing is known. Reads files: for findings, not for every slot.
void audit_place(const struct audit_snapshot *snapshot, const struct audit_slot *slot, const char *subject, char *text,
                 size_t size);
