/* SPDX-License-Identifier: MIT */
/* Private to system/: the records a tree shows, living and ended. All calls on the thread that owns the tree. */
#pragma once

#include "flatline-process-reading.h"
#include "flatline-records.h"

G_BEGIN_DECLS

typedef struct _FlatlineProcessRoster FlatlineProcessRoster;

FlatlineProcessRoster *
flatline_process_roster_new (void);
void
flatline_process_roster_free (FlatlineProcessRoster *self);

/* FlatlineProcess; borrowed. */
GListStore *
flatline_process_roster_get_roots (FlatlineProcessRoster *self);

/* Forgets everything; from now on @root_pid is the root. */
void
flatline_process_roster_begin (FlatlineProcessRoster *self, gint64 root_pid);

/*
 * Writes a reading into the records, from *@next (0 at first) on, until it is done (TRUE) or the monotonic clock says
 * @until_us; then it goes on with the next call.
 */
gboolean
flatline_process_roster_apply (FlatlineProcessRoster *self,
                               const FlatlineProcessReading *reading,
                               guint *next,
                               gint64 until_us);

/* FALSE when no process alive has that pid. */
gboolean
flatline_process_roster_set_heart (FlatlineProcessRoster *self, gint64 pid, const char *heart);

/* How a child of ours ended. */
void
flatline_process_roster_set_exit (FlatlineProcessRoster *self, gint64 pid, int exit_status, int exit_signal);

/* Adds pid -> start ticks and, unless @names is NULL, pid -> what it is called (gint64 * and strings, owned by the
 * tables). */
void
flatline_process_roster_list_living (FlatlineProcessRoster *self, GHashTable *start_ticks, GHashTable *names);

/* As flatline_process_tree_list_pids(). */
GArray *
flatline_process_roster_list_pids (FlatlineProcessRoster *self);

G_END_DECLS
