/* SPDX-License-Identifier: MIT */
/* The tasks of Trio, each with the stack of its coroutines and what it waits for. */
#pragma once

#include "flatline-python-frames.h"

G_BEGIN_DECLS

/* Appends the tasks of every trio.run() that is on the stack of a thread of the snapshot to snapshot->tasks. */
void
flatline_trio_tasks_read (FlatlinePythonReading *reading);

G_END_DECLS
