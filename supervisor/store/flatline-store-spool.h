/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStoreSpool: what could not be given to the server yet, in a file of this process, in order. A file whose
 * process is gone is taken over by the next one that comes: its lock tells. For one thread.
 */
#pragma once

#include "flatline-store-job.h"

G_BEGIN_DECLS

typedef struct _FlatlineStoreSpool FlatlineStoreSpool;

/* A new file of our own in @folder, made when missing. NULL with an error when the disk does not take it. */
FlatlineStoreSpool *
flatline_store_spool_new (const char *folder, GError **error);

/*
 * Those of processes that are gone; GPtrArray of FlatlineStoreSpool with free function. One that is damaged gets
 * another name: a line in @news says so.
 */
GPtrArray *
flatline_store_spool_adopt (const char *folder, GPtrArray *news);

/* Frees one that is damaged, under another name: nothing of it is removed. One line that says so, or NULL. */
char *
flatline_store_spool_set_aside (FlatlineStoreSpool *self);

/* Removes the file when nothing is left in it. */
void
flatline_store_spool_free (FlatlineStoreSpool *self);

/* All of them or none. */
gboolean
flatline_store_spool_add (FlatlineStoreSpool *self, const FlatlineStoreJob *jobs, guint n_jobs, GError **error);

/* How many jobs wait. */
guint64
flatline_store_spool_count (FlatlineStoreSpool *self);

/*
 * The oldest jobs, about @max_jobs; *@last is for flatline_store_spool_remove(). *@damaged: these were the last ones
 * that can be read. NULL when it cannot be read now.
 */
GArray *
flatline_store_spool_peek (FlatlineStoreSpool *self, guint max_jobs, gint64 *last, gboolean *damaged, GError **error);

/* What peek gave is safe elsewhere. */
gboolean
flatline_store_spool_remove (FlatlineStoreSpool *self, gint64 last, GError **error);

G_END_DECLS
