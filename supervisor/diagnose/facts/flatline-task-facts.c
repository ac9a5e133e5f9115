/* SPDX-License-Identifier: MIT */
/*
 * Tasks of asyncio and Trio as rules see them: what a task is called, where it waits, who awaits whom, and a finding
 * about a thread told as what one of its tasks does.
 */
#include "flatline-program-facts.h"

#include <string.h>

#define MAX_TASK_CHAIN 64

static GHashTable *
index_tasks (FlatlineDiagnosis *diagnosis)
{
  GHashTable *tasks = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->tasks); i++)
    {
      FlatlineTask *task = flatline_list_peek (diagnosis->snapshot->tasks, i);

      if (task->address && !g_hash_table_contains (tasks, &task->address))
        g_hash_table_insert (tasks, &task->address, task);
    }
  return tasks;
}

FlatlineTask *
flatline_diagnosis_find_task (FlatlineDiagnosis *diagnosis, guint64 address)
{
  if (!diagnosis->tasks)
    diagnosis->tasks = index_tasks (diagnosis);
  return g_hash_table_lookup (diagnosis->tasks, &address);
}

gboolean
flatline_task_is_pending (FlatlineTask *task)
{
  return g_strcmp0 (task->state, "PENDING") == 0;
}

FlatlineTask *
flatline_diagnosis_next_pending_task (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, guint *position)
{
  while (*position < flatline_list_length (diagnosis->snapshot->tasks))
    {
      FlatlineTask *task = flatline_list_peek (diagnosis->snapshot->tasks, (*position)++);

      if (flatline_task_is_pending (task) && (task->thread == 0 || task->thread == thread->native_id))
        return task;
    }
  return NULL;
}

char *
flatline_task_dup_label (FlatlineTask *task)
{
  if (task->name && task->coroutine)
    return g_strdup_printf (_ ("task ‘%s’ (%s)"), task->name, task->coroutine);
  if (task->name || task->coroutine)
    return g_strdup_printf (_ ("task ‘%s’"), task->name ? task->name : task->coroutine);
  return g_strdup (_ ("a task"));
}

gboolean
flatline_task_awaits_itself (FlatlineDiagnosis *diagnosis, FlatlineTask *task)
{
  FlatlineTask *next = flatline_diagnosis_find_task (diagnosis, task->awaits_address);

  for (guint i = 0; next && i < MAX_TASK_CHAIN; i++)
    {
      if (next == task)
        return TRUE;
      next = flatline_task_is_pending (next) ? flatline_diagnosis_find_task (diagnosis, next->awaits_address) : NULL;
    }
  return FALSE;
}

FlatlineFrame *
flatline_task_find_place (FlatlineTask *task)
{
  FlatlineFrame *in_package = NULL;

  for (guint i = 0; i < flatline_list_length (task->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (task->frames, i);

      if (flatline_frame_is_own (frame))
        return frame;
      if (!in_package && flatline_frame_is_of_package (frame))
        in_package = frame;
    }
  return in_package ? in_package : flatline_list_peek (task->frames, 0);
}

/* Where what is known of @task comes from. */
static const char *
name_source (FlatlineTask *task)
{
  const FlatlineFrame *innermost = flatline_list_peek (task->frames, 0);

  /* They have no names but what they are: "greenlet at 0x7f…", "GreenThread at 0x7f…". */
  if (task->name && strstr (task->name, " at 0x"))
    return _ ("the greenlets");
  return innermost && innermost->file && strstr (innermost->file, "/trio/") ? _ ("the tasks of Trio")
                                                                            : _ ("the tasks of asyncio");
}

void
flatline_finding_add_task_evidence (FlatlineFinding *finding, FlatlineTask *task, const char *label)
{
  g_autofree char *location = flatline_frame_dup_location (flatline_task_find_place (task));

  if (location)
    /* Translators: a task, a place ("app.py:12 in work"), what it awaits */
    flatline_finding_add_evidence (finding, name_source (task), _ ("%s waits at %s, awaiting %s"), label, location,
                                   task->awaits ? task->awaits : _ ("something unknown"));
  else
    flatline_finding_add_evidence (finding, name_source (task), _ ("%s waits, awaiting %s"), label,
                                   task->awaits ? task->awaits : _ ("something unknown"));
  flatline_finding_point (finding, flatline_reference_new_for_task (task, finding->thread->pid, label));
  if (task->cancel_requests > 0)
    flatline_finding_add_evidence (finding, name_source (task),
                                   /* Translators: a task; cancel() and CancelledError are Python's */
                                   _ ("%s was told to end by cancel() and has not: it may have caught CancelledError"),
                                   label);
}

void
flatline_finding_add_task_links (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineTask *task)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  if (!finding->links)
    finding->links = g_ptr_array_new_with_free_func (g_object_unref);
  while (task && g_hash_table_add (seen, task) && finding->links->len < MAX_TASK_CHAIN)
    {
      FlatlineTask *next = flatline_diagnosis_find_task (diagnosis, task->awaits_address);
      FlatlineWaitLink *link = g_object_new (FLATLINE_TYPE_WAIT_LINK, NULL);

      link->waiter = flatline_task_dup_label (task);
      link->resource = next ? flatline_task_dup_label (next) : g_strdup (task->awaits);
      link->location = flatline_frame_dup_location (flatline_task_find_place (task));
      link->waiter_at = flatline_reference_new_for_task (task, finding->thread->pid, link->waiter);
      if (next)
        link->resource_at = flatline_reference_new_for_task (next, finding->thread->pid, link->resource);
      g_ptr_array_add (finding->links, link);
      task = next;
    }
}

FlatlineTask *
flatline_diagnosis_find_outermost_task (FlatlineDiagnosis *diagnosis, FlatlineTask *task)
{
  for (guint steps = 0; steps < MAX_TASK_CHAIN; steps++)
    {
      FlatlineTask *waiter = NULL;

      for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->tasks) && !waiter; i++)
        {
          FlatlineTask *other = flatline_list_peek (diagnosis->snapshot->tasks, i);

          if (other != task && other->awaits_address == task->address && flatline_task_is_pending (other))
            waiter = other;
        }
      if (!waiter)
        break;
      task = waiter;
    }
  return task;
}

gboolean
flatline_thread_runs_trio (FlatlineThread *thread)
{
  return flatline_thread_find_frame (thread, "trio/_core/_run.py", "unrolled_run run") != NULL;
}

const char *
flatline_thread_find_hub (FlatlineThread *thread)
{
  if (flatline_thread_find_frame (thread, "gevent/hub.py", "run"))
    return "gevent";
  return flatline_thread_find_frame (thread, "eventlet/hubs/hub.py", "run") ? "eventlet" : NULL;
}

gboolean
flatline_thread_has_timers (FlatlineThread *thread)
{
  FlatlineFrame *once = flatline_thread_find_frame (thread, "asyncio/base_events.py", "_run_once");
  FlatlineValue *timers = flatline_value_find_child (flatline_frame_find_local (once, "self"), "_scheduled");

  if (!timers || timers->size != (gint64)flatline_list_length (timers->children))
    return TRUE;
  for (guint i = 0; i < flatline_list_length (timers->children); i++)
    {
      FlatlineValue *timer = flatline_list_peek (timers->children, i);

      /* The agent's own beats. */
      if (!timer->text || (!strstr (timer->text, " _Lane._tick()") && !strstr (timer->text, " cancelled ")))
        return TRUE;
    }
  return FALSE;
}

/* What a loop is made of, or stands before it for programs that may have either. */
static gboolean
is_of_loop (const char *file)
{
  return strstr (file, "/asyncio/") || strstr (file, "/trio/") || strstr (file, "/anyio/");
}

gboolean
flatline_task_waits_in_package (FlatlineTask *task)
{
  for (guint i = 0; i < flatline_list_length (task->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (task->frames, i);

      if (flatline_frame_is_own (frame))
        return FALSE;
      if (frame->file && !is_of_loop (frame->file))
        return TRUE;
    }
  return FALSE;
}

/* A task of the library's own is told by where the program has entered the loop. */
static void
place_by_task (FlatlineFinding *finding, FlatlineTask *task)
{
  finding->place = flatline_task_find_place (task);
  if (!finding->place || (!flatline_frame_is_own (finding->place) && !flatline_frame_is_of_package (finding->place)))
    finding->place = flatline_thread_find_place (finding->thread);
}

void
flatline_finding_settle_task (FlatlineFinding *finding, FlatlineTask *task, FlatlineConfidence confidence, char *does)
{
  g_autofree char *label = flatline_task_dup_label (task);

  flatline_finding_settle (finding, "async-wait", confidence, does);
  place_by_task (finding, task);
  finding->resource = g_strdup (label);
  flatline_finding_add_kernel_evidence (finding);
  flatline_finding_add_task_evidence (finding, task, label);
  flatline_finding_take_resource (finding, flatline_reference_new_for_task (task, finding->thread->pid, label));
}

/* "runs the loop of gevent, in which task ‘a’ waits for …". Transfer full. */
static char *
dup_of_loop (FlatlineThread *thread, const char *label, const char *deed)
{
  const char *hub = flatline_thread_find_hub (thread);

  if (hub)
    /* Translators: a library of greenlets ("gevent"), a task, what it does */
    return g_strdup_printf (_ ("runs the loop of %s, in which %s %s"), hub, label, deed);
  if (flatline_thread_runs_trio (thread))
    return g_strdup_printf (_ ("runs a Trio loop in which %s %s"), label, deed);
  /* Translators: a task, what it does: "reads from 10.0.0.2:80, which has sent nothing for 3.1 s" */
  return g_strdup_printf (_ ("runs an asyncio loop in which %s %s"), label, deed);
}

void
flatline_finding_tell_of_task (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineTask *task)
{
  g_autofree char *label = flatline_task_dup_label (task);
  g_autofree char *deed = g_steal_pointer (&finding->does);
  g_autofree char *plainly = g_steal_pointer (&finding->plainly);

  finding->kind = "async-wait";
  finding->does = dup_of_loop (finding->thread, label, deed);
  finding->plainly = plainly ? dup_of_loop (finding->thread, label, plainly) : NULL;
  place_by_task (finding, task);
  flatline_finding_add_task_evidence (finding, task, label);
  flatline_finding_add_task_links (diagnosis, finding, flatline_diagnosis_find_outermost_task (diagnosis, task));
}
