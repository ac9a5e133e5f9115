/* SPDX-License-Identifier: MIT */
/*
 * Semaphores that processes share, as sem_open(3) makes them and locks of multiprocessing are: a file of /dev/shm, by
 * now without a name, that each of them has mapped somewhere.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What tells the one that @address of @pid is in from all others: the device and inode of its file, as
 * /proc/PID/maps has them. NULL: it is in none. Transfer full. */
char *
flatline_semaphore_dup_file (gint64 pid, guint64 address);

/* Where @pid has it mapped; 0: it has not. */
guint64
flatline_semaphore_find_mapping (gint64 pid, const char *file);

/* All processes of this machine that have one of @files mapped. Transfer full, GArray of gint64. */
GArray *
flatline_semaphores_list_sharers (GPtrArray *files);

G_END_DECLS
