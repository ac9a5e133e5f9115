/* SPDX-License-Identifier: MIT */
/* Who sleeps until another thread of the same process wakes it: where all do, nothing in it will ever move again. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* TRUE: it waits, without a time-out, for a lock that no other process can release. */
gboolean
flatline_thread_sleeps_endlessly (gint64 pid, gint64 native_id);

/* FALSE: what signals the process has handlers for, nothing sends by itself, as a timer or a descriptor would. */
gboolean
flatline_process_expects_signals (gint64 pid);

G_END_DECLS
