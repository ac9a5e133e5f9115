/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStorePruning: takes away what the settings say is too old, a small step at a time, so that nobody waits for a
 * large deletion. For one thread.
 */
#pragma once

#include "flatline-database.h"
#include "flatline-store.h"

G_BEGIN_DECLS

typedef struct
{
  FlatlineRetention retention;
  gint64 next_run; /* whose beats to look at */
  FlatlinePruned pruned;
} FlatlineStorePruning;

/* One step. 1: there may be more; 0: all is done, for now; -1: error. */
int
flatline_store_pruning_step (FlatlineStorePruning *self, FlatlineDatabase *database, GError **error);

G_END_DECLS
