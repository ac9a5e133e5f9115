/* SPDX-License-Identifier: MIT */
/*
 * Private to diagnose/. What the program itself calls things and does, as far as a snapshot tells: names of objects,
 * lines of its sources, locks it has taken there, work in C, tasks.
 */
#pragma once

#include "flatline-diagnosis.h"

G_BEGIN_DECLS

/* --- flatline-program-names.c --- */

/*
 * What the program calls the object at @address: a variable or attribute on @thread's own frames, then on those of
 * other threads. Transfer full, NULL when it has no name there.
 */
char *
flatline_diagnosis_dup_name_of (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, guint64 address);

/*
 * The name of the object whose method waits: by address of the `self` of @call, else out of the source line of the
 * caller for one of @methods (divided by blanks). Transfer full, NULL unknown.
 */
char *
flatline_diagnosis_dup_object_name (FlatlineDiagnosis *diagnosis,
                                    FlatlineThread *thread,
                                    FlatlineFrame *call,
                                    const char *methods);

/* --- flatline-source-lines.c --- */

/* A kept source with the places where its lines begin, so that no line is looked for twice. */
typedef struct
{
  const char *text; /* borrowed */
  GArray *starts;   /* gsize */
} FlatlineSourceLines;

void
flatline_source_lines_free (FlatlineSourceLines *self);

/* Line @number of @file, not ended by a zero, and its length; NULL when it is not kept. Borrowed. */
const char *
flatline_diagnosis_find_line (FlatlineDiagnosis *diagnosis, const char *file, gint64 number, gsize *length);

/* The line of source that @frame is at, without its indent; NULL when the source is not kept. Transfer full. */
char *
flatline_diagnosis_dup_source_line (FlatlineDiagnosis *diagnosis, FlatlineFrame *frame);

/* The expression that @frame is at, without its line's rest; the whole line when no columns are known. Transfer full.
 */
char *
flatline_diagnosis_dup_expression (FlatlineDiagnosis *diagnosis, FlatlineFrame *frame);

/* "self.lock" out of "with self.lock:" or out of "x = self.lock.acquire()" for @method "acquire". Transfer full. */
char *
flatline_source_dup_object (const char *line, const char *method);

/* "not done" when @frame is within a loop "while not done:" of its own function; NULL: none, or without a condition.
 * Transfer full. */
char *
flatline_diagnosis_dup_loop_condition (FlatlineDiagnosis *diagnosis, FlatlineFrame *frame);

/* "time.sleep(30)" out of the line for @function "sleep"; NULL when it is not called there. Transfer full. */
char *
flatline_source_dup_call (const char *line, const char *function);

/* Whether a kept source of the program's own speaks of signals: a handler may do what no thread is left to do. */
gboolean
flatline_diagnosis_has_signal_handlers (FlatlineDiagnosis *diagnosis);

/* --- flatline-held-locks.c --- */

/*
 * The thread that has taken the lock that @waiting calls @name, as the sources tell, and the frame that took it (set
 * when there is a thread); @waiting itself only when no other has. NULL when none has.
 */
FlatlineThread *
flatline_diagnosis_find_lock_holder (FlatlineDiagnosis *diagnosis,
                                     FlatlineThread *waiting,
                                     const char *name,
                                     guint64 address, /* of the lock, 0 when it is not known */
                                     FlatlineFrame **frame);

/*
 * The task or greenlet that has taken it and awaits something; NULL when none has. @place: the frame in which the lock
 * has that name; NULL: none.
 */
FlatlineTask *
flatline_diagnosis_find_lock_holding_task (
    FlatlineDiagnosis *diagnosis, FlatlineFrame *place, const char *name, guint64 address, FlatlineFrame **frame);

/*
 * The task that is inside of `async with @name`, a lock or semaphore of asyncio, as the sources tell; the waiting one
 * itself, too. @waiting: the frame in which the lock has that name.
 */
FlatlineTask *
flatline_diagnosis_find_async_lock_holder (FlatlineDiagnosis *diagnosis,
                                           FlatlineFrame *waiting,
                                           const char *name,
                                           FlatlineFrame **frame);

/* TRUE when the program's own source somewhere calls release() of something with the last word of @name (NULL: any). */
gboolean
flatline_diagnosis_releases_by_hand (FlatlineDiagnosis *diagnosis, const char *name);

/* The same among the other processes of the tree, or in process @pid alone when it is not 0. */
FlatlineThread *
flatline_diagnosis_find_lock_holder_in (
    FlatlineDiagnosis *diagnosis, FlatlineThread *waiting, const char *name, gint64 pid, FlatlineFrame **frame);

/* --- flatline-native-work.c --- */

/* The innermost frame when it is native code other than the interpreter's own loop, or NULL. */
FlatlineFrame *
flatline_thread_find_native_work (FlatlineThread *thread);

/*
 * What C code called at the innermost place does: "in hashlib.pbkdf2_hmac", "computing ‘7 ** n’", "matching a regular
 * expression in ‘…’". Transfer full, NULL when nothing there calls C code.
 */
char *
flatline_diagnosis_dup_native_work (FlatlineDiagnosis *diagnosis, FlatlineThread *thread);

/* --- flatline-task-facts.c --- */

/* "task ‘Task-3’ (serve)". Transfer full. */
char *
flatline_task_dup_label (FlatlineTask *task);

gboolean
flatline_task_is_pending (FlatlineTask *task);

/* Pending tasks of the loop of @thread, one after the other, @position (at first 0) being where to go on; NULL after
 * the last. Borrowed.
 */
FlatlineTask *
flatline_diagnosis_next_pending_task (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, guint *position);

/* As flatline_thread_find_place(). */
FlatlineFrame *
flatline_task_find_place (FlatlineTask *task);

/* TRUE when the waiting was begun by a library other than asyncio: what it waits for inside says nothing to a person.
 */
gboolean
flatline_task_waits_in_package (FlatlineTask *task);

/* Whether a loop of Trio is on its stack. */
gboolean
flatline_thread_runs_trio (FlatlineThread *thread);

/* "gevent" or "eventlet" when the hub of its greenlets is on its stack; else NULL. */
const char *
flatline_thread_find_hub (FlatlineThread *thread);

/* Whether its loop of asyncio has timers that are the program's own; TRUE when that is not known. */
gboolean
flatline_thread_has_timers (FlatlineThread *thread);

/* NULL when the capture does not have it, borrowed. */
FlatlineTask *
flatline_diagnosis_find_task (FlatlineDiagnosis *diagnosis, guint64 address);

/* TRUE when following who awaits whom from @task leads back to it. */
gboolean
flatline_task_awaits_itself (FlatlineDiagnosis *diagnosis, FlatlineTask *task);

/* The task at the outer end of who awaits whom: the one that the program as a whole waits for. Borrowed. */
FlatlineTask *
flatline_diagnosis_find_outermost_task (FlatlineDiagnosis *diagnosis, FlatlineTask *task);

void
flatline_finding_add_task_evidence (FlatlineFinding *finding, FlatlineTask *task, const char *label);

/* Who awaits whom, from @task inwards, as links of the verdict's chain. */
void
flatline_finding_add_task_links (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineTask *task);

/* The finding's thread is told by @task of its loop, which @does (transfer full) that. */
void
flatline_finding_settle_task (FlatlineFinding *finding, FlatlineTask *task, FlatlineConfidence confidence, char *does);

/* What @finding tells of its thread becomes what @task does in the thread's loop. */
void
flatline_finding_tell_of_task (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineTask *task);

G_END_DECLS
