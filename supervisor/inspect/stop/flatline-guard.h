/* SPDX-License-Identifier: MIT */
/*
 * A process beside this one (guard/main.c) that lets targets go when this one is stopped in the middle of a pause. It
 * sleeps all the time: a pause costs two settings of a timer. Any thread may call. What it cannot help is a frozen
 * cgroup, since it is in the same one, and a debugger that holds this process.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Starts the guard of this process, once; without one all goes on unguarded. */
void
flatline_guard_start (void);

/* From here on nothing is held any more at @deadline_us (monotonic), or this process must be stopped. */
void
flatline_guard_watch (gint64 deadline_us);
/*
 * All that was held for @deadline_us has been let go. TRUE: this process was woken for that in the middle of being
 * stopped, and is to go back to it by flatline_guard_stop_again() once the thread that held has ended: one that had not
 * come to its stop yet is let go with that.
 */
gboolean
flatline_guard_unwatch (gint64 deadline_us);
void
flatline_guard_stop_again (void);

G_END_DECLS
