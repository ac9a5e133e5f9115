/* SPDX-License-Identifier: MIT */
/*
 * Rules about results that somebody else has to give: futures of thread and process pools, jobs of a multiprocessing
 * pool, and the answer of a coroutine that was handed to a loop. A future that runs is on the stack of the worker that
 * runs it; one that has not begun waits for a worker to become free. Workers that are processes:
 * flatline-rules-workers.c.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <string.h>

#define WORKER_FILE "concurrent/futures/thread.py"

/* The future of the work item that @thread runs, or NULL; from 3.14 on its run() is called by another run(). */
static FlatlineValue *
find_future_on_stack (FlatlineThread *thread)
{
  for (guint i = 0; i < flatline_thread_count_frames (thread); i++)
    {
      FlatlineFrame *frame = flatline_thread_peek_frame (thread, i);
      FlatlineValue *future;

      if (g_strcmp0 (frame->function, "run") != 0 || !frame->file || !g_str_has_suffix (frame->file, WORKER_FILE))
        continue;
      future = flatline_value_find_child (flatline_frame_find_local (frame, "self"), "future");
      if (future)
        return future;
    }
  return NULL;
}

/* The thread with a work item on its stack that will set @future. */
static FlatlineThread *
find_runner (FlatlineDiagnosis *diagnosis, FlatlineThread *waiting, guint64 future)
{
  for (guint i = 0; future && i < flatline_list_length (diagnosis->snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (diagnosis->snapshot->threads, i);
      FlatlineValue *its_future = thread->pid == waiting->pid ? find_future_on_stack (thread) : NULL;

      if (its_future && its_future->address == future)
        return thread;
    }
  return NULL;
}

static guint64
queue_of_worker (FlatlineThread *thread)
{
  FlatlineFrame *worker = flatline_thread_find_frame (thread, WORKER_FILE, "_worker");
  FlatlineValue *queue = flatline_frame_find_local (worker, "work_queue");

  return queue ? queue->address : 0;
}

/*
 * A future that has not begun, waited for by a worker of a pool all of whose workers are at work: it is behind them in
 * their queue. Only when there is but one pool is it sure to be this one's.
 */
static FlatlineThread *
find_busy_worker (FlatlineDiagnosis *diagnosis, FlatlineThread *waiting)
{
  const guint64 queue = queue_of_worker (waiting);
  FlatlineThread *other = NULL;
  gboolean one_pool = TRUE;

  for (guint i = 0; queue && i < flatline_list_length (diagnosis->snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (diagnosis->snapshot->threads, i);
      const guint64 its_queue = queue_of_worker (thread);

      if (its_queue == 0)
        continue;
      one_pool &= its_queue == queue;
      /* A worker without an item is free to take the future. */
      if (!flatline_thread_find_frame (thread, WORKER_FILE, "run"))
        return NULL;
      if (thread != waiting && !other)
        other = thread;
    }
  if (!queue || !one_pool)
    return NULL;
  return other ? other : waiting;
}

/* asyncio.run_coroutine_threadsafe() chains the future to a task of the loop by a callback of this name. */
static gboolean
is_chained_to_loop (FlatlineValue *future)
{
  FlatlineValue *callbacks = flatline_value_find_child (future, "_done_callbacks");

  if (callbacks && callbacks->text && strstr (callbacks->text, "_chain_future"))
    return TRUE;
  for (guint i = 0; callbacks && i < flatline_list_length (callbacks->children); i++)
    {
      FlatlineValue *callback = flatline_list_peek (callbacks->children, i);

      if (callback->text && strstr (callback->text, "_chain_future"))
        return TRUE;
    }
  return FALSE;
}

/* The callback is set by the loop itself, which never came to it; the source tells then how the future was made. */
static gboolean
is_made_for_loop (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);
  FlatlineSourceFile *source =
      place && place->file ? flatline_snapshot_find_source (diagnosis->snapshot, place->file) : NULL;
  g_autofree char *line = flatline_diagnosis_dup_source_line (diagnosis, place);
  g_autofree char *name = flatline_source_dup_object (line, "result");
  g_autofree char *made = NULL;
  const char *at;

  if (line && strstr (line, "run_coroutine_threadsafe("))
    return TRUE;
  if (!source || !source->text || !name)
    return FALSE;
  made = g_strconcat (name, " = ", NULL);
  for (at = strstr (source->text, made); at; at = strstr (at + 1, made))
    {
      const char *call = strstr (at, "run_coroutine_threadsafe(");

      if (call && call < at + strcspn (at, "\n"))
        return TRUE;
    }
  return FALSE;
}

static gboolean
state_is (FlatlineValue *future, const char *state)
{
  FlatlineValue *value = flatline_value_find_child (future, "_state");

  return value && value->text && strstr (value->text, state);
}

/* @does is what the thread does with more said about the future, which was true when it was looked at. */
static void
say_more (FlatlineFinding *finding, char *does)
{
  g_free (finding->plainly);
  finding->plainly = finding->does;
  finding->does = does;
}

/* "outer" out of "asyncio.run_coroutine_threadsafe(fetch(), outer)": which loop is asked. */
static char *
dup_loop_name (FlatlineDiagnosis *diagnosis, FlatlineFrame *place)
{
  g_autofree char *line = flatline_diagnosis_dup_source_line (diagnosis, place);
  const char *call = line ? strstr (line, "run_coroutine_threadsafe(") : NULL;
  const char *comma = NULL, *at;
  int depth = 0;

  for (at = call; at && *at; at++)
    {
      depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
      if (depth == 0 && *at == ')')
        break;
      if (depth == 1 && *at == ',')
        comma = at;
    }
  if (!comma || *at != ')')
    return NULL;
  return g_strstrip (g_strndup (comma + 1, at - comma - 1));
}

/*
 * The thread whose asyncio loop has to give the result: by the loop's object where it is known, else the only thread of
 * the process that runs a loop. NULL when that is not clear.
 */
static FlatlineThread *
find_loop_thread (FlatlineDiagnosis *diagnosis, FlatlineThread *waiting)
{
  FlatlineFrame *place = flatline_thread_find_place (waiting);
  g_autofree char *name = dup_loop_name (diagnosis, place);
  FlatlineValue *loop = name ? flatline_frame_find_local (place, name) : NULL;
  FlatlineThread *thread, *only = NULL;
  guint n_loops = 0;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      FlatlineFrame *run = flatline_thread_find_frame (thread, "asyncio/base_events.py", "_run_once run_forever");
      FlatlineValue *its_loop = flatline_frame_find_local (run, "self");

      if (!run || thread->pid != waiting->pid)
        continue;
      if (loop && its_loop && loop->address == its_loop->address)
        return thread;
      n_loops++;
      only = thread;
    }
  return n_loops == 1 ? only : NULL;
}

/* TRUE when the result has to come from a loop, and that is told. */
static gboolean
follow_loop (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineValue *future)
{
  FlatlineThread *thread = finding->thread;
  FlatlineThread *runner;
  g_autofree char *label = NULL;

  if (!is_chained_to_loop (future) && !is_made_for_loop (diagnosis, thread))
    return FALSE;
  runner = find_loop_thread (diagnosis, thread);
  if (!runner)
    return FALSE;
  finding->holder = runner->native_id;
  finding->names_holder = TRUE;
  label = flatline_thread_dup_label (runner);
  /* Translators: "waits for the result of future ‘f’", in the second with a thread */
  say_more (finding,
            runner == thread
                ? g_strdup_printf (_ ("%s, which only its own asyncio loop could give"), finding->does)
                : g_strdup_printf (_ ("%s, which only the asyncio loop of %s could give"), finding->does, label));
  flatline_finding_add_evidence (finding, _ ("callbacks of the future"),
                                 _ ("The future is tied to a task of an asyncio loop"));
  flatline_finding_point (finding, flatline_reference_new_for_thread (runner));
  return TRUE;
}

/* The worker of the only pool that has not come so far as to take work: its initializer is still on its stack. */
static FlatlineThread *
find_initializing_worker (FlatlineDiagnosis *diagnosis, FlatlineThread *waiting)
{
  FlatlineThread *found = NULL;

  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (diagnosis->snapshot->threads, i);
      FlatlineFrame *worker = flatline_thread_find_frame (thread, WORKER_FILE, "_worker initialize");

      if (!worker || thread == waiting)
        continue;
      if (flatline_thread_find_frame (thread, WORKER_FILE, "run") || flatline_thread_find_innermost (thread) == worker)
        return NULL;
      found = thread;
    }
  return found;
}

static void
say_computed (FlatlineFinding *finding, FlatlineThread *runner)
{
  g_autofree char *label = flatline_thread_dup_label (runner);
  g_autofree char *before = finding->does;

  finding->holder = runner->native_id;
  flatline_finding_add_evidence (finding, _ ("the work item on its stack"), _ ("%s computes the result"), label);
  g_free (finding->resource);
  finding->resource = g_strdup (_ ("a result"));
  finding->names_holder = TRUE;
  finding->does = g_strdup_printf (_ ("%s, computed by %s"), before, label);
}

static void
follow_future (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineValue *future)
{
  FlatlineThread *thread = finding->thread;
  FlatlineThread *runner = find_runner (diagnosis, thread, future->address);
  g_autofree char *label = NULL;

  if (runner)
    {
      say_computed (finding, runner);
      return;
    }
  if (flatline_finding_follow_processes (diagnosis, finding, future) || !state_is (future, "PENDING"))
    return;
  if (follow_loop (diagnosis, finding, future))
    return;
  runner = find_initializing_worker (diagnosis, thread);
  if (runner)
    {
      label = flatline_thread_dup_label (runner);
      finding->holder = runner->native_id;
      finding->names_holder = TRUE;
      /* Translators: "waits for the result of future ‘f’", a thread */
      say_more (finding, g_strdup_printf (_ ("%s, which cannot begin: the worker %s is still in its initializer"),
                                          finding->does, label));
      flatline_finding_add_evidence (finding, _ ("the workers on their stacks"), _ ("%s has not taken any work yet"),
                                     label);
      flatline_finding_point (finding, flatline_reference_new_for_thread (runner));
      return;
    }
  runner = find_busy_worker (diagnosis, thread);
  if (!runner)
    return;
  label = flatline_thread_dup_label (runner);
  finding->holder = runner->native_id;
  finding->names_holder = TRUE;
  if (runner == thread)
    say_more (finding, g_strdup_printf (_ ("%s, which cannot begin: this thread is the only worker of the pool"),
                                        finding->does));
  else
    say_more (finding, g_strdup_printf (_ ("%s, which cannot begin before %s is free"), finding->does, label));
  flatline_finding_add_evidence (finding, _ ("the workers on their stacks"),
                                 _ ("No worker of the pool is free, first %s"), label);
}

/* The thread of the process that runs Twisted's reactor. */
static FlatlineThread *
find_reactor_thread (FlatlineDiagnosis *diagnosis, FlatlineThread *waiting)
{
  FlatlineThread *thread;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    if (thread->pid == waiting->pid && flatline_thread_find_frame (thread, "twisted/internet/base.py", "mainLoop run"))
      return thread;
  return NULL;
}

/* blockingCallFromThread() of Twisted gives the call to the reactor and waits: for ever where it is the reactor's own
 * thread that waits. */
static gboolean
settle_call_by_reactor (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  FlatlineFrame *call = flatline_thread_find_call (thread, "twisted/internet/threads.py", "blockingCallFromThread");
  FlatlineThread *runner = call ? find_reactor_thread (diagnosis, thread) : NULL;
  g_autofree char *label = NULL;

  if (!runner || !flatline_thread_find_call (thread, "queue.py", "get"))
    return FALSE;
  label = flatline_thread_dup_label (runner);
  flatline_finding_settle (
      finding, "condition-wait", FLATLINE_CONFIDENCE_LIKELY,
      runner == thread
          ? g_strdup (_ ("waits for the result of a call that only the reactor of Twisted could make, which this very "
                         "thread runs"))
          /* Translators: a thread */
          : g_strdup_printf (_ ("waits for the result of a call that the reactor of Twisted is to make, in %s"),
                             label));
  finding->resource = g_strdup (_ ("a call by the reactor of Twisted"));
  finding->holder = runner->native_id;
  finding->names_holder = TRUE;
  flatline_finding_add_frame_evidence (finding, call);
  flatline_finding_add_frame_evidence (finding,
                                       flatline_thread_find_frame (runner, "twisted/internet/base.py", "mainLoop run"));
  flatline_finding_add_kernel_evidence (finding);
  return TRUE;
}

/* The futures that wait() and as_completed() still wait for: when a thread computes one of them, and only one does. */
static gboolean
follow_pending (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineFrame *call)
{
  static const char *const names[] = { "pending", "not_done", "fs" };
  FlatlineThread *only = NULL;
  FlatlineValue *futures = NULL;

  for (gsize i = 0; !futures && i < G_N_ELEMENTS (names); i++)
    futures = flatline_frame_find_local (call, names[i]);
  for (guint i = 0; futures && i < flatline_list_length (futures->children); i++)
    {
      FlatlineValue *future = flatline_list_peek (futures->children, i);
      FlatlineThread *runner = find_runner (diagnosis, finding->thread, future->address);

      if (runner && only && runner != only)
        return FALSE;
      if (runner)
        only = runner;
    }
  if (only)
    say_computed (finding, only);
  return only != NULL;
}

gboolean
flatline_rule_future (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *result = flatline_thread_find_call (thread, "concurrent/futures/_base.py", "result exception");
  FlatlineFrame *call = flatline_thread_find_call (thread, "concurrent/futures/_base.py",
                                                   "result exception wait as_completed result_iterator");
  FlatlineFrame *pool = flatline_thread_find_call (thread, "multiprocessing/pool.py", "get wait next");
  FlatlineValue *future = flatline_frame_find_local (result, "self");

  if (settle_call_by_reactor (diagnosis, finding))
    return TRUE;
  if (call)
    {
      flatline_finding_settle_object (diagnosis, finding, result ? result : call, "condition-wait", _ ("future ‘%s’"),
                                      _ ("a future"), result ? "result exception" : "");
      flatline_finding_reword (finding, _ ("waits for the result of %s"), NULL);
      if (future)
        follow_future (diagnosis, finding, future);
      else if (!follow_pending (diagnosis, finding, call))
        flatline_finding_follow_processes (diagnosis, finding, NULL);
      return TRUE;
    }
  if (pool)
    {
      flatline_finding_settle_object (diagnosis, finding, pool, "condition-wait", _ ("job of process pool ‘%s’"),
                                      _ ("a job of process pool"),
                                      "map starmap apply imap imap_unordered map_async join");
      flatline_finding_follow_job (diagnosis, finding, pool);
      return TRUE;
    }
  return FALSE;
}
