/* SPDX-License-Identifier: MIT */
/* The threads of such a walk. */
#pragma once

#include "flatline-python-frames.h"

G_BEGIN_DECLS

void
flatline_python_threads_read (FlatlinePythonReading *reading);

/* Who waits for the GIL, once more when system calls were read anew; @stacks: as the threads of @snapshot were read. */
void
flatline_python_threads_find_gil_waits (FlatlineTarget *target, FlatlineStacks *stacks, FlatlineSnapshot *snapshot);

/* Undoes a walk: @n_threads is how many there were before. */
void
flatline_python_threads_forget (FlatlineSnapshot *snapshot, guint n_threads);

G_END_DECLS
