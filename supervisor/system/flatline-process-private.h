/* SPDX-License-Identifier: MIT */
/* Private to system/: what the process tree reads of a process beyond flatline-process.h. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The arguments as the process has them; NULL for a kernel thread, a zombie, or one that is gone. Transfer full. */
char **
flatline_process_read_arguments (gint64 pid);

G_END_DECLS
