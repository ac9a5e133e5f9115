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
/* All that was held for @deadline_us has been let go. */
void
flatline_guard_unwatch (gint64 deadline_us);

G_END_DECLS
