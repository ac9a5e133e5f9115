/* SPDX-License-Identifier: MIT */
/*
 * A reading of a live target that is held still for it, for as short as can be: what is read while it stands still is
 * only copied, and understood when it runs again.
 */
#pragma once

#include "flatline-python-threads.h"
#include "flatline-stop.h"

G_BEGIN_DECLS

/*
 * Reads all Python threads into the snapshot of @reading, native stacks merged in where the budget has them, and says
 * there how long the target was held, and what could not be read while it was. A target that cannot be held (another
 * debugger has it) is read while it runs.
 */
void
flatline_paused_reading_run (FlatlinePythonReading *reading);

/* The native stacks alone, of a process without (known) CPython: they are in reading->native, to be merged. */
void
flatline_paused_reading_run_native (FlatlinePythonReading *reading);

/*
 * Both, of a target that @stop holds already and goes on holding: nothing moves. @registers: of its thread @tid, as
 * they were when a signal interrupted it; NULL none.
 */
void
flatline_paused_reading_run_held (FlatlinePythonReading *reading,
                                  FlatlineStop *stop,
                                  gint64 tid,
                                  const FlatlineRegisters *registers);

G_END_DECLS
