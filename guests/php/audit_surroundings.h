#pragma once

#include "audit_snapshot.h"

/// Adds what is no variable: settings, handlers, session, transactions, what the process has open, counts of objects.
void audit_surroundings(struct audit_snapshot *snapshot);

/// The open transactions of PDO and mysqli.
void audit_transactions(struct audit_snapshot *snapshot);

/// How many objects, resources, files, classes there are, and how much memory they take.
void audit_counts(struct audit_snapshot *snapshot);
