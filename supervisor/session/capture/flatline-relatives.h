/* SPDX-License-Identifier: MIT */
/*
 * What the other processes of the tree do, as far as a verdict about the root asks for it: who waits for a child wants
 * to know what the child waits for. Blocking; in the worker of the capture.
 */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

/*
 * @snapshot has its processes. Fills the system call of each below the root, and appends the threads of those that are
 * Python (stacks with few variables, read without pause) to snapshot->relatives, their locks to snapshot->locks.
 */
void
flatline_relatives_add (FlatlineSnapshot *snapshot, GCancellable *cancellable);

/* The same, and those of @pids (GArray of gint64; NULL: none) that are not below the root; their threads, and those of
 * the root if it is among them, are marked as forsaken. */
void
flatline_relatives_add_forsaken (FlatlineSnapshot *snapshot, GArray *pids, GCancellable *cancellable);

/* The threads and locks of @pid alone, which may be any process. */
void
flatline_relatives_read (FlatlineSnapshot *snapshot, gint64 pid, GCancellable *cancellable);

G_END_DECLS
