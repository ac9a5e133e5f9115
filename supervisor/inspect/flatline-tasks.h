/* SPDX-License-Identifier: MIT */
/* The asyncio tasks of a target, each with the stack of its coroutines and what it awaits. */
#pragma once

#include "flatline-python-threads.h"

G_BEGIN_DECLS

/* When variables have used up the time, their stacks are still read, for a while. */
#define FLATLINE_TASKS_GRACE_US (500 * 1000)

/* Appends the unfinished tasks of all interpreters to snapshot->tasks. */
void
flatline_tasks_read (FlatlinePythonReading *reading);

G_END_DECLS
