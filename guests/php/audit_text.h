#pragma once

#include "audit_snapshot.h"

enum { AUDIT_SUBJECT_MAX = 400, AUDIT_VALUE_MAX = 160 };

/// A slot's name, as the application's author would write it.
void audit_subject(const struct audit_snapshot *snapshot, uint32_t node, char *text, size_t size);

/// Whether what has this name is nothing to be shown.
bool audit_is_secret(const char *subject);

/// A value in a few words: scalars themselves, when they may be shown, of everything else the size.
void audit_describe(const struct audit_snapshot *snapshot, const struct audit_slot *slot, bool is_secret, char *text,
                    size_t size);
