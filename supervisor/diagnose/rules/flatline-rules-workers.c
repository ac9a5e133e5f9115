/* SPDX-License-Identifier: MIT */
/*
 * Results that worker processes have to give: those of a multiprocessing.Pool, of a ProcessPoolExecutor, and of pools
 * made after it. Jobs are numbered, and the worker that has one keeps its number as long as it is at it: so the wait of
 * one process goes on in the one that computes. What none of them has is lost, or cannot begin.
 *
 * Rules look at one thread after the other, so a rule only notes whose work is waited for; which of several workers is
 * told is decided when all that they wait for is known (flatline-rules-chosen-workers.c).
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <string.h>

#define POOL_FILE "multiprocessing/pool.py"

typedef enum
{
  WORKER_IDLE,
  WORKER_STARTING, /* its initializer is not over */
  WORKER_AT_WORK,
} WorkerState;

/* A frame of an executor; one that was made after the one of concurrent.futures kept the names of its parts. */
static FlatlineFrame *
find_executor_frame (FlatlineThread *thread, const char *functions)
{
  FlatlineFrame *frame = flatline_thread_find_frame (thread, "process.py", functions);

  return frame ? frame : flatline_thread_find_frame (thread, "process_executor.py", functions);
}

/* The loop of a worker process. */
static FlatlineFrame *
find_worker_loop (FlatlineThread *thread)
{
  FlatlineFrame *loop = flatline_thread_find_frame (thread, POOL_FILE, "worker");

  if (!loop)
    loop = find_executor_frame (thread, "_process_worker");
  return loop && (flatline_frame_find_local (loop, "call_queue") || flatline_frame_find_local (loop, "inqueue")) ? loop
                                                                                                                 : NULL;
}

/* What the worker has been given: the tuple of a Pool is taken apart, the one of an executor is not. */
static FlatlineValue *
find_job (FlatlineFrame *loop)
{
  FlatlineValue *job = flatline_frame_find_local (loop, "job");

  if (!job)
    job = flatline_value_find_child (flatline_frame_find_local (loop, "call_item"), "work_id");
  return job && job->text && g_ascii_isdigit (job->text[0]) ? job : NULL;
}

static WorkerState
state_of (FlatlineThread *thread, FlatlineFrame *loop)
{
  FlatlineFrame *called = flatline_thread_find_called (thread, loop);

  if (!called || (g_strcmp0 (called->function, "get") == 0 && called->file && strstr (called->file, "/queues.py")))
    return WORKER_IDLE;
  return find_job (loop) || flatline_frame_find_local (loop, "call_item") ? WORKER_AT_WORK : WORKER_STARTING;
}

/*
 * TRUE for the main thread of a process that multiprocessing has made for @waiting. Who forked it may be a server, as
 * is usual from 3.14 on; the process object keeps the parent it was made for.
 */
static gboolean
is_worker_of (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineThread *waiting)
{
  FlatlineProcess *process;
  FlatlineValue *parent;

  if (!thread->is_main || thread->pid == waiting->pid || !find_worker_loop (thread))
    return FALSE;
  process = flatline_diagnosis_find_process (diagnosis, thread->pid);
  if (process && process->ppid == waiting->pid)
    return TRUE;
  parent = flatline_value_find_child (
      flatline_frame_find_local (flatline_thread_find_frame (thread, "process.py", "_bootstrap"), "self"),
      "_parent_pid");
  return !parent || !parent->text || g_ascii_strtoll (parent->text, NULL, 10) == waiting->pid;
}

static gboolean
is_of_executor (FlatlineThread *thread)
{
  return flatline_frame_find_local (find_worker_loop (thread), "call_queue") != NULL;
}

/* The workers of @waiting's process, transfer container. */
static GPtrArray *
list_workers (FlatlineDiagnosis *diagnosis, FlatlineThread *waiting, gboolean of_executor)
{
  GPtrArray *workers = g_ptr_array_new ();
  FlatlineThread *thread;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    if (is_worker_of (diagnosis, thread, waiting) && is_of_executor (thread) == of_executor)
      g_ptr_array_add (workers, thread);
  return workers;
}

static guint
count_in_state (GPtrArray *workers, WorkerState state)
{
  guint n = 0;

  for (guint i = 0; i < workers->len; i++)
    n += state_of (g_ptr_array_index (workers, i), find_worker_loop (g_ptr_array_index (workers, i))) == state;
  return n;
}

static void
drop_in_state (GPtrArray *workers, WorkerState state)
{
  for (guint i = workers->len; i > 0; i--)
    {
      FlatlineThread *worker = g_ptr_array_index (workers, i - 1);

      if (state_of (worker, find_worker_loop (worker)) == state)
        g_ptr_array_remove_index (workers, i - 1);
    }
}

/* Those that have job @number, which a pool takes apart for several. */
static void
keep_with_job (GPtrArray *workers, gint64 number)
{
  for (guint i = workers->len; i > 0; i--)
    {
      FlatlineValue *job = find_job (find_worker_loop (g_ptr_array_index (workers, i - 1)));

      if (!job || g_ascii_strtoll (job->text, NULL, 10) != number)
        g_ptr_array_remove_index (workers, i - 1);
    }
}

/* --- the threads of the waiting process that serve the pool --- */

/* The object of the thread that serves an executor, found by its table of what is not done. */
static FlatlineValue *
find_executor_of (FlatlineThread *thread)
{
  FlatlineValue *self = flatline_frame_find_local (find_executor_frame (thread, "run"), "self");

  return flatline_value_find_child (self, "pending_work_items") ? self : NULL;
}

static gboolean
brings_results (FlatlineThread *thread)
{
  return flatline_thread_find_frame (thread, POOL_FILE, "_handle_results") || find_executor_of (thread);
}

static gboolean
is_in_own_code (FlatlineThread *thread)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);

  return place && flatline_frame_is_own (place);
}

/*
 * The thread that has to bring the results, kept by code of the program's own: a callback, or an object that is made
 * anew from its pickle.
 */
static FlatlineThread *
find_kept_bringer (FlatlineDiagnosis *diagnosis, FlatlineThread *waiting, gboolean of_executor)
{
  FlatlineThread *thread;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    if (thread->pid == waiting->pid && thread != waiting && brings_results (thread)
        && (find_executor_of (thread) != NULL) == of_executor && is_in_own_code (thread))
      return thread;
  return NULL;
}

/* The number in the executor's table under which @future is; -1 when it is in none. @executor: whose table. */
static gint64
number_of_future (FlatlineDiagnosis *diagnosis, FlatlineThread *waiting, guint64 future, FlatlineValue **executor)
{
  FlatlineThread *thread;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      FlatlineValue *self = thread->pid == waiting->pid ? find_executor_of (thread) : NULL;
      FlatlineValue *items = flatline_value_find_child (self, "pending_work_items");

      for (guint j = 0; items && j < flatline_list_length (items->children); j++)
        {
          FlatlineValue *item = flatline_list_peek (items->children, j);
          FlatlineValue *its_future = flatline_value_find_child (item, "future");

          if (!its_future || its_future->address != future || !item->name || item->name[0] != '[')
            continue;
          *executor = self;
          return g_ascii_strtoll (item->name + 1, NULL, 10);
        }
    }
  return -1;
}

/* Those that the table of @executor has; all when it is not known. */
static void
keep_of_executor (GPtrArray *workers, FlatlineValue *executor)
{
  FlatlineValue *processes = flatline_value_find_child (executor, "processes");

  for (guint i = workers->len; processes && flatline_list_length (processes->children) > 0 && i > 0; i--)
    {
      FlatlineThread *worker = g_ptr_array_index (workers, i - 1);
      g_autofree char *key = g_strdup_printf ("[%" G_GINT64_FORMAT "]", worker->pid);

      if (!flatline_value_find_child (processes, key))
        g_ptr_array_remove_index (workers, i - 1);
    }
}

/* --- what is waited for --- */

static gboolean
follow_bringer (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, gboolean of_executor)
{
  FlatlineThread *bringer = find_kept_bringer (diagnosis, finding->thread, of_executor);
  g_autofree char *label = NULL;

  if (!bringer)
    return FALSE;
  label = flatline_thread_dup_label (bringer);
  finding->holder = bringer->native_id;
  finding->names_holder = TRUE;
  /* Translators: "waits for job of process pool ‘p’", a thread */
  flatline_finding_extend (finding, g_strdup_printf (_ ("%s, which has to be brought by %s"), finding->does, label));
  flatline_finding_add_evidence (finding, _ ("the threads of the pool"), _ ("%s takes the results from the workers"),
                                 label);
  flatline_finding_point (finding, flatline_reference_new_for_thread (bringer));
  return TRUE;
}

/*
 * Workers without work wait in turn: one for the pipe, the others for the lock around it. Where all are at the lock,
 * its owner was killed. Transitions are short, so they must stand still.
 */
static gboolean
all_wait_for_lost_lock (GPtrArray *workers)
{
  for (guint i = 0; i < workers->len; i++)
    {
      FlatlineThread *worker = g_ptr_array_index (workers, i);

      if (state_of (worker, find_worker_loop (worker)) != WORKER_IDLE || !flatline_thread_in_syscall (worker, "futex")
          || !flatline_thread_waits_for_ever (worker)
          || !flatline_thread_find_frame (worker, "multiprocessing/queues.py", "get"))
        return FALSE;
    }
  return workers->len > 0;
}

static gboolean
follow_lost_lock (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, GPtrArray *workers)
{
  if (!all_wait_for_lost_lock (workers) || !flatline_thread_stands_still (finding->thread))
    return FALSE;
  /* Translators: "waits for job of process pool ‘p’" */
  flatline_finding_extend (
      finding, g_strdup_printf (_ ("%s, which no worker can take: the lock of their queue was taken by one that "
                                   "has died"),
                                finding->does));
  for (guint i = 0; i < MIN (workers->len, FLATLINE_MAX_NAMED_WORKERS); i++)
    {
      FlatlineThread *worker = g_ptr_array_index (workers, i);
      g_autofree char *label = flatline_thread_dup_label (worker);

      flatline_finding_add_evidence (finding, _ ("the workers on their stacks"),
                                     _ ("%s waits for the lock of the queue, none waits for work"), label);
      flatline_finding_point (finding, flatline_reference_new_for_process (diagnosis, worker->pid));
    }
  return TRUE;
}

/* Takes @workers over: what they do decides how it goes on. */
static void
note_workers (FlatlineFinding *finding, GPtrArray *workers, FlatlineWorkersPart part)
{
  g_clear_pointer (&finding->workers, g_ptr_array_unref);
  finding->workers = g_ptr_array_ref (workers);
  finding->workers_part = part;
}

gboolean
flatline_finding_follow_processes (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineValue *future)
{
  g_autoptr (GPtrArray) workers = list_workers (diagnosis, finding->thread, TRUE);
  FlatlineValue *executor = NULL;
  const gint64 number = future ? number_of_future (diagnosis, finding->thread, future->address, &executor) : -1;

  if (workers->len == 0)
    return FALSE;
  keep_of_executor (workers, executor);
  if (follow_bringer (diagnosis, finding, TRUE) || follow_lost_lock (diagnosis, finding, workers))
    return TRUE;
  if (number >= 0)
    {
      g_autoptr (GPtrArray) at_it = g_ptr_array_copy (workers, NULL, NULL);

      keep_with_job (at_it, number);
      if (at_it->len > 0)
        {
          note_workers (finding, at_it, FLATLINE_WORKERS_COMPUTE);
          return TRUE;
        }
    }
  if (workers->len > 0 && count_in_state (workers, WORKER_STARTING) == workers->len)
    note_workers (finding, workers, FLATLINE_WORKERS_START);
  else if (number >= 0 && count_in_state (workers, WORKER_AT_WORK) == workers->len)
    note_workers (finding, workers, FLATLINE_WORKERS_ARE_BUSY);
  else
    {
      drop_in_state (workers, WORKER_IDLE);
      note_workers (finding, workers, workers->len == 1 ? FLATLINE_WORKERS_COMPUTE : FLATLINE_WORKERS_MAY_COMPUTE);
    }
  return finding->workers->len > 0;
}

/* The number in the name that multiprocessing gave the process of @thread: 3 of 'ForkPoolWorker-3'; 0 unknown. */
static gint64
number_of_worker (FlatlineThread *thread)
{
  FlatlineFrame *bootstrap = flatline_thread_find_frame (thread, "multiprocessing/process.py", "_bootstrap");
  FlatlineValue *name = flatline_value_find_child (flatline_frame_find_local (bootstrap, "self"), "_name");
  const char *dash = name && name->text ? strrchr (name->text, '-') : NULL;

  return dash ? g_ascii_strtoll (dash + 1, NULL, 10) : 0;
}

/*
 * multiprocessing.Pool puts a new worker in the place of one that died, and forgets what that one did. Workers are
 * numbered: a number beyond how many there are is a new one. A limit of tasks makes new ones, too.
 */
static void
note_lost_job (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, GPtrArray *workers)
{
  FlatlineThread *newest = NULL;
  gint64 highest = 0;
  g_autofree char *label = NULL;

  for (guint i = 0; i < workers->len; i++)
    {
      FlatlineThread *worker = g_ptr_array_index (workers, i);
      FlatlineValue *limit = flatline_frame_find_local (find_worker_loop (worker), "maxtasks");

      if (!limit || g_strcmp0 (limit->text, "None") != 0)
        return;
      if (number_of_worker (worker) > highest)
        {
          highest = number_of_worker (worker);
          newest = worker;
        }
    }
  if (highest <= workers->len || !flatline_thread_stands_still (finding->thread))
    return;
  label = flatline_thread_dup_label (newest);
  /* Translators: "waits for job of process pool ‘p’" */
  flatline_finding_extend (
      finding,
      g_strdup_printf (_ ("%s, which may be lost: no worker is at work, and one seems to have died"), finding->does));
  flatline_finding_add_evidence (finding, _ ("the workers on their stacks"), /* Translators: a process, two numbers */
                                 _ ("%s is worker number %d of a pool of %d: it may have replaced another"), label,
                                 (int)highest, (int)workers->len);
  flatline_finding_point (finding, flatline_reference_new_for_process (diagnosis, newest->pid));
}

/* A result that cannot be made from its pickle ends the thread that reads them; all that come after stay in the pipe.
 */
static gboolean
follow_ended_bringer (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread;
  gboolean is_served = FALSE;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      if (thread->pid != finding->thread->pid)
        continue;
      if (thread->incomplete || flatline_thread_find_frame (thread, POOL_FILE, "_handle_results"))
        return FALSE;
      is_served |= flatline_thread_find_frame (thread, POOL_FILE, "_handle_workers") != NULL;
    }
  if (!is_served)
    return FALSE;
  /* Translators: "waits for job of process pool ‘p’" */
  flatline_finding_extend (
      finding, g_strdup_printf (_ ("%s, which will never come: the pool’s thread that takes the results from the "
                                   "workers has ended (an exception or a result that could not be unpickled "
                                   "does that)"),
                                finding->does));
  flatline_finding_add_evidence (finding, _ ("the threads of the pool"),
                                 _ ("There is a thread in _handle_workers, but none in _handle_results"));
  return TRUE;
}

void
flatline_finding_follow_job (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineFrame *call)
{
  g_autoptr (GPtrArray) workers = list_workers (diagnosis, finding->thread, FALSE);
  g_autoptr (GPtrArray) at_it = g_ptr_array_copy (workers, NULL, NULL);
  FlatlineValue *number = flatline_value_find_child (flatline_frame_find_local (call, "self"), "_job");

  if (follow_bringer (diagnosis, finding, FALSE) || follow_ended_bringer (diagnosis, finding)
      || follow_lost_lock (diagnosis, finding, workers))
    return;
  if (number && number->text)
    keep_with_job (at_it, g_ascii_strtoll (number->text, NULL, 10));
  else
    drop_in_state (at_it, WORKER_IDLE);
  if (at_it->len > 0)
    note_workers (finding, at_it, FLATLINE_WORKERS_COMPUTE);
  else if (workers->len > 0 && count_in_state (workers, WORKER_STARTING) == workers->len)
    note_workers (finding, workers, FLATLINE_WORKERS_START);
  else if (workers->len > 0 && count_in_state (workers, WORKER_AT_WORK) == workers->len)
    note_workers (finding, workers, FLATLINE_WORKERS_ARE_BUSY);
  else if (count_in_state (workers, WORKER_IDLE) == workers->len)
    note_lost_job (diagnosis, finding, workers);
}

/*
 * The threads that serve a pool are idle as long as its workers are at work. Who joins one of them, or the pool, waits
 * for those workers.
 */
gboolean
flatline_rule_pool_thread (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  const gboolean of_executor = find_executor_of (thread) != NULL;
  g_autoptr (GPtrArray) workers = NULL;

  if ((!of_executor && !flatline_thread_find_frame (thread, POOL_FILE, "_handle_workers _handle_tasks _handle_results"))
      || is_in_own_code (thread))
    return FALSE;
  workers = list_workers (diagnosis, thread, of_executor);
  if (of_executor)
    keep_of_executor (workers, find_executor_of (thread));
  if (workers->len == 0)
    return FALSE;
  flatline_finding_settle (finding, "idle", FLATLINE_CONFIDENCE_LIKELY, g_strdup (_ ("serves a process pool")));
  drop_in_state (workers, WORKER_IDLE);
  if (workers->len == 0)
    return TRUE;
  finding->resource = g_strdup (_ ("the work of worker processes"));
  note_workers (finding, workers, FLATLINE_WORKERS_ARE_SERVED);
  return TRUE;
}
