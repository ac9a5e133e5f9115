/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStoreBacklog: all that waits on this machine for one server, or for a file that is locked: the spool of this
 * process, and those of processes that are gone. For one thread.
 */
#pragma once

#include "flatline-store-job.h"
#include "flatline-store-sink.h"

G_BEGIN_DECLS

typedef struct _FlatlineStoreBacklog FlatlineStoreBacklog;

FlatlineStoreBacklog *
flatline_store_backlog_new (const char *folder);
void
flatline_store_backlog_free (FlatlineStoreBacklog *self);

/* TRUE: what comes now may go straight to the server, and stays in order. */
gboolean
flatline_store_backlog_is_empty (FlatlineStoreBacklog *self);
guint64
flatline_store_backlog_count (FlatlineStoreBacklog *self);

/* Takes over the spools of processes that are gone. */
void
flatline_store_backlog_adopt (FlatlineStoreBacklog *self);

gboolean
flatline_store_backlog_add (FlatlineStoreBacklog *self, const FlatlineStoreJob *jobs, guint n_jobs, GError **error);

/* Gives about @max_jobs of the oldest to @sink. */
gboolean
flatline_store_backlog_replay (FlatlineStoreBacklog *self, FlatlineStoreSink *sink, guint max_jobs, GError **error);

/* A line on a spool that was damaged, or NULL: there is no more to tell. Transfer full. */
char *
flatline_store_backlog_take_news (FlatlineStoreBacklog *self);

/* How many were replayed since the last call. */
guint64
flatline_store_backlog_take_replayed (FlatlineStoreBacklog *self);

G_END_DECLS
