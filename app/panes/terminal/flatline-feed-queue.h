/* SPDX-License-Identifier: MIT */
/*
 * FlatlineFeedQueue: what a terminal is to show, given to it in portions: VTE works off at one go what it was given
 * since its last turn, however much that is, and the window would stand still meanwhile. What came too fast to be kept
 * by the terminal anyway, since more lines follow than it has, is left out.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _FlatlineFeedQueue FlatlineFeedQueue;
typedef void (*FlatlineFeedQueueFeed) (gpointer user_data, const char *text, gsize length);

/* @max_lines: what the terminal keeps. */
FlatlineFeedQueue *
flatline_feed_queue_new (FlatlineFeedQueueFeed feed, gpointer user_data, guint max_lines);
void
flatline_feed_queue_free (FlatlineFeedQueue *self);

/* At once, if there is little of it. */
void
flatline_feed_queue_add (FlatlineFeedQueue *self, const char *text, gsize length);
void
flatline_feed_queue_clear (FlatlineFeedQueue *self);

G_END_DECLS
