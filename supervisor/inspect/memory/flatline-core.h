/* SPDX-License-Identifier: MIT */
/*
 * FlatlineCore: an ELF core file as a target: its memory, what it had mapped, its threads, why it died. Memory that the
 * core leaves out because it came from a file is read from that file.
 */
#pragma once

#include "flatline-core-thread.h"

G_BEGIN_DECLS

typedef struct _FlatlineCore FlatlineCore;

/* @executable may be NULL: then it is looked for where the core says it was; a folder is the root of all its files.
 * NULL with one clear line otherwise. */
FlatlineCore *
flatline_core_open (const char *core_file, const char *executable, GError **error);
void
flatline_core_free (FlatlineCore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineCore, flatline_core_free)

/* A FlatlineMemoryReadFunc. */
gboolean
flatline_core_read (gpointer core, guint64 address, void *buffer, gsize length);

gint64
flatline_core_get_pid (FlatlineCore *self);

/* The command line as the core has it: 79 bytes at most; borrowed. */
const char *
flatline_core_get_command_line (FlatlineCore *self);

/* The program's file: what was named, else the first that it had mapped. Transfer full. */
char *
flatline_core_dup_executable (FlatlineCore *self);

/* When the core was written, UTC. */
gint64
flatline_core_get_time_us (FlatlineCore *self);

/* Whether memory that the core should have is missing at its end: no room on the disk, a limit (ulimit -c). */
gboolean
flatline_core_is_cut_short (FlatlineCore *self);

/* FlatlineMapping of the files it had mapped; borrowed. */
GPtrArray *
flatline_core_get_mappings (FlatlineCore *self);

/* FlatlineMapping of all the memory it had, without paths, in the order of addresses. Transfer full. */
GPtrArray *
flatline_core_list_memory (FlatlineCore *self);

/* Its threads, one at least, the one that died first; GArray of FlatlineCoreThread, borrowed. */
GArray *
flatline_core_get_threads (FlatlineCore *self);

/* The signal it died by, 0 unknown; the address that was touched (SEGV, BUS), the process that sent it, 0 unknown. */
int
flatline_core_get_signal (FlatlineCore *self, guint64 *fault_address, gint64 *sender);

/* Its descriptor, which stays the core's. */
int
flatline_core_get_file (FlatlineCore *self);

G_END_DECLS
