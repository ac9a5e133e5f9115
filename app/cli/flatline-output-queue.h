/* SPDX-License-Identifier: MIT */
/*
 * FlatlineOutputQueue: writes to stdout and stderr in a thread of its own, in order, so that a slow reader of our
 * output (a pager, a paused terminal) does not stop supervision. Bounded: past 64 MiB the caller waits. Output may be
 * held back for a while, such as while a console is open.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _FlatlineOutputQueue FlatlineOutputQueue;

/* @on_broken is called on the main thread when stdout could not be written for the first time. */
FlatlineOutputQueue *
flatline_output_queue_new (GSourceFunc on_broken, gpointer user_data);

/* Writes what is queued, held back or not, waiting at most @timeout_ms for a slow reader; then lets go of it. The last
 * failure to write stdout, as below. */
int
flatline_output_queue_free (FlatlineOutputQueue *self, guint timeout_ms);

/* Why stdout could not be written: errno, EPIPE when nobody reads it any more; 0 when it could. */
int
flatline_output_queue_get_failure (FlatlineOutputQueue *self);

/* @descriptor is 1 or 2. */
void
flatline_output_queue_add (FlatlineOutputQueue *self, int descriptor, GBytes *bytes);

/* While TRUE nothing that is added later is written. */
void
flatline_output_queue_hold (FlatlineOutputQueue *self, gboolean hold);

/* Waits until what is not held back is written. */
void
flatline_output_queue_flush (FlatlineOutputQueue *self);

G_END_DECLS
