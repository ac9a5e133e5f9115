/* SPDX-License-Identifier: MIT */
/* What the files of FlatlineStoreSink share. */
#pragma once

#include "flatline-store-sink.h"

G_BEGIN_DECLS

struct _FlatlineStoreSink
{
  FlatlineDatabase *database;
  GHashTable *run_ids;   /* uid -> gint64 * */
  GHashTable *open_runs; /* set of uid */
  GHashTable *hosts;     /* set of names that are there */
  gint64 clock_ahead_us; /* the database's clock minus ours */
  guint n_refused;
  char *refusal; /* the first of them */
};

/* The row of a run or of a freeze, flatline-store-sink-records.c. */
gboolean
flatline_store_sink_write_record (FlatlineStoreSink *self, const FlatlineStoreJob *job, GError **error);

G_END_DECLS
