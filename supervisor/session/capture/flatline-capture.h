/* SPDX-License-Identifier: MIT */
/*
 * One whole snapshot of a live process: stacks (inspect/), processes, connections and descriptors (system/), sources,
 * verdict (diagnose/). Used by the session on a freeze and by `flatline-cli dump`. Blocking; call from a worker.
 */
#pragma once

#include "flatline-capture-budget.h"
#include "flatline-held.h"
#include "flatline-inspector.h"
#include "flatline-snapshot.h"

G_BEGIN_DECLS

/*
 * @inspector: of the process, kept by the caller between captures. @reason: FlatlineSnapshot.reason. A capture that
 * could not read the stacks still has the rest, and a note. NULL only when the process is gone. Transfer full.
 */
FlatlineSnapshot *
flatline_capture (FlatlineInspector *inspector,
                  gint64 pid,
                  const char *reason,
                  const FlatlineCaptureBudget *budget,
                  GCancellable *cancellable,
                  GError **error);

/* The same of a core file, as far as it goes. Transfer full, NULL when nothing could be read. */
FlatlineSnapshot *
flatline_capture_core (FlatlineInspector *inspector,
                       const char *reason,
                       const FlatlineCaptureBudget *budget,
                       GCancellable *cancellable,
                       GError **error);

/*
 * A moment that the program holds: its death (then "crash", with native stacks, registers
 * and mappings, all of that one moment), or an exception, with the frames it left. Lets go of @held as soon as it may,
 * also on failure. Transfer full.
 */
FlatlineSnapshot *
flatline_capture_held (FlatlineInspector *inspector,
                       FlatlineHeld *held,
                       const char *reason,
                       const FlatlineCaptureBudget *budget,
                       GCancellable *cancellable,
                       GError **error);

/*
 * A quick look without pausing the target, for the watchdog: threads, the kernel's facts, descriptors and the verdict,
 * nothing else. NULL when the stacks could not be read. Transfer full.
 */
FlatlineSnapshot *
flatline_capture_look (FlatlineInspector *inspector, gint64 pid, GCancellable *cancellable, GError **error);

/* Whether a thread is named as the agent's are. */
gboolean
flatline_capture_is_agent (gint64 pid, gint64 native_id);

/*
 * The quickest answer to what a process is doing, for `flatline-cli dump --no-locals --no-pause`: threads, stacks, and
 * whether each thread runs or sleeps. No verdict. NULL when the stacks could not be read. Transfer full.
 */
FlatlineSnapshot *
flatline_capture_stacks (
    FlatlineInspector *inspector, gint64 pid, const char *reason, guint max_frames, GError **error);

/*
 * Adds the text of each source file on a stack, through /proc/PID/root; at most 1 MiB a file, 8 MiB in all. @alive
 * FALSE: of a core, from this machine's files, unless they were changed since.
 */
void
flatline_capture_add_sources (FlatlineSnapshot *snapshot, gboolean alive);

G_END_DECLS
