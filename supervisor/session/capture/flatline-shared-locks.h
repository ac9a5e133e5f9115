/* SPDX-License-Identifier: MIT */
/*
 * Locks that processes share, multiprocessing's above all: who has one no process knows but the one that has it.
 * Blocking; in the worker of the capture.
 */
#pragma once

#include "flatline-snapshot.h"

G_BEGIN_DECLS

/*
 * Appends to snapshot->locks those that a thread of @snapshot waits for, with the thread that has it, of whatever
 * process (whose stacks are then read, too), or the word that nobody has it who is still there.
 */
void
flatline_shared_locks_add (FlatlineSnapshot *snapshot, GCancellable *cancellable);

G_END_DECLS
