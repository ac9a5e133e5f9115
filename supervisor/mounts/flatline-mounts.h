/* SPDX-License-Identifier: MIT */
/*
 * File systems that may never answer. A program often hangs on a dead network share or a FUSE server that is gone, and
 * whoever touches a path there hangs with it. Before Flatline opens or asks for a path on behalf of a program, it asks
 * here: paths on local disks are fine at once; the others are asked for by a child, which may be left behind. Any
 * thread may call.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * FALSE when @path, as process @pid sees it (0: as we see it), lies on a file system that does not answer, or leads to
 * one by symbolic links. Waits for at most a third of a second, and not again for the same file system while it is
 * silent.
 */
gboolean
flatline_path_answers (gint64 pid, const char *path);

/*
 * As flatline_path_answers(), and the first byte of the file can be read, too, where there is one: there are servers
 * that answer any question but give out no data. Waits for two seconds more at most, once for a file system that is
 * silent.
 */
gboolean
flatline_file_answers (gint64 pid, const char *path, GError **error);

/* "fuse.sshfs file system at /mnt/data" for what @path lies on; NULL for local disks. Transfer full. */
char *
flatline_path_dup_file_system (gint64 pid, const char *path);

G_END_DECLS
