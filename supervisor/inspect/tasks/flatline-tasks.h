/* SPDX-License-Identifier: MIT */
/* The asyncio tasks of a target, each with the stack of its coroutines and what it awaits. */
#pragma once

#include "flatline-python-frames.h"

G_BEGIN_DECLS

/* When variables have used up the time, their stacks are still read, for a while. */
#define FLATLINE_TASKS_GRACE_US (500 * 1000)

/* Appends the unfinished tasks of all interpreters to snapshot->tasks. */
void
flatline_tasks_read (FlatlinePythonReading *reading);

/* Names the coroutine in @record and appends its frames and those of what it awaits, innermost first; answers what the
 * innermost awaits, 0 nothing known. */
guint64
flatline_task_read_frames (FlatlinePythonReading *reading, guint64 coroutine, FlatlineTask *record);

/* Whether a thread runs @record now; its frames are then all that the thread has within the coroutine. */
gboolean
flatline_task_take_running (FlatlinePythonReading *reading, FlatlineTask *record);

/* The time for tasks is over; the snapshot says so then. */
gboolean
flatline_tasks_are_late (FlatlinePythonReading *reading);

G_END_DECLS
