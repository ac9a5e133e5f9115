/* SPDX-License-Identifier: MIT */
/*
 * Rules about results that somebody else has to give: futures of thread and process pools, jobs of a multiprocessing
 * pool, and the answer of a coroutine that was handed to a loop. A future that runs is on the stack of the worker that
 * runs it; one that has not begun waits for a worker to become free.
 */
#include "flatline-diagnosis.h"

#include <string.h>

#define WORKER_FILE "concurrent/futures/thread.py"

/* The thread with a work item on its stack that will set @future. */
static FlatlineThread *
find_runner (FlatlineDiagnosis *diagnosis, FlatlineThread *waiting, guint64 future)
{
  for (guint i = 0; future && i < flatline_list_length (diagnosis->snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (diagnosis->snapshot->threads, i);
      FlatlineFrame *run = flatline_thread_find_frame (thread, WORKER_FILE, "run");
      FlatlineValue *item = flatline_frame_find_local (run, "self");
      FlatlineValue *its_future = flatline_value_find_child (item, "future");

      if (thread->pid == waiting->pid && its_future && its_future->address == future)
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

static void
follow_future (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineValue *future)
{
  FlatlineThread *thread = finding->thread;
  FlatlineThread *runner = find_runner (diagnosis, thread, future->address);
  g_autofree char *label = NULL;
  g_autofree char *before = NULL;

  if (runner)
    {
      label = flatline_thread_dup_label (runner);
      finding->holder = runner->native_id;
      flatline_finding_add_evidence (finding, _ ("the work item on its stack"), _ ("%s computes the result"), label);
      g_free (finding->resource);
      finding->resource = g_strdup (_ ("a result"));
      finding->names_holder = TRUE;
      before = finding->does;
      finding->does = g_strdup_printf (_ ("%s, computed by %s"), before, label);
      return;
    }
  if (!state_is (future, "PENDING"))
    return;
  if (flatline_thread_find_frame (thread, "asyncio/base_events.py", "_run_once run_forever")
      && (is_chained_to_loop (future) || is_made_for_loop (diagnosis, thread)))
    {
      finding->holder = thread->native_id;
      finding->names_holder = TRUE;
      /* Translators: "waits for the result of future ‘f’" */
      say_more (finding, g_strdup_printf (_ ("%s, which only its own asyncio loop could give"), finding->does));
      flatline_finding_add_evidence (finding, _ ("callbacks of the future"),
                                     _ ("The future is tied to a task of an asyncio loop"));
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

gboolean
flatline_rule_future (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *result = flatline_thread_find_call (thread, "concurrent/futures/_base.py", "result exception");
  FlatlineFrame *call = flatline_thread_find_call (thread, "concurrent/futures/_base.py",
                                                   "result exception wait as_completed result_iterator");
  FlatlineFrame *pool = flatline_thread_find_call (thread, "multiprocessing/pool.py", "get wait");
  FlatlineValue *future = flatline_frame_find_local (result, "self");

  if (call)
    {
      flatline_finding_settle_object (diagnosis, finding, result ? result : call, "condition-wait", _ ("future ‘%s’"),
                                      _ ("a future"), "result exception");
      flatline_finding_reword (finding, _ ("waits for the result of %s"), NULL);
      if (future)
        follow_future (diagnosis, finding, future);
      return TRUE;
    }
  if (pool)
    {
      flatline_finding_settle_object (diagnosis, finding, pool, "condition-wait", _ ("job of process pool ‘%s’"),
                                      _ ("a job of process pool"),
                                      "map starmap apply imap imap_unordered map_async join");
      return TRUE;
    }
  return FALSE;
}
