/* SPDX-License-Identifier: MIT */
/*
 * What the greenlets of gevent and eventlet tell of a thread whose hub has nothing to do: they wait for each other, for
 * a lock that one of them has, for a peer or a child process. The program's first greenlet was switched out where it
 * waits: that is where the program is, unless it only waits for the others.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <string.h>

/* Evidence is read by people. */
#define MAX_TOLD_GREENLETS 4
#define MAX_LOCK_STEPS     32

static FlatlineFrame *
find_called_by (FlatlineTask *task, FlatlineFrame *caller)
{
  for (guint i = 1; i < flatline_list_length (task->frames); i++)
    if (flatline_list_peek (task->frames, i) == caller)
      return flatline_list_peek (task->frames, i - 1);
  return NULL;
}

/* The program's first greenlet, and what it waits in; NULL: none is known. */
static FlatlineTask *
find_first (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, char **expression)
{
  FlatlineTask *task;

  for (guint i = 0; (task = flatline_diagnosis_next_pending_task (diagnosis, thread, &i));)
    {
      FlatlineFrame *outermost = flatline_list_peek (task->frames, flatline_list_length (task->frames) - 1);
      FlatlineFrame *place = flatline_task_find_place (task);

      if (!outermost || g_strcmp0 (outermost->function, "<module>") != 0 || !flatline_frame_is_own (place)
          || flatline_frame_is_launcher (place, find_called_by (task, place)))
        continue;
      *expression = flatline_diagnosis_dup_expression (diagnosis, place);
      if (*expression)
        return task;
    }
  return NULL;
}

/* The next one that has code of the program's own on its stack. */
static FlatlineTask *
next_own (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, guint *position)
{
  FlatlineTask *task;

  while ((task = flatline_diagnosis_next_pending_task (diagnosis, thread, position)))
    if (flatline_frame_is_own (flatline_task_find_place (task)))
      return task;
  return NULL;
}

/* "gevent.joinall(jobs)", "pool.waitall()", or what eventlet's spawn() returns; so does a queue's join() in the end. */
static gboolean
waits_for_others (FlatlineTask *task, const char *expression)
{
  return strstr (expression, "join(") || strstr (expression, "joinall(") || strstr (expression, "waitall(")
         || (task->awaits && g_str_has_prefix (task->awaits, "GreenThread."));
}

/*
 * The greenlet that has the lock that @task waits for, itself perhaps, as the sources tell; NULL: it waits for none, or
 * nobody is seen to have it. A line that takes a lock may wait for something else within. @name: the lock's; transfer
 * full.
 */
static FlatlineTask *
find_holder (FlatlineDiagnosis *diagnosis, FlatlineTask *task, char **name)
{
  FlatlineFrame *place = flatline_task_find_place (task);
  FlatlineFrame *frame = NULL;
  g_autofree char *line = flatline_diagnosis_dup_source_line (diagnosis, place);
  FlatlineTask *holder;

  *name = flatline_source_dup_object (line, "acquire");
  if (!*name || !task->awaits || !(strstr (task->awaits, "acquire") || g_str_has_prefix (task->awaits, "with ")))
    return NULL;
  holder = flatline_diagnosis_find_lock_holding_task (diagnosis, place, *name, 0, &frame);
  return holder == task && frame == place && !strstr (line, ".acquire(") ? NULL : holder;
}

/* From the holder of what @task waits for to the holder of what that waits for, back to the first. */
static gboolean
is_in_circle (FlatlineDiagnosis *diagnosis, FlatlineTask *task)
{
  FlatlineTask *step = task;

  for (guint i = 0; step && i < MAX_LOCK_STEPS; i++)
    {
      g_autofree char *name = NULL;

      step = find_holder (diagnosis, step, &name);
      if (step == task)
        return TRUE;
    }
  return FALSE;
}

static gboolean
settle_lock (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineTask *task, gboolean in_circle)
{
  g_autofree char *name = NULL;
  FlatlineTask *holder = find_holder (diagnosis, task, &name);
  g_autofree char *its_label = holder ? flatline_task_dup_label (holder) : NULL;
  g_autofree char *deed = NULL;

  if (!holder || is_in_circle (diagnosis, task) != in_circle)
    return FALSE;
  if (holder == task)
    deed = g_strdup_printf (_ ("waits for lock ‘%s’, which it has taken itself before"), name);
  else
    /* Translators: a lock, a task */
    deed = g_strdup_printf (_ ("waits for lock ‘%s’, taken by %s"), name, its_label);
  flatline_finding_settle (finding, "async-wait", FLATLINE_CONFIDENCE_LIKELY,
                           in_circle && holder != task
                               ? g_strdup_printf (_ ("%s, which in the end waits for the first"), deed)
                               : g_steal_pointer (&deed));
  finding->resource = g_strdup_printf (_ ("lock ‘%s’"), name);
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_tell_of_task (diagnosis, finding, task);
  if (in_circle)
    finding->kind = holder == task ? "self-deadlock" : "deadlock";
  if (holder != task)
    flatline_finding_add_task_evidence (finding, holder, its_label);
  return TRUE;
}

static gboolean
settle_circle (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineTask *task;

  for (guint i = 0; (task = next_own (diagnosis, finding->thread, &i));)
    if (settle_lock (diagnosis, finding, task, TRUE))
      return TRUE;
  return FALSE;
}

/* One of those that @first waits for: who sleeps will go on by itself. */
static gboolean
settle_other (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineTask *first)
{
  FlatlineTask *task;

  for (guint i = 0; (task = next_own (diagnosis, finding->thread, &i));)
    if (task != first
        && (flatline_finding_settle_outside (diagnosis, finding, task)
            || settle_lock (diagnosis, finding, task, FALSE)))
      return TRUE;
  for (guint i = 0; (task = next_own (diagnosis, finding->thread, &i));)
    {
      g_autofree char *expression = flatline_diagnosis_dup_expression (diagnosis, flatline_task_find_place (task));

      if (task == first || !expression || strstr (expression, "sleep(")
          || (task->awaits && g_str_has_prefix (task->awaits, "sleep")))
        continue;
      flatline_finding_settle (finding, "async-wait", FLATLINE_CONFIDENCE_LIKELY,
                               /* Translators: a piece of source text */
                               g_strdup_printf (_ ("waits in ‘%s’"), expression));
      flatline_finding_add_kernel_evidence (finding);
      flatline_finding_tell_of_task (diagnosis, finding, task);
      return TRUE;
    }
  return FALSE;
}

static void
settle_first (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineTask *first, const char *expression)
{
  const char *hub = flatline_thread_find_hub (finding->thread);
  guint n_others = 0;
  FlatlineTask *task;

  for (guint i = 0; (task = next_own (diagnosis, finding->thread, &i));)
    n_others += task != first;
  finding->place = flatline_task_find_place (first);
  flatline_finding_settle (finding, flatline_diagnosis_is_server (diagnosis, finding->thread) ? "idle" : "async-wait",
                           FLATLINE_CONFIDENCE_LIKELY,
                           /* Translators: a piece of source text; a kind of event loop ("gevent") */
                           g_strdup_printf (n_others > 0 ? _ ("waits in ‘%s’; its %s loop serves others meanwhile")
                                                         : _ ("waits in ‘%s’; its %s loop has nothing else to do"),
                                            expression, hub));
  flatline_finding_add_kernel_evidence (finding);
}

/* A call of compiled code leaves no frame that would name it. */
static void
name_what_they_await (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  FlatlineTask *task;

  for (guint i = 0; (task = next_own (diagnosis, thread, &i));)
    if (!task->awaits)
      task->awaits = flatline_diagnosis_dup_expression (diagnosis, flatline_task_find_place (task));
}

static void
add_greenlets (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineTask *task;

  for (guint i = 0, n = 0; n < MAX_TOLD_GREENLETS && (task = next_own (diagnosis, finding->thread, &i)); n++)
    {
      g_autofree char *label = flatline_task_dup_label (task);

      flatline_finding_add_task_evidence (finding, task, label);
    }
}

gboolean
flatline_finding_settle_greenlet (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  g_autofree char *expression = NULL;
  FlatlineTask *first = find_first (diagnosis, finding->thread, &expression);

  name_what_they_await (diagnosis, finding->thread);
  if (settle_circle (diagnosis, finding))
    return TRUE;
  if (!first)
    return FALSE;
  if (!flatline_diagnosis_is_server (diagnosis, finding->thread)
      && (flatline_finding_settle_outside (diagnosis, finding, first)
          || (waits_for_others (first, expression) && settle_other (diagnosis, finding, first))))
    return TRUE;
  settle_first (diagnosis, finding, first, expression);
  add_greenlets (diagnosis, finding);
  return TRUE;
}
