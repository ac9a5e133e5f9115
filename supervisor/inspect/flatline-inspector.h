/* SPDX-License-Identifier: MIT */
/*
 * FlatlineInspector: reads the threads, stacks and variables of another process (or a core file) from outside. It needs
 * no cooperation of the target and leaves it as it found it: every thread that was stopped is released, whatever
 * happens.
 *
 * An inspector may be kept for many captures of the same process: what does not change (ELF files, offsets, code
 * objects) is found once. All calls block; call them from a worker thread, one at a time an inspector.
 */
#pragma once

#include "flatline-capture-budget.h"
#include "flatline-content.h"
#include "flatline-core.h"
#include "flatline-inspect-error.h"
#include "flatline-registers.h"
#include "flatline-sample.h"
#include "flatline-snapshot.h"
#include "flatline-stop.h"

G_BEGIN_DECLS

#define FLATLINE_TYPE_INSPECTOR (flatline_inspector_get_type ())
G_DECLARE_FINAL_TYPE (FlatlineInspector, flatline_inspector, FLATLINE, INSPECTOR, GObject)

/* For the live process @pid; nothing is read yet. Transfer full. */
FlatlineInspector *
flatline_inspector_new (gint64 pid);

/* For a core file; @executable may be NULL: then it is found by the core's own notes. Transfer full, or NULL. */
FlatlineInspector *
flatline_inspector_new_for_core (const char *core_file, const char *executable, GError **error);

/* NULL: it reads a live process. Borrowed. */
FlatlineCore *
flatline_inspector_get_core (FlatlineInspector *self);

/*
 * Reads all threads into @snapshot: threads (with frames and locals as @budget says), tasks, locks, program.python,
 * pause_us, limits, notes. A process that is no (known) CPython still gives its threads with kernel facts, a note, and
 * TRUE. FALSE only when nothing could be read; the message is one line that says what to do.
 */
gboolean
flatline_inspector_capture (FlatlineInspector *self,
                            const FlatlineCaptureBudget *budget,
                            FlatlineSnapshot *snapshot,
                            GCancellable *cancellable,
                            GError **error);

/*
 * Who waits for the GIL: told anew for threads of @snapshot, just captured, whose system calls were read after it, as
 * they had been in none or were not there yet.
 */
void
flatline_inspector_find_gil_waits (FlatlineInspector *self, FlatlineSnapshot *snapshot);

/*
 * @stop: the process is held already, by the calling thread, which captures it, too; what is captured is of one moment,
 * and nothing is let go. @registers: of its thread @tid, as they were when a signal interrupted it; NULL none. Both
 * borrowed until the next call; NULL ends it.
 */
void
flatline_inspector_set_held (FlatlineInspector *self,
                             FlatlineStop *stop,
                             gint64 tid,
                             const FlatlineRegisters *registers);

/*
 * The address of the exception that ends the program: sys.last_exc, which Python sets before it prints the traceback of
 * what nobody caught. 0: there is none.
 */
guint64
flatline_inspector_find_uncaught (FlatlineInspector *self);

/*
 * Reads an exception object at @address, whose thread waits: type, notes, causes, groups, and the frames of the
 * traceback with their variables, as they were when they were left. NULL when there is none. Transfer full.
 */
FlatlineExceptionInfo *
flatline_inspector_read_exception (FlatlineInspector *self,
                                   guint64 address,
                                   const FlatlineCaptureBudget *budget,
                                   FlatlineSnapshot *snapshot);

/*
 * A light look without pausing, thousands of times a second, for the watchdog, re-samples and profiles: file, function
 * and line of every call of every thread, at most @max_calls a thread, in the place of what was in @sample. FALSE when
 * nothing could be read.
 */
gboolean
flatline_inspector_sample (FlatlineInspector *self, guint max_calls, FlatlineSample *sample, GError **error);

/*
 * Reads the children of one object once more or deeper (lazy expansion in the variables pane). @value names the object
 * by address and type; the answer is a new FlatlineValue with children, or an error when the object is gone or of
 * another type now. Transfer full.
 */
FlatlineValue *
flatline_inspector_expand (FlatlineInspector *self,
                           FlatlineValue *value,
                           const FlatlineCaptureBudget *budget,
                           GError **error);

/*
 * Reads what comes next of a long value (flatline_content_read_piece()); an error when the process is gone,
 * or the object, or it is of another size now.
 */
gboolean
flatline_inspector_read_piece (
    FlatlineInspector *self, FlatlineValue *value, FlatlineContentReading *reading, GByteArray *piece, GError **error);

G_END_DECLS
