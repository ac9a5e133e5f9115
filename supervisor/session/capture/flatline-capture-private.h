/* SPDX-License-Identifier: MIT */
/* The steps of a capture, for those who capture in their own order. */
#pragma once

#include "flatline-capture.h"

#include <sys/stat.h>

G_BEGIN_DECLS

/* With the program's facts; NULL: the process is gone. Transfer full. */
FlatlineSnapshot *
flatline_capture_begin (gint64 pid, const char *reason, GError **error);

/* What the kernel says of each thread. */
void
flatline_capture_add_kernel_facts (FlatlineSnapshot *snapshot, gint64 pid);

/* FALSE: cancelled, or the process ended meanwhile. Stacks that could not be read are a note. */
gboolean
flatline_capture_add_stacks (FlatlineInspector *inspector,
                             FlatlineSnapshot *snapshot,
                             gint64 pid,
                             const FlatlineCaptureBudget *budget,
                             GCancellable *cancellable,
                             GError **error);

/* --- flatline-capture-agent.c --- */

/* The agent's threads and frames are not the program's. Returns how many threads that were. */
guint
flatline_capture_hide_agent (FlatlineSnapshot *snapshot);

/* What it is in is our doing. */
void
flatline_thread_forget_system_call (FlatlineThread *thread);

/* --- flatline-capture-surroundings.c --- */

/* The tree and its connections. */
void
flatline_capture_add_surroundings (FlatlineSnapshot *snapshot, gint64 pid);
void
flatline_capture_add_descriptors (FlatlineSnapshot *snapshot, gint64 pid);

/*
 * The file locks of the tree, where some thread may wait for one (SQLite sleeps between its tries); last, when the
 * calls are known. To read them is dear, and holds up who locks: the kernel waits until none of its processors is at
 * it.
 */
void
flatline_capture_add_file_locks (FlatlineSnapshot *snapshot);

/* flatline-capture-sources.c: at most @limit bytes of a regular file. Transfer full; NULL: it is none, or not to be
 * read. */
char *
flatline_capture_read_file (const char *path, gsize limit, gsize *length, struct stat *status);

/* flatline-capture-death.c: lets go of @held. Transfer full. */
FlatlineSnapshot *
flatline_capture_death (FlatlineInspector *inspector,
                        FlatlineHeld *held,
                        const FlatlineCaptureBudget *budget,
                        GCancellable *cancellable,
                        GError **error);

/* Of a moment that an exit watch holds without a signal: the exception that nobody caught. NULL: there is none. */
FlatlineSnapshot *
flatline_capture_uncaught (FlatlineInspector *inspector,
                           FlatlineHeld *held,
                           const FlatlineCaptureBudget *budget,
                           GCancellable *cancellable,
                           GError **error);

G_END_DECLS
