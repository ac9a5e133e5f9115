/* SPDX-License-Identifier: MIT */
/* What a program calls a lock of multiprocessing. Pure. */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

/* Whether the object at @address in the process @pid is a SemLock of the lock that is meant by @data. */
typedef gboolean (*FlatlineSemlockTest) (gint64 pid, guint64 address, gconstpointer data);

/* Who started the process of @snapshot, whose name for it comes first if its threads are among the relatives; 0: that
 * is not known. */
gint64
flatline_semlock_name_find_parent (FlatlineSnapshot *snapshot);

/* As on the stacks of @snapshot and its relatives; NULL: no variable there has it. Transfer full. */
char *
flatline_semlock_name_dup (FlatlineSnapshot *snapshot, FlatlineSemlockTest is_meant, gconstpointer data);

G_END_DECLS
