/* SPDX-License-Identifier: MIT */
/* What /proc/PID/task/TID/status tells and other files do not: signal masks, and who traces the thread. */
#pragma once

#include "flatline-records.h"

G_BEGIN_DECLS

/* Fills blocked_signals, pending_signals and tracer_pid of @thread; the open @folder is its own in /proc. */
void
flatline_thread_read_status (FlatlineThread *thread, int folder);

/*
 * @state, but for a stop that this process or another Flatline has made: then what the thread does besides, 'S' in a
 * system call and else 'R'. The open @folder is its own in /proc.
 */
char
flatline_thread_status_see_state (char state, int folder);

/* "SIGINT", "SIGTERM" for a mask as the kernel keeps it, bit 0 for signal 1; NULL for none. Transfer full. */
char **
flatline_signals_of_mask (guint64 mask);

G_END_DECLS
