/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStoreSink: writes jobs into one database, for one thread. Writing the same jobs twice changes nothing: every
 * row has a key of its own from the day it was made, so whoever does not know whether a commit came through may repeat.
 */
#pragma once

#include "flatline-database.h"
#include "flatline-store-job.h"

G_BEGIN_DECLS

typedef struct _FlatlineStoreSink FlatlineStoreSink;

/* @database: with the newest schema; transfer full. */
FlatlineStoreSink *
flatline_store_sink_new (FlatlineDatabase *database);
void
flatline_store_sink_free (FlatlineStoreSink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineStoreSink, flatline_store_sink_free)

FlatlineDatabase *
flatline_store_sink_get_database (FlatlineStoreSink *self);

/*
 * All of @jobs in one transaction, or none. A row that the database does not want is left out, and told by
 * flatline_store_sink_take_refusal().
 */
gboolean
flatline_store_sink_write (FlatlineStoreSink *self, const FlatlineStoreJob *jobs, guint n_jobs, GError **error);

/* One line on the rows that were refused since the last call, or NULL. Transfer full. */
char *
flatline_store_sink_take_refusal (FlatlineStoreSink *self);

/* A run on a server that was not seen for so long has lost its supervisor. */
#define FLATLINE_SILENT_RUN_US (30 * G_USEC_PER_SEC)

/* Says that the supervisor of the open runs is alive. Call every few seconds. */
gboolean
flatline_store_sink_see_runs (FlatlineStoreSink *self, GError **error);

/* Runs of this host whose supervisor is gone have ended, nobody knows how. */
void
flatline_store_sink_mark_abandoned (FlatlineStoreSink *self);

/* The signature as it is kept: long ones as their hash, so that they fit into an index; "" for none. Transfer full. */
char *
flatline_store_dup_signature (const char *signature);

G_END_DECLS
