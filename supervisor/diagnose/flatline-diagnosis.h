/* SPDX-License-Identifier: MIT */
/*
 * Private to diagnose/. A diagnosis asks its rules, one after the other, why each thread does not go on; the first that
 * knows fills a finding. From the findings the verdict is chosen and worded (flatline-diagnose.c). Rules see the
 * snapshot and nothing else.
 */
#pragma once

#include "flatline-snapshot.h"
#include <glib/gi18n.h>

#include "flatline-thread-facts.h"

G_BEGIN_DECLS

typedef enum
{
  FLATLINE_CONFIDENCE_GUESS,
  FLATLINE_CONFIDENCE_LIKELY,
  FLATLINE_CONFIDENCE_CERTAIN,
} FlatlineConfidence;

/* What the workers of a finding have to do with what it waits for. */
typedef enum
{
  FLATLINE_WORKERS_COMPUTE,     /* each of them a part of it */
  FLATLINE_WORKERS_MAY_COMPUTE, /* one of them, it is not known which */
  FLATLINE_WORKERS_ARE_BUSY,    /* it begins when one is free */
  FLATLINE_WORKERS_START,       /* it begins when one has started */
  FLATLINE_WORKERS_ARE_SERVED,  /* the thread has to serve them until all are done */
} FlatlineWorkersPart;

typedef struct
{
  FlatlineThread *thread; /* borrowed */
  const char *kind;       /* a verdict's kind, static */
  FlatlineConfidence confidence;
  char *does;     /* goes on from the thread's name: "waits for lock ‘a’", "sleeps in time.sleep(30)" */
  char *plainly;  /* the same without what is only true of one moment (", which is empty"); NULL: as it is */
  char *resource; /* what it waits for, for the chain: "lock ‘a’"; NULL when nothing that somebody could give */
  gint64 holder;  /* native id of the thread that has to act first, 0 unknown or none */
  gboolean names_holder; /* `does` says already who that is */
  char *other_holder;    /* who has to act when it is no thread: "process 12 (sleep 100)"; NULL */
  gint64 other_holder_id;
  GPtrArray *workers; /* FlatlineThread of other processes, one of which becomes the holder; NULL */
  FlatlineWorkersPart workers_part;
  gboolean timed;       /* the wait ends by itself after some time: it never closes a circle */
  gboolean moved;       /* the looks found the thread going on: neither does it */
  char *aside;          /* ends the sentence: "meanwhile the asyncio loop stands still"; NULL */
  gboolean in_package;  /* `aside` only names the package it waits in */
  FlatlineFrame *place; /* where the verdict points to when not to the innermost frame of the program; borrowed */
  FlatlineReference *resource_at; /* where to see the resource; NULL */
  GPtrArray *evidence;            /* FlatlineEvidence; NULL without */
  GPtrArray *links; /* FlatlineWaitLink that go on from here within the thread, as from task to task; NULL */
} FlatlineFinding;

typedef struct
{
  FlatlineSnapshot *snapshot; /* borrowed */
  GHashTable *findings;       /* FlatlineThread -> FlatlineFinding */
  GHashTable *threads;        /* native id (gint64 *) -> FlatlineThread, relatives and `others` too */
  GPtrArray *others;          /* FlatlineThread that stand for the processes of the tree without known threads */
  GHashTable *sources;        /* file -> FlatlineSourceLines */
  GHashTable *held;           /* FlatlineFrame -> GStrv: the locks it has taken around its line, by the source */
  GHashTable *variables;      /* address (guint64 *) of what rules ask for -> FlatlineValue that names it; made then */
  GHashTable *attributes;     /* the same for what is inside of variables */
  GHashTable *owners;         /* FlatlineValue of attributes -> FlatlineValue that has it */
  GHashTable *processes;      /* pid (gint64 *) -> FlatlineProcess */
  GHashTable *awaited;        /* native id of a waiter (gint64 *) -> FlatlineLock, the first that lists it */
} FlatlineDiagnosis;

/* TRUE when the rule knows why @thread does not go on; it has filled @finding then and left it alone otherwise. */
typedef gboolean (*FlatlineRule) (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);

/* --- flatline-finding.c --- */

FlatlineFinding *
flatline_finding_new (FlatlineThread *thread);
void
flatline_finding_free (FlatlineFinding *finding);

/* Sets kind and confidence, and what the thread does (transfer full). */
void
flatline_finding_settle (FlatlineFinding *finding, const char *kind, FlatlineConfidence confidence, char *does);

void
flatline_finding_add_evidence (FlatlineFinding *finding, const char *source, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* The fact that was added last is about @reference (transfer full). */
void
flatline_finding_point (FlatlineFinding *finding, FlatlineReference *reference);

/* Where to see what it waits for (transfer full). */
void
flatline_finding_take_resource (FlatlineFinding *finding, FlatlineReference *reference);

/* The system call of the thread, when it is in one; its state and use of a processor otherwise. */
void
flatline_finding_add_kernel_evidence (FlatlineFinding *finding);

/* That @frame is on the thread's stack. */
void
flatline_finding_add_frame_evidence (FlatlineFinding *finding, FlatlineFrame *frame);

/* --- flatline-references.c; each transfer full --- */

FlatlineReference *
flatline_reference_new_for_thread (FlatlineThread *thread);
FlatlineReference *
flatline_reference_new_for_process (FlatlineDiagnosis *diagnosis, gint64 pid);
FlatlineReference *
flatline_reference_new_for_lock (FlatlineLock *lock, const char *label);
FlatlineReference *
flatline_reference_new_for_task (FlatlineTask *task, gint64 pid, const char *label);
FlatlineReference *
flatline_reference_new_for_descriptor (const char *kind, gint64 pid, gint64 fd);
FlatlineReference *
flatline_reference_new_for_frame (FlatlineFrame *frame, gint64 pid);

/* --- flatline-diagnosis-index.c --- */

/* Fills the tables of @diagnosis from its snapshot. */
void
flatline_diagnosis_begin (FlatlineDiagnosis *diagnosis);
void
flatline_diagnosis_end (FlatlineDiagnosis *diagnosis);

/* The thread with @native_id, or NULL for 0 and for one that is not there. */
FlatlineThread *
flatline_diagnosis_find_thread (FlatlineDiagnosis *diagnosis, gint64 native_id);

/* The process with @pid in the snapshot's tree, or NULL; borrowed. */
FlatlineProcess *
flatline_diagnosis_find_process (FlatlineDiagnosis *diagnosis, gint64 pid);

/* "process 12 (sleep 100)". Transfer full. */
char *
flatline_diagnosis_dup_process_label (FlatlineDiagnosis *diagnosis, gint64 pid);

/* The thread that answers for process @pid: the only one it has; NULL when another of its threads might act as well. */
FlatlineThread *
flatline_diagnosis_find_only_thread (FlatlineDiagnosis *diagnosis, gint64 pid);

/* TRUE for a thread of another process than the one that was captured. */
gboolean
flatline_diagnosis_is_relative (FlatlineDiagnosis *diagnosis, FlatlineThread *thread);

/* Threads of the snapshot and of its relatives, one after the other; NULL after the last. */
FlatlineThread *
flatline_diagnosis_peek_thread (FlatlineDiagnosis *diagnosis, guint position);

/* --- flatline-program-names.c --- */

FlatlineValue *
flatline_frame_find_local (FlatlineFrame *frame, const char *name);
FlatlineValue *
flatline_value_find_child (FlatlineValue *value, const char *name);

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

/* The task of asyncio that has taken it and awaits something; NULL when none has. */
FlatlineTask *
flatline_diagnosis_find_lock_holding_task (
    FlatlineDiagnosis *diagnosis, FlatlineThread *waiting, const char *name, guint64 address, FlatlineFrame **frame);

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

/* --- flatline-rules-processor.c --- */

/* The thread that holds the GIL that @wanting needs, or NULL. */
FlatlineThread *
flatline_diagnosis_find_gil_holder (FlatlineDiagnosis *diagnosis, FlatlineThread *wanting);

/* --- flatline-task-facts.c --- */

/* "task ‘Task-3’ (serve)". Transfer full. */
char *
flatline_task_dup_label (FlatlineTask *task);

gboolean
flatline_task_is_pending (FlatlineTask *task);

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

/* What @finding tells of its thread becomes what @task does in the thread's loop. */
void
flatline_finding_tell_of_task (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineTask *task);

/* --- flatline-rules-threading.c --- */

/*
 * Waiting by a method of an object: "waits for queue ‘name’", the name by flatline_diagnosis_dup_object_name(). @named
 * is "queue ‘%s’" and @nameless "a queue", both translated. TRUE.
 */
gboolean
flatline_finding_settle_object (FlatlineDiagnosis *diagnosis,
                                FlatlineFinding *finding,
                                FlatlineFrame *call,
                                const char *kind,
                                const char *named,
                                const char *nameless,
                                const char *methods);

/* @format with the resource in it becomes what the thread does, @plain_format what it does plainly (NULL: the same). */
void
flatline_finding_reword (FlatlineFinding *finding, const char *format, const char *plain_format);

/* --- flatline-rules-descriptors.c --- */

typedef enum
{
  FLATLINE_DIRECTION_READ,
  FLATLINE_DIRECTION_WRITE,
} FlatlineDirection;

/* NULL when the capture does not know it; borrowed. */
FlatlineDescriptor *
flatline_diagnosis_find_descriptor (FlatlineDiagnosis *diagnosis, gint64 pid, gint64 fd);
FlatlineConnection *
flatline_diagnosis_find_connection (FlatlineDiagnosis *diagnosis, gint64 pid, gint64 fd);

/* Each settles @finding, with evidence and who has to act first. */
void
flatline_finding_settle_socket (FlatlineDiagnosis *diagnosis,
                                FlatlineFinding *finding,
                                FlatlineConnection *connection, /* NULL: not known */
                                FlatlineDirection direction,
                                FlatlineConfidence confidence);
void
flatline_finding_settle_pipe (FlatlineDiagnosis *diagnosis,
                              FlatlineFinding *finding,
                              FlatlineDescriptor *descriptor,
                              FlatlineDirection direction,
                              FlatlineConfidence confidence);
/* Adds the statement that the thread has sent to a database over this socket, when that is what it did. */
void
flatline_finding_note_statement (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);
void
flatline_finding_settle_input (FlatlineFinding *finding, FlatlineConfidence confidence, const char *what);

/* --- the rules --- */

/* flatline-rules-processor.c */
gboolean
flatline_rule_stopped (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
gboolean
flatline_rule_disk (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
gboolean
flatline_rule_gil_held (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
gboolean
flatline_rule_world_kept (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
gboolean
flatline_rule_gil_wanted (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
gboolean
flatline_rule_momentarily_running (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);

/* flatline-rules-busy.c */
gboolean
flatline_rule_busy (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);

/* flatline-rules-crash.c */
gboolean
flatline_rule_crash (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);

/* flatline-rules-children.c */
/* The only child of @pid that lives, when there is only one; 0 otherwise. */
gint64
flatline_diagnosis_find_only_child (FlatlineDiagnosis *diagnosis, gint64 pid);
/* Waiting for the end of process @pid. */
void
flatline_finding_settle_process (FlatlineDiagnosis *diagnosis,
                                 FlatlineFinding *finding,
                                 gint64 pid,
                                 FlatlineConfidence confidence);
/* Waiting for process @pid to print something in a terminal whose other side the finding's process has. */
void
flatline_finding_settle_terminal (FlatlineDiagnosis *diagnosis,
                                  FlatlineFinding *finding,
                                  gint64 pid,
                                  FlatlineConfidence confidence);
gboolean
flatline_rule_child_start (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
gboolean
flatline_rule_child (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);

/* flatline-rules-threading.c */
gboolean
flatline_rule_join (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
gboolean
flatline_rule_queue (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
gboolean
flatline_rule_semaphore (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
gboolean
flatline_rule_event (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
gboolean
flatline_rule_condition (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);

/* flatline-rules-futures.c */
gboolean
flatline_rule_future (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);

/* flatline-rules-workers.c */
gboolean
flatline_rule_pool_thread (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
/* Notes which worker processes may compute @future (NULL: not known which one is waited for); TRUE when there are any.
 */
gboolean
flatline_finding_follow_processes (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineValue *future);
/* The same for the job of a multiprocessing.Pool whose method @call waits. */
void
flatline_finding_follow_job (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineFrame *call);
/* Decides which worker each finding waits for, once all findings are made. */
void
flatline_diagnosis_choose_workers (FlatlineDiagnosis *diagnosis);

/* flatline-rules-handlers.c */
/* Adds who does not come back from its work to what is said of a thread that only waits for more of it. */
void
flatline_diagnosis_note_stuck_handler (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);
/* Tells when @connection, on which the finding's thread waits, leads to the server that has called it. */
void
flatline_finding_note_own_server (FlatlineDiagnosis *diagnosis,
                                  FlatlineFinding *finding,
                                  FlatlineConnection *connection);

/* flatline-rules-locks.c */
gboolean
flatline_rule_import (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
gboolean
flatline_rule_lock (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
gboolean
flatline_rule_unlisted_lock (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
/* The lock that the capture lists @thread as a waiter of; NULL when there is none. Borrowed. */
FlatlineLock *
flatline_diagnosis_find_awaited_lock (FlatlineDiagnosis *diagnosis, FlatlineThread *thread);

/* flatline-rules-native-locks.c */
/* The same of a mutex of the C library. */
FlatlineLock *
flatline_diagnosis_find_awaited_mutex (FlatlineDiagnosis *diagnosis, FlatlineThread *thread);
/* @mutex becomes what @finding waits for, and its owner who has to act. */
void
flatline_finding_hold_mutex (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineLock *mutex);
gboolean
flatline_rule_mutex (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
gboolean
flatline_rule_native_lock (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);

/* flatline-rules-descriptors.c */
gboolean
flatline_rule_descriptor (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);

/* flatline-rules-polls.c */
gboolean
flatline_rule_socket_poll (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
gboolean
flatline_rule_terminal_poll (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
gboolean
flatline_rule_plain_poll (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);

gboolean
flatline_rule_ipc (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);

/* flatline-rules-files.c */
gboolean
flatline_rule_file (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
gboolean
flatline_rule_database (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);

/* flatline-rules-loops.c */
gboolean
flatline_rule_sleep (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
gboolean
flatline_rule_signal (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
gboolean
flatline_rule_idle (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);

/* flatline-rules-tasks.c */
/* Waiting of the first greenlet of the finding's thread, whose hub, a @loop, has nothing to do; FALSE when none is
 * known.
 */
gboolean
flatline_finding_settle_greenlet (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, const char *loop);
gboolean
flatline_rule_async (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);

/* flatline-rules-packages.c */
gboolean
flatline_rule_remote_call (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
/* Tells for the result of which task of Celery the finding's thread waits so. */
void
flatline_finding_note_task_result (FlatlineFinding *finding);
gboolean
flatline_rule_pool (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);
/* Names the package that waits, and the program's call of it, when nothing else was said aside. */
void
flatline_finding_note_package (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);

/*
 * The package that the thread waits in; @is_program: no code of the program's own has called it, it is what was run.
 * Transfer full, NULL when it is in none.
 */
char *
flatline_thread_dup_package (FlatlineThread *thread, gboolean *is_program);

/* flatline-task-mishaps.c */
/* TRUE when the loop of the finding's thread sleeps over something that is ready: nobody woke it for that. */
gboolean
flatline_finding_settle_unwoken (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);
/*
 * Where a task waits for what only another one can do: tells of those that ended by an exception, as far as variables of
 * waiting tasks still have them.
 */
void
flatline_finding_note_failed_tasks (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);

/* flatline-task-peers.c */
/* TRUE when the loop of @thread waits for clients, too. */
gboolean
flatline_diagnosis_is_server (FlatlineDiagnosis *diagnosis, FlatlineThread *thread);
/* TRUE when @task waits for a child process, a thread or a peer; @finding is told then. */
gboolean
flatline_finding_settle_outside (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineTask *task);

/* --- flatline-rules-imports.c --- */

/* Adds the chain of imports to what is said of a thread that waits in one. */
void
flatline_finding_note_import (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);
/* Whether a program that is at its start waits in an import in which it should not. */
gboolean
flatline_finding_is_stuck_import (FlatlineDiagnosis *diagnosis, const FlatlineFinding *finding);

/* flatline-rules-phases.c: not why, but when. Change a finding that another rule made. */
void
flatline_finding_note_loop (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);
void
flatline_finding_note_greenlets (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);
void
flatline_finding_note_shutdown (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);
void
flatline_finding_note_startup (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);

/* Adds the threads that a program waits for at its end, or that are left then, once all findings are made. */
void
flatline_diagnosis_list_living (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);

/* flatline-rules-ends.c: the last word, about what has ended. */
void
flatline_diagnosis_judge_end (FlatlineSnapshot *snapshot);

/* --- flatline-verdict-words.c --- */

/* Writes the verdict about @finding, followed along its holders, which lead to a @circle of waiting; NULL: to none. */
FlatlineVerdict *
flatline_diagnosis_word_verdict (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineFinding *circle);

/* The finding about the thread that @finding waits for, or NULL. */
FlatlineFinding *
flatline_diagnosis_find_holder (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);

/* --- flatline-all-asleep.c --- */

/* Makes the circle that @circle is in certain when its process has no thread left that could break it. */
void
flatline_diagnosis_prove_circle (FlatlineDiagnosis *diagnosis, FlatlineFinding *circle);

/*
 * Makes a certain deadlock of waiting for a lock without a known holder when no thread is left that could release it,
 * and says of a loop's task that nothing is left that could end its wait; also of whom @finding waits for.
 */
void
flatline_diagnosis_prove_forsaken (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);

/* "lock ‘a’ held by MainThread"; @holder NULL: by itself. Transfer full. */
char *
flatline_dup_held_by (const char *what, const char *holder);

/* "waits for lock ‘a’ held by MainThread": `does` with the holder. Transfer full. */
char *
flatline_diagnosis_dup_deed (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);

G_END_DECLS
