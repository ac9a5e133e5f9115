/* SPDX-License-Identifier: MIT */
/*
 * From a snapshot's facts to one verdict (DESIGN.md, "Verdicts"). Pure: no I/O, no clock; the same snapshot gives the
 * same verdict on any machine. "certain" only where the facts prove it.
 */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

/* Sets and returns snapshot->verdict (borrowed); fills thread->waiting_for where it is known. Never NULL. */
FlatlineVerdict *
flatline_diagnose (FlatlineSnapshot *snapshot);

/* What two freezes with the same cause at the same place share: kind|file|function|line. Transfer full. */
char *
flatline_verdict_dup_signature (FlatlineVerdict *verdict);

G_END_DECLS
