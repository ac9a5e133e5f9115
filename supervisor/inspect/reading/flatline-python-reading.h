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

G_END_DECLS
