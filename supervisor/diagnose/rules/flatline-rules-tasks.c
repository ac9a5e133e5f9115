/* SPDX-License-Identifier: MIT */
/*
 * Rule about a loop of asyncio or Trio with nothing to do: it is idle, and yet perhaps nothing can go on. Its tasks
 * tell: they wait for each other, for a lock or queue of the loop, for a peer that does not answer, for a child
 * process.
 */
#include "flatline-all-asleep.h"
#include "flatline-program-facts.h"
#include "flatline-rules.h"

/* trio/_core/_run.py sleeps for 86,400 seconds when it has no deadline. */
#define TRIO_FOR_EVER_MS 86000000

static gboolean
runs_in_asyncio (FlatlineThread *thread)
{
  return flatline_thread_find_frame (thread, "asyncio/base_events.py", "_run_once run_forever") != NULL
         || flatline_thread_find_frame (thread, "uvloop/__init__.py", "run") != NULL;
}

/* Trio sleeps until the next deadline of any task, or for a day. One may free a task from what it waits for. */
static gboolean
has_deadlines (FlatlineThread *thread)
{
  const char *timeout_ms =
      thread->syscall_args && g_strv_length (thread->syscall_args) > 3 ? thread->syscall_args[3] : NULL;

  return !timeout_ms || g_ascii_strtoull (timeout_ms, NULL, 16) < TRIO_FOR_EVER_MS;
}

static gboolean
settle_circle (FlatlineDiagnosis *diagnosis,
               FlatlineFinding *finding,
               FlatlineConfidence confidence,
               const char *format)
{
  FlatlineTask *task;

  for (guint i = 0; (task = flatline_diagnosis_next_pending_task (diagnosis, finding->thread, &i));)
    {
      g_autofree char *label = NULL;
      g_autofree char *next = NULL;

      if (!flatline_task_awaits_itself (diagnosis, task))
        continue;
      label = flatline_task_dup_label (task);
      next = flatline_task_dup_label (flatline_diagnosis_find_task (diagnosis, task->awaits_address));
      flatline_finding_settle_task (finding, task, confidence, g_strdup_printf (format, label, next));
      if (confidence == FLATLINE_CONFIDENCE_CERTAIN)
        finding->kind = "deadlock";
      flatline_finding_add_task_links (diagnosis, finding, task);
      return TRUE;
    }
  return FALSE;
}

/* The program's own `await future`, by the name that it has there; nobody else may ever set its result. */
static gboolean
settle_future (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineTask *task;

  for (guint i = 0; (task = flatline_diagnosis_next_pending_task (diagnosis, finding->thread, &i));)
    {
      FlatlineFrame *frame = flatline_list_peek (task->frames, 0);
      g_autofree char *label = NULL;
      g_autofree char *what = NULL;

      for (guint j = 0; frame && flatline_frame_is_own (frame) && j < flatline_list_length (frame->locals) && !what;
           j++)
        {
          FlatlineValue *value = flatline_list_peek (frame->locals, j);

          if (task->awaits_address && value->address == task->awaits_address && value->type
              && g_str_has_suffix (value->type, "asyncio.Future"))
            what = g_strdup_printf (_ ("future ‘%s’"), value->name);
        }
      if (!what)
        continue;
      label = flatline_task_dup_label (task);
      flatline_finding_settle_task (finding, task, FLATLINE_CONFIDENCE_LIKELY,
                                    g_strdup_printf (_ ("runs an asyncio loop in which %s waits for %s"), label, what));
      flatline_finding_add_task_links (diagnosis, finding, flatline_diagnosis_find_outermost_task (diagnosis, task));
      return TRUE;
    }
  return FALSE;
}

/* The @format has what @task is called and the source text at @place; FALSE where no source is at hand. */
static gboolean
settle_expression (FlatlineDiagnosis *diagnosis,
                   FlatlineFinding *finding,
                   FlatlineTask *task,
                   FlatlineFrame *place,
                   const char *format)
{
  g_autofree char *expression = flatline_diagnosis_dup_expression (diagnosis, place);
  g_autofree char *label = NULL;

  if (!expression)
    return FALSE;
  label = flatline_task_dup_label (task);
  flatline_finding_settle_task (finding, task, FLATLINE_CONFIDENCE_LIKELY, g_strdup_printf (format, label, expression));
  flatline_finding_add_task_links (diagnosis, finding, flatline_diagnosis_find_outermost_task (diagnosis, task));
  return TRUE;
}

/*
 * Nothing more is known than what the program's line asks for: of a package, which has its own ways to wait
 * (@in_package), or by its own `await` of a future that a library has made, as zmq does.
 */
static gboolean
settle_await (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, gboolean in_package)
{
  FlatlineTask *task;

  for (guint i = 0; (task = flatline_diagnosis_next_pending_task (diagnosis, finding->thread, &i));)
    {
      FlatlineFrame *place = flatline_task_find_place (task);
      const gboolean awaits_future =
          place == flatline_list_peek (task->frames, 0) && task->awaits && g_str_has_prefix (task->awaits, "Future");

      if (!place || !flatline_frame_is_own (place)
          || !(in_package ? flatline_task_waits_in_package (task) : awaits_future))
        continue;
      /* Translators: a task, a piece of source text: "await session.get(url)" */
      if (settle_expression (diagnosis, finding, task, place, _ ("runs an asyncio loop in which %s waits in ‘%s’")))
        return TRUE;
    }
  return FALSE;
}

/*
 * A loop that nothing can wake is not idle: whatever the program's own line awaits, even by the code of asyncio, will
 * not come. A task that is not the first is nearer to what is missing.
 */
static gboolean
settle_stranded (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineTask *task, *first = NULL, *nearest = NULL;

  if (!flatline_diagnosis_is_stranded (diagnosis, finding->thread))
    return FALSE;
  for (guint i = 0; !nearest && (task = flatline_diagnosis_next_pending_task (diagnosis, finding->thread, &i));)
    {
      if (!flatline_frame_is_own (flatline_task_find_place (task)))
        continue;
      if (!first)
        first = task;
      else if (!flatline_diagnosis_find_task (diagnosis, task->awaits_address))
        nearest = task;
    }
  if (!first)
    return FALSE;
  if (!nearest)
    nearest = first;
  return settle_expression (diagnosis, finding, nearest, flatline_task_find_place (nearest),
                            _ ("runs an asyncio loop in which %s waits in ‘%s’"));
}

/* @own: a task with code of the program on its stack, of which there may be others for the library's ends. */
static gboolean
settle_outside (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, gboolean own)
{
  FlatlineTask *task;

  for (guint i = 0; (task = flatline_diagnosis_next_pending_task (diagnosis, finding->thread, &i));)
    {
      FlatlineFrame *place = flatline_task_find_place (task);

      if ((place && flatline_frame_is_own (place)) != own)
        continue;
      if (flatline_finding_settle_outside (diagnosis, finding, task))
        return TRUE;
    }
  return FALSE;
}

/*
 * At its end asyncio.run() cancels what is left and waits for it: a task that catches CancelledError and goes on keeps
 * the program from its end, whatever it waits for now.
 */
static gboolean
settle_cancelled (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineFrame *cancel = flatline_thread_find_frame (finding->thread, "asyncio/runners.py", "_cancel_all_tasks");
  FlatlineTask *task, *left = NULL;
  g_autofree char *label = NULL;

  for (guint i = 0; cancel && (task = flatline_diagnosis_next_pending_task (diagnosis, finding->thread, &i));)
    if (!left || !flatline_frame_is_own (flatline_task_find_place (left)))
      left = task;
  if (!left)
    return FALSE;
  label = flatline_task_dup_label (left);
  flatline_finding_settle_task (
      finding, left, FLATLINE_CONFIDENCE_CERTAIN,
      /* Translators: a task; asyncio.run() is Python's */
      g_strdup_printf (_ ("is at the end of asyncio.run() and waits for %s, which was cancelled and has not "
                          "ended: it may have caught CancelledError"),
                       label));
  flatline_finding_add_frame_evidence (finding, cancel);
  return TRUE;
}

/* A task that was cancelled, caught CancelledError and waits for something else keeps whoever awaits it. */
static gboolean
settle_uncancelled (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineTask *task;

  for (guint i = 0; (task = flatline_diagnosis_next_pending_task (diagnosis, finding->thread, &i));)
    {
      FlatlineFrame *place = flatline_task_find_place (task);

      if (task->cancel_requests > 0 && place && flatline_frame_is_own (place)
          && settle_expression (
              diagnosis, finding, task, place,
              /* Translators: a task, a piece of source text: "await asyncio.sleep(3600)" */
              _ ("runs an asyncio loop in which %s was cancelled and has not ended: it waits in ‘%s’")))
        return TRUE;
    }
  return FALSE;
}

/* By itself, or by gather(), wait() and what else stands for several. */
static gboolean
awaits_tasks (FlatlineDiagnosis *diagnosis, FlatlineTask *task)
{
  return flatline_diagnosis_find_task (diagnosis, task->awaits_address)
         || (task->awaits_tasks && task->awaits_tasks[0]);
}

/*
 * All that the program's tasks do is to sleep, or to wait for one that does. With one sleeper the loop sleeps as long
 * as it does. In a loop of its own, as one that asks for something from time to time, the condition says for what.
 */
static gboolean
settle_sleepers (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineTask *task, *sleeper = NULL;
  FlatlineFrame *place;
  guint n_sleepers = 0;
  g_autofree char *condition = NULL;
  g_autofree char *expression = NULL;
  g_autofree char *left = NULL;
  g_autofree char *deed = NULL;
  g_autofree char *label = NULL;

  for (guint i = 0; (task = flatline_diagnosis_next_pending_task (diagnosis, finding->thread, &i));)
    {
      const gboolean is_own = (place = flatline_task_find_place (task)) && flatline_frame_is_own (place);

      if (task->awaits && g_str_has_prefix (task->awaits, "sleep "))
        {
          n_sleepers++;
          if (!sleeper && is_own)
            sleeper = task;
        }
      else if (is_own && !awaits_tasks (diagnosis, task))
        return FALSE;
    }
  if (!sleeper)
    return FALSE;
  place = flatline_task_find_place (sleeper);
  expression = flatline_diagnosis_dup_expression (diagnosis, place);
  if (!expression)
    return FALSE;
  condition = flatline_diagnosis_dup_loop_condition (diagnosis, place);
  left = n_sleepers == 1 && !condition ? flatline_thread_dup_time_left (finding->thread) : NULL;
  deed = condition ? g_strdup_printf (_ ("sleeps in %s as long as ‘%s’"), expression, condition)
                   : g_strdup_printf (_ ("sleeps in %s"), expression);
  if (left)
    {
      g_autofree char *plain = deed;

      deed = g_strdup_printf (_ ("%s for at most another %s"), plain, left);
    }
  label = flatline_task_dup_label (sleeper);
  flatline_finding_settle_task (finding, sleeper, FLATLINE_CONFIDENCE_LIKELY,
                                flatline_thread_runs_trio (finding->thread)
                                    ? g_strdup_printf (_ ("runs a Trio loop in which %s %s"), label, deed)
                                    : g_strdup_printf (_ ("runs an asyncio loop in which %s %s"), label, deed));
  if (condition)
    flatline_finding_add_condition_values (finding, place, condition);
  flatline_finding_add_task_links (diagnosis, finding, flatline_diagnosis_find_outermost_task (diagnosis, sleeper));
  return TRUE;
}

/*
 * The loop sleeps and has nothing to do. Tasks in a circle prove that they never will; the first task (the main one)
 * blocked on a lock or queue of asyncio, by a peer or by a child is likely why the program is silent. Of a server
 * nothing is told but what its own code waits for.
 */
gboolean
flatline_rule_async (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  if (!flatline_thread_in_syscall (thread, "epoll_wait epoll_pwait epoll_pwait2 poll select pselect6"))
    return FALSE;
  if (flatline_thread_runs_trio (thread))
    return settle_circle (diagnosis, finding,
                          has_deadlines (thread) ? FLATLINE_CONFIDENCE_LIKELY : FLATLINE_CONFIDENCE_CERTAIN,
                          /* Translators: a task, another task */
                          _ ("runs a Trio loop in which %s awaits %s, which in the end awaits the first"))
           || flatline_finding_settle_obstacle (diagnosis, finding, FALSE)
           || (!flatline_diagnosis_is_server (diagnosis, thread)
               && (settle_outside (diagnosis, finding, TRUE) || settle_outside (diagnosis, finding, FALSE)
                   || settle_sleepers (diagnosis, finding)));
  if (!runs_in_asyncio (thread))
    return FALSE;
  if (flatline_finding_settle_unwoken (diagnosis, finding) || settle_cancelled (diagnosis, finding)
      || settle_circle (diagnosis, finding, FLATLINE_CONFIDENCE_CERTAIN,
                        /* Translators: a task, another task */
                        _ ("runs an asyncio loop in which %s awaits %s, which in the end awaits the first"))
      || flatline_finding_settle_lock_circle (diagnosis, finding)
      || flatline_finding_settle_obstacle (diagnosis, finding, FALSE))
    return TRUE;
  return !flatline_diagnosis_is_server (diagnosis, thread)
         && (settle_uncancelled (diagnosis, finding) || settle_outside (diagnosis, finding, TRUE)
             || settle_outside (diagnosis, finding, FALSE)
             || flatline_finding_settle_obstacle (diagnosis, finding, TRUE) || settle_future (diagnosis, finding)
             || settle_await (diagnosis, finding, TRUE) || settle_await (diagnosis, finding, FALSE)
             || settle_stranded (diagnosis, finding) || settle_sleepers (diagnosis, finding));
}
