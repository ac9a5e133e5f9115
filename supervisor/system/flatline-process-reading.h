/* SPDX-License-Identifier: MIT */
/* Private to system/: one look at the processes of a root, as plain data that a worker hands to the main thread whole.
 */
#pragma once

#include "flatline-process-table.h"

G_BEGIN_DECLS

typedef struct
{
  GPtrArray *facts; /* FlatlineProcessFacts, parents before their children */
  gint64 root_start_ticks;
  char *token;
  gint64 read_at_us; /* monotonic */
} FlatlineProcessReading;

/*
 * Reads /proc; blocking. What @asked does not know of the root yet (start ticks, token) is looked up and told in the
 * reading. @names: pid (gint64 *) -> what it was at the reading before, NULL for none.
 */
FlatlineProcessReading *
flatline_process_reading_new (const FlatlineProcessKinship *asked, GHashTable *names);
void
flatline_process_reading_free (FlatlineProcessReading *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineProcessReading, flatline_process_reading_free)

G_END_DECLS
