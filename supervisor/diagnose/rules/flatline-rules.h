/* SPDX-License-Identifier: MIT */
/*
 * Private to diagnose/. The rules, by file, and what they have from each other. Which one is asked before which other
 * is in flatline-diagnose.c.
 */
#pragma once

#include "flatline-diagnosis.h"

G_BEGIN_DECLS

/* TRUE when the rule knows why @thread does not go on; it has filled @finding then and left it alone otherwise. */
typedef gboolean
FlatlineRule (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding);

/* --- flatline-rules-processor.c --- */

FlatlineRule flatline_rule_stopped, flatline_rule_disk, flatline_rule_gil_held, flatline_rule_world_kept,
    flatline_rule_gil_wanted, flatline_rule_momentarily_running;

/* The thread that holds the GIL that @wanting needs, or NULL. */
FlatlineThread *
flatline_diagnosis_find_gil_holder (FlatlineDiagnosis *diagnosis, FlatlineThread *wanting);

/* --- flatline-rules-threading.c --- */

FlatlineRule flatline_rule_join, flatline_rule_queue, flatline_rule_semaphore, flatline_rule_event,
    flatline_rule_condition;

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

FlatlineRule flatline_rule_descriptor, flatline_rule_ipc;

#define FLATLINE_READING_CALLS   "read readv pread64 preadv recvfrom recvmsg recvmmsg"
#define FLATLINE_WRITING_CALLS   "write writev pwrite64 pwritev sendto sendmsg sendmmsg sendfile"
#define FLATLINE_ACCEPTING_CALLS "accept accept4"

typedef enum
{
  FLATLINE_DIRECTION_READ,
  FLATLINE_DIRECTION_WRITE,
} FlatlineDirection;

/* Settles @finding with evidence: it waits for input from @what, "the terminal" and the like, translated. */
void
flatline_finding_settle_input (FlatlineFinding *finding, FlatlineConfidence confidence, const char *what);

/* --- flatline-socket-waits.c --- */

/* Settles @finding, with evidence and who has to act first. @connection NULL: not known. */
void
flatline_finding_settle_socket (FlatlineDiagnosis *diagnosis,
                                FlatlineFinding *finding,
                                FlatlineConnection *connection,
                                FlatlineDirection direction,
                                FlatlineConfidence confidence);

/* --- flatline-pipe-waits.c --- */

/* The same at a pipe. */
void
flatline_finding_settle_pipe (FlatlineDiagnosis *diagnosis,
                              FlatlineFinding *finding,
                              FlatlineDescriptor *descriptor,
                              FlatlineDirection direction,
                              FlatlineConfidence confidence);
/* Who is at the other end acts first; through its only thread the chain goes on. 0: not known. */
void
flatline_finding_set_peer (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, gint64 peer_pid);

/* --- flatline-asked-questions.c: change what a finding says that waits for an answer. --- */

/* Adds the statement that the thread has sent to a database over this socket, when that is what it did. */
void
flatline_finding_note_statement (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);
/* Adds what a proxy of multiprocessing has asked of its manager, when that is what it did. */
void
flatline_finding_note_manager (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);

/* --- flatline-rules-busy.c --- */

FlatlineRule flatline_rule_gil_unasked, flatline_rule_busy;

/* --- flatline-rules-crash.c --- */

FlatlineRule flatline_rule_crash;

/* --- flatline-rules-children.c --- */

FlatlineRule flatline_rule_child_start, flatline_rule_child;

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

/* --- flatline-rules-futures.c --- */

FlatlineRule flatline_rule_future;

/* --- flatline-rules-workers.c --- */

FlatlineRule flatline_rule_pool_thread;

/* Notes which worker processes may compute @future (NULL: not known which one is waited for); TRUE when there are any.
 */
gboolean
flatline_finding_follow_processes (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineValue *future);
/* The same for the job of a multiprocessing.Pool whose method @call waits. */
void
flatline_finding_follow_job (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineFrame *call);

/* --- flatline-rules-chosen-workers.c --- */

/* Evidence is read by people. */
#define FLATLINE_MAX_NAMED_WORKERS 8

/* Decides which worker each finding waits for, once all findings are made. */
void
flatline_diagnosis_choose_workers (FlatlineDiagnosis *diagnosis);

/* --- flatline-rules-handlers.c --- */

/* Adds who does not come back from its work to what is said of a thread that only waits for more of it. */
void
flatline_diagnosis_note_stuck_handler (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);
/* Tells when @connection, on which the finding's thread waits, leads to the server that has called it. */
void
flatline_finding_note_own_server (FlatlineDiagnosis *diagnosis,
                                  FlatlineFinding *finding,
                                  FlatlineConnection *connection);

/* --- flatline-rules-locks.c --- */

FlatlineRule flatline_rule_import, flatline_rule_lock, flatline_rule_unlisted_lock;

/* The lock that the capture lists @thread as a waiter of; NULL when there is none. Borrowed. */
FlatlineLock *
flatline_diagnosis_find_awaited_lock (FlatlineDiagnosis *diagnosis, FlatlineThread *thread);

/* Tells that a process that has ended had taken @lock, which the program calls @name, and took it along. */
void
flatline_finding_tell_forsaken (FlatlineDiagnosis *diagnosis,
                                FlatlineFinding *finding,
                                FlatlineLock *lock,
                                const char *name);

/* --- flatline-rules-process-queues.c --- */

FlatlineRule flatline_rule_process_queue;

/* --- flatline-rules-native-locks.c --- */

FlatlineRule flatline_rule_mutex, flatline_rule_native_lock;

/* The same of a mutex of the C library. */
FlatlineLock *
flatline_diagnosis_find_awaited_mutex (FlatlineDiagnosis *diagnosis, FlatlineThread *thread);
/* @mutex becomes what @finding waits for, and its owner who has to act. */
void
flatline_finding_hold_mutex (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineLock *mutex);

/* --- flatline-rules-polls.c --- */

FlatlineRule flatline_rule_socket_poll, flatline_rule_terminal_poll, flatline_rule_plain_poll;

/* --- flatline-rules-files.c --- */

FlatlineRule flatline_rule_file, flatline_rule_database, flatline_rule_lock_file;

/* --- flatline-rules-loops.c --- */

FlatlineRule flatline_rule_sleep, flatline_rule_signal, flatline_rule_idle;

/* --- flatline-rules-tasks.c --- */

FlatlineRule flatline_rule_async;

/* --- flatline-task-obstacles.c --- */

/*
 * TRUE when a task of the loop of the finding's thread waits for what only another task can end, which is told then.
 * @in_libraries: the lock or event is a library's own, which is told only when nothing else is known.
 */
gboolean
flatline_finding_settle_obstacle (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, gboolean in_libraries);
/* TRUE when tasks of that loop each have a lock of asyncio which another one waits for; it is told then. */
gboolean
flatline_finding_settle_lock_circle (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);

/* --- flatline-rules-greenlets.c --- */

/* What the greenlets of the finding's thread wait for, whose hub has nothing to do; FALSE when that is not known. */
gboolean
flatline_finding_settle_greenlet (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);

/* --- flatline-rules-packages.c --- */

FlatlineRule flatline_rule_remote_call, flatline_rule_pool;

/* Tells for the result of which task of Celery the finding's thread waits so. */
void
flatline_finding_note_task_result (FlatlineFinding *finding);
/* Names the package that waits, and the program's call of it, when nothing else was said aside. */
void
flatline_finding_note_package (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);

/*
 * The package that the thread waits in; @is_program: no code of the program's own has called it, it is what was run.
 * Transfer full, NULL when it is in none.
 */
char *
flatline_thread_dup_package (FlatlineThread *thread, gboolean *is_program);
/*
 * "waits until the pool QueuePool of sqlalchemy has …" for a stack of @n_frames that a pool of a package keeps from
 * @place, the program's own code; NULL: no pool does. @pool: the method that does not return. Transfer full.
 */
char *
flatline_diagnosis_dup_pool_deed (
    FlatlineDiagnosis *diagnosis, GListStore *frames, FlatlineFrame *place, FlatlineFrame **pool, char **resource);

/* --- flatline-task-mishaps.c --- */

/* TRUE when the loop of the finding's thread sleeps over something that is ready: nobody woke it for that. */
gboolean
flatline_finding_settle_unwoken (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);
/*
 * Where a task waits for what only another one can do: tells of those that ended by an exception, as far as variables
 * of waiting tasks still have them.
 */
void
flatline_finding_note_failed_tasks (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);

/* --- flatline-task-peers.c --- */

/* TRUE when the loop of @thread waits for clients, too. */
gboolean
flatline_diagnosis_is_server (FlatlineDiagnosis *diagnosis, FlatlineThread *thread);
/* TRUE when @task waits for a child process, a thread or a peer; @finding is told then. */
gboolean
flatline_finding_settle_outside (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineTask *task);

/* --- flatline-rules-loops.c --- */

/* TRUE for source text that gives the thread to a loop. NULL is none. */
gboolean
flatline_source_enters_loop (const char *text);

/* Evidence of what the @condition of a loop in @frame looks at: "‘done’ is False". */
void
flatline_finding_add_condition_values (FlatlineFinding *finding, FlatlineFrame *frame, const char *condition);

/* --- flatline-queue-takers.c --- */

/* Tells of the only thread that takes from @queue, which is full and which the finding waits for; NULL: not known. */
void
flatline_finding_note_taker (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineValue *queue);

/* --- flatline-abort-words.c --- */

/* Why the program gave up, as the newest line of @output that says so has it; NULL none. Transfer full. */
char *
flatline_output_dup_abort_words (const char *output);

/* --- flatline-crash-place.c --- */

typedef struct
{
  FlatlineFrame *native; /* the function to name; NULL: the line of Python says it all */
  FlatlineFrame *called; /* of the C library, in which it gave up, such as free(); NULL none */
} FlatlineCrashPlace;

/* For a thread that a signal ended. Borrowed. */
FlatlineCrashPlace
flatline_thread_find_crash_place (FlatlineThread *thread);

/* --- flatline-rules-imports.c --- */

/* Adds the chain of imports to what is said of a thread that waits in one. */
void
flatline_finding_note_import (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding);
/* Whether a program that is at its start waits in an import in which it should not. */
gboolean
flatline_finding_is_stuck_import (FlatlineDiagnosis *diagnosis, const FlatlineFinding *finding);

/* --- flatline-rules-phases.c: not why, but when. Change a finding that another rule made. --- */

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

G_END_DECLS
