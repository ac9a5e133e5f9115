/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStoreQueue: between those who write, who never wait, and the one thread that keeps what they wrote: a bounded
 * list of jobs, and what either side wants to know of the other.
 */
#pragma once

#include "flatline-database.h"
#include "flatline-store-job.h"

G_BEGIN_DECLS

/* As many jobs are taken at once. */
#define FLATLINE_STORE_MAX_BATCH 20000

typedef struct _FlatlineStoreQueue FlatlineStoreQueue;

FlatlineStoreQueue *
flatline_store_queue_new (void);
void
flatline_store_queue_free (FlatlineStoreQueue *self);

/* For those who write, any thread */

/* Takes the job. Never waits; beats beyond what memory may hold are dropped, and counted. */
void
flatline_store_queue_push (FlatlineStoreQueue *self, FlatlineStoreJob job);

/* As flatline_store_flush(). */
gboolean
flatline_store_queue_flush (FlatlineStoreQueue *self, guint timeout_ms);

gboolean
flatline_store_queue_wait_for_decision (FlatlineStoreQueue *self, guint timeout_ms);

guint64
flatline_store_queue_count_spooled (FlatlineStoreQueue *self);

/* There is something for the thread to look at. */
void
flatline_store_queue_wake (FlatlineStoreQueue *self);

/* The thread shall end, once it did what it can. */
void
flatline_store_queue_end (FlatlineStoreQueue *self);

/* For the thread */

/*
 * Waits for work, at most until @look_us, monotonic, and a moment more for beats to gather; appends what came to
 * @pending, unless that is long already. FALSE: end.
 */
gboolean
flatline_store_queue_gather (FlatlineStoreQueue *self, GArray *pending, gint64 look_us);

/* @n_settled more jobs are safe, @n_spooled wait on this machine, @decided: it is known what the server is good for. */
void
flatline_store_queue_publish (FlatlineStoreQueue *self, guint n_settled, guint64 n_spooled, gboolean decided);

/* Whether somebody said @decided before. */
gboolean
flatline_store_queue_is_decided (FlatlineStoreQueue *self);

/* Whoever flushes will not wait much longer, or the end is near. */
gboolean
flatline_store_queue_is_urgent (FlatlineStoreQueue *self);

/* How many beats were dropped since the last call. */
guint64
flatline_store_queue_take_dropped (FlatlineStoreQueue *self);

/* The connection that a flush may cut when its server keeps it waiting; NULL: none. */
void
flatline_store_queue_set_awaited (FlatlineStoreQueue *self, FlatlineDatabase *awaited);

G_END_DECLS
