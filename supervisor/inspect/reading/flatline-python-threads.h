/* SPDX-License-Identifier: MIT */
/* FlatlinePythonReading: one walk over all interpreters of a target, into the threads and locks of a snapshot. */
#pragma once

#include "flatline-code.h"
#include "flatline-locks.h"
#include "flatline-native-stack.h"
#include "flatline-object-reader.h"
#include "flatline-snapshot.h"
#include "flatline-stacks.h"

G_BEGIN_DECLS

typedef struct
{
  gint64 pid;
  FlatlineTarget *target;
  FlatlineCodeCache *codes;
  FlatlineTypeCache *types;
  FlatlineObjectReader *objects;
  FlatlineStacks *stacks; /* as read last */
  gboolean moves;         /* the target runs while it is read */
  gboolean held;          /* at what may be its end: threads that are gone already are still to be read */
  const FlatlineCaptureBudget *budget;
  FlatlineSnapshot *snapshot; /* threads that are there already are filled, others appended */
  GCancellable *cancellable;
  FlatlineNativeStacks *native; /* to be merged in at the end, NULL: none */
  GHashTable *entries;          /* for that: FlatlineThread -> GArray of FlatlineEntry; NULL: not needed */
  gint64 deadline_us;           /* monotonic; values that come later are left out */
  gsize max_values;             /* 0: as many as the budget allows */
} FlatlinePythonReading;

/* The record of one frame, with its variables where the budget has them. Transfer full. */
FlatlineFrame *
flatline_python_frame_new (FlatlinePythonReading *reading, const FlatlineFrameState *state, FlatlineCode *code);

/* The object that a variable of a frame read before has, whatever the budget shows of variables; 0: none. */
guint64
flatline_python_frame_find_local (FlatlinePythonReading *reading, const FlatlineFrame *frame, const char *name);

void
flatline_python_threads_read (FlatlinePythonReading *reading);

/* Who waits for the GIL, once more when system calls were read anew; @stacks: as the threads of @snapshot were read. */
void
flatline_python_threads_find_gil_waits (FlatlineTarget *target, FlatlineStacks *stacks, FlatlineSnapshot *snapshot);

/* Undoes a walk: @n_threads is how many there were before. */
void
flatline_python_threads_forget (FlatlineSnapshot *snapshot, guint n_threads);

G_END_DECLS
