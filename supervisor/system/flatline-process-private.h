/* SPDX-License-Identifier: MIT */
/* Private to system/: what the process tree reads of a process, and does to it, beyond flatline-process.h. */
#pragma once

#include "flatline-process-table.h"

G_BEGIN_DECLS

/* The arguments as the process has them; NULL for a kernel thread, a zombie, or one that is gone. Transfer full. */
char **
flatline_process_read_arguments (gint64 pid);

/*
 * Sends @signum to all that belong to @kinship, again until no new one is born; @kinship->known grows by those reached.
 * Returns how many got it.
 */
guint
flatline_process_send_signal_to_kin (const FlatlineProcessKinship *kinship, int signum);

G_END_DECLS
