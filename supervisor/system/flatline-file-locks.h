/* SPDX-License-Identifier: MIT */
/* Locks of files (flock, fcntl, lockf) from /proc/locks: who waits for a file that another process has locked. */
#pragma once

#include "flatline-records.h"

G_BEGIN_DECLS

/*
 * The file locks that one of @pids (GArray of gint64) has open or waits for while another process has them: name is the
 * path, pid the process of the tree that has the file open, owner the process that holds it, waiters those that wait.
 * Blocking. Transfer full, GPtrArray of FlatlineLock.
 */
GPtrArray *
flatline_file_locks_list (GArray *pids);

G_END_DECLS
