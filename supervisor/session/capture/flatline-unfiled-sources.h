/* SPDX-License-Identifier: MIT */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

/*
 * Adds the text of a program that is in no file by its name: what stands behind -c ("<string>"), and what Python reads
 * from its standard input where that is a file ("<stdin>"). exec() calls its text "<string>", too: it is added only
 * where it has all lines and functions that are told of it. @alive: there is /proc/PID.
 */
void
flatline_unfiled_sources_add (FlatlineSnapshot *snapshot, gboolean alive);

G_END_DECLS
