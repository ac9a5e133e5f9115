/* SPDX-License-Identifier: MIT */
/* Processes that wait for each other, and for nobody else: what they wait for will never come. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether a thread is none of the program's: what it does or waits for counts for nothing. */
typedef gboolean (*FlatlineThreadFilter) (gint64 pid, gint64 native_id);

/*
 * The processes, @pid among them, of which each thread waits without end for what only another of their threads could
 * give: a futex, a semaphore that they share, the end of one of them, a pipe whose other end only they have. NULL:
 * something else may end the wait of one of them, or nobody knows. Blocking. Transfer full, GArray of gint64.
 */
GArray *
flatline_forsaken_find (gint64 pid, FlatlineThreadFilter is_ignored);

G_END_DECLS
