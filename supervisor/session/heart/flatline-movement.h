/* SPDX-License-Identifier: MIT */
/*
 * FlatlineMovement: does anything move? After a capture the threads are looked at a few times more, without pause and
 * without variables, and what the scheduler counted meanwhile is read. It tells a thread that stands still from one
 * that goes round, and one that computes from one that only happened to run. Blocking; in the worker of the capture.
 */
#pragma once

#include "flatline-inspector.h"
#include "flatline-snapshot.h"

G_BEGIN_DECLS

typedef struct _FlatlineMovement FlatlineMovement;

/*
 * @snapshot has its threads and frames, but for @n_hidden threads of the agent. The scheduler's counts begin now.
 */
FlatlineMovement *
flatline_movement_begin (FlatlineInspector *inspector, FlatlineSnapshot *snapshot, guint n_hidden);

/* One look more; best between other work that takes a while. */
void
flatline_movement_look (FlatlineMovement *self);

/*
 * The last looks, until there were enough over a long enough time or nothing can move any more; then fills looks,
 * moves, wakes, gil_looks, round and the percents of each thread. Frees @self.
 */
void
flatline_movement_finish (FlatlineMovement *self);

G_END_DECLS
