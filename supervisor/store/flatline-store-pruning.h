/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStorePruning: takes away what the settings say is too old, a small step at a time, so that nobody waits for a
 * large deletion. For one thread.
 */
#pragma once

#include "flatline-database.h"
#include "flatline-store.h"

G_BEGIN_DECLS

/* Which beats are looked at, from lane to lane and from run to run. */
typedef struct
{
  gint64 run;
  char *lane;
  gboolean lane_has_more;
  gboolean done; /* all of them, in this round */
} FlatlineBeatCursor;

/* Begins as zeros. */
typedef struct
{
  FlatlineRetention retention;
  FlatlineBeatCursor by_age, by_size;
  FlatlinePruned pruned;
  char *mended_first; /* of the groups counted again last */
} FlatlineStorePruning;

void
flatline_store_pruning_clear (FlatlineStorePruning *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FlatlineStorePruning, flatline_store_pruning_clear)

/* One step. 1: there may be more; 0: all is done, for now; -1: error. */
int
flatline_store_pruning_step (FlatlineStorePruning *self, FlatlineDatabase *database, GError **error);

G_END_DECLS
