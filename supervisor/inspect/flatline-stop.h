/* SPDX-License-Identifier: MIT */
/*
 * FlatlineStop: all threads of a process held still while they are read. PTRACE_SEIZE and PTRACE_INTERRUPT leave job
 * control alone (unlike SIGSTOP), and if the supervisor dies the kernel lets the threads go. Begin and end in one
 * thread: the kernel answers only the thread that seized.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _FlatlineStop FlatlineStop;

/*
 * Stops all threads of @pid, the ones born meanwhile included. NULL when it cannot: another debugger has it
 * (FLATLINE_INSPECT_ERROR_FAILED), not allowed, no such process. A thread that does not stop within @max_ms (it waits
 * for a disk) is left running and counted.
 */
FlatlineStop *
flatline_stop_begin (gint64 pid, guint max_ms, GError **error);

/* Lets go of all; answers how long they were held, in microseconds. Frees @self. */
gint64
flatline_stop_end (FlatlineStop *self);

/* Threads that are held, and ones that would not stop. */
guint
flatline_stop_get_n_held (FlatlineStop *self);
guint
flatline_stop_get_n_running (FlatlineStop *self);

/* The ids of the threads that are held. Transfer full, GArray of gint64. */
GArray *
flatline_stop_list_held (FlatlineStop *self);

/* When the first was stopped, monotonic microseconds. */
gint64
flatline_stop_get_begin_us (FlatlineStop *self);

G_END_DECLS
