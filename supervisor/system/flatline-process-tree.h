/* SPDX-License-Identifier: MIT */
/*
 * FlatlineProcessTree: the process a session started and all its descendants, live, from /proc. A GListModel of the
 * root FlatlineProcess records (one while the program lives, more when orphans of it remain); children are inside the
 * records. Finished processes stay, with alive = FALSE and exit_text, until the next start.
 *
 * /proc is read in a worker thread; the records change on the main thread.
 */
#pragma once

#include "flatline-records.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_PROCESS_TREE (flatline_process_tree_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineProcessTree, flatline_process_tree, FLATLINE, PROCESS_TREE, GObject)

FlatlineProcessTree *
flatline_process_tree_new (void);

/* Forgets everything and follows @root_pid. 0: follows nothing. */
void
flatline_process_tree_set_root (FlatlineProcessTree *self, gint64 root_pid);

/* Reads /proc anew; a refresh that is under way already serves. Emits "refreshed" when the records are up to date. */
void
flatline_process_tree_refresh_async (FlatlineProcessTree *self,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean
flatline_process_tree_refresh_finish (FlatlineProcessTree *self, GAsyncResult *result, GError **error);

/* Notes how a child of ours ended, for exit_text (from waitid). */
void
flatline_process_tree_set_exit (FlatlineProcessTree *self, gint64 pid, int exit_status, int exit_signal);

/* What its beats say of a process ("beating", "silent", "flatlined", NULL). FALSE when the tree knows none alive so. */
gboolean
flatline_process_tree_set_heart (FlatlineProcessTree *self, gint64 pid, const char *heart);

/* Pids alive at the last refresh, root first. Transfer full, GArray of gint64. */
GArray *
flatline_process_tree_list_pids (FlatlineProcessTree *self);

/*
 * Sends @signum to everything that belongs to the root now: all below it and its orphans, whether known from a refresh,
 * by the root's session or by its token; also after the root itself has ended. Blocking, short. Returns how many got
 * it.
 */
guint
flatline_process_tree_send_signal (FlatlineProcessTree *self, int signum);

/* Without an object, blocking, for `dump`: the tree below @pid. Transfer full; NULL when @pid does not exist. */
FlatlineProcess *
flatline_process_read_tree (gint64 pid);

G_END_DECLS
