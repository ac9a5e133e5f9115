/* SPDX-License-Identifier: MIT */
/*
 * What went wrong in a loop of asyncio before it fell silent: something was made ready by a thread that did not wake
 * the loop for it, or a task failed, and who waits for what it should have done was not told. Such tasks are no longer
 * among those of the loop, but variables of the program still have them.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <string.h>

#define MAX_TOLD_FAILURES 4

/* From a frame's variable to a task: an object's attribute, and an item of that. */
#define MAX_OBJECT_DEPTH 2

/* The text of a future that somebody waits for by the name it has in @task's own frame; NULL: no name. Borrowed. */
static const char *
find_awaited_name (FlatlineTask *task)
{
  FlatlineFrame *frame = flatline_list_peek (task->frames, 0);

  for (guint i = 0; frame && flatline_frame_is_own (frame) && i < flatline_list_length (frame->locals); i++)
    {
      FlatlineValue *value = flatline_list_peek (frame->locals, i);

      if (task->awaits_address && value->address == task->awaits_address)
        return value->name;
    }
  return NULL;
}

/*
 * The task that @handles, callbacks of a loop, would wake: "<Handle Task.task_wakeup(<Future finished result=42>)>",
 * before 3.10 "<Handle <TaskWakeupMethWrapper object at 0x7f…>(<Future finished result=42>)>".
 */
static FlatlineTask *
find_woken (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineValue *handles)
{
  FlatlineTask *only = NULL;
  gboolean wakes = FALSE;

  for (guint i = 0; i < flatline_list_length (handles->children); i++)
    {
      FlatlineValue *handle = flatline_list_peek (handles->children, i);

      wakes |= handle->text && (strstr (handle->text, "task_wakeup") || strstr (handle->text, "TaskWakeupMethWrapper"));
    }
  for (guint i = 0; wakes && i < flatline_list_length (diagnosis->snapshot->tasks); i++)
    {
      FlatlineTask *task = flatline_list_peek (diagnosis->snapshot->tasks, i);

      if (!flatline_task_is_pending (task) || (task->thread != 0 && task->thread != thread->native_id))
        continue;
      if (find_awaited_name (task))
        return task;
      only = only ? only : task;
    }
  return only;
}

gboolean
flatline_finding_settle_unwoken (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  FlatlineFrame *once = flatline_thread_find_frame (thread, "asyncio/base_events.py", "_run_once");
  FlatlineValue *ready = flatline_value_find_child (flatline_frame_find_local (once, "self"), "_ready");
  FlatlineTask *task;
  FlatlineValue *first;

  /* At any one moment the word to wake may be on its way. */
  if (!ready || ready->size <= 0 || !flatline_thread_waits_for_ever (thread) || !flatline_thread_stands_still (thread))
    return FALSE;
  flatline_finding_settle (
      finding, "async-wait", FLATLINE_CONFIDENCE_CERTAIN,
      g_strdup (
          _ ("runs an asyncio loop that sleeps, though it has something to do: another thread or a signal handler "
             "gave it that without call_soon_threadsafe(), and so did not wake it")));
  flatline_finding_add_kernel_evidence (finding);
  first = flatline_list_peek (ready->children, 0);
  flatline_finding_add_evidence (
      finding, _ ("the loop’s own lists and descriptors"),
      first && first->text ? /* Translators: a number, a Python object as it describes itself */
          ngettext ("%d callback is ready, first %s", "%d callbacks are ready, first %s", (gulong)ready->size)
                           : ngettext ("%d callback is ready", "%d callbacks are ready", (gulong)ready->size),
      (int)ready->size, first ? first->text : NULL);
  task = find_woken (diagnosis, thread, ready);
  if (task)
    {
      g_autofree char *label = flatline_task_dup_label (task);

      finding->place = flatline_task_find_place (task);
      flatline_finding_add_task_evidence (finding, task, label);
    }
  return TRUE;
}

/* --- tasks that failed --- */

/* What stands in @text between @before and @after; NULL when it does not. Transfer full. */
static char *
dup_between (const char *text, const char *before, const char *after)
{
  const char *start = strstr (text, before);
  const char *end = start ? strstr (start + strlen (before), after) : NULL;

  return end ? g_strndup (start + strlen (before), end - start - strlen (before)) : NULL;
}

/* "<Task finished name='producer' coro=<produce() done, defined at …> exception=OSError('no')>". */
static char *
dup_failure (const FlatlineValue *value)
{
  const char *text = value->type && g_str_has_suffix (value->type, "asyncio.Task") ? value->text : NULL;
  const char *exception = text && g_str_has_prefix (text, "<Task finished ") ? strstr (text, "> exception=") : NULL;
  g_autoptr (FlatlineTask) task = NULL;
  g_autofree char *label = NULL;
  g_autofree char *error = NULL;

  if (!exception)
    return NULL;
  error = g_strdup (exception + strlen ("> exception="));
  if (g_str_has_suffix (error, ">"))
    error[strlen (error) - 1] = '\0';
  task = g_object_new (FLATLINE_TYPE_TASK, NULL);
  task->name = dup_between (text, " name='", "' ");
  task->coroutine = dup_between (text, " coro=<", "() ");
  label = flatline_task_dup_label (task);
  /* Translators: a task, an exception as Python describes it: "OSError('no such host')" */
  return g_strdup_printf (_ ("%s has failed with %s"), label, error);
}

static void
collect_failures (FlatlineValue *value, guint depth, GHashTable *seen, GPtrArray *failures)
{
  char *failure;

  if (failures->len >= MAX_TOLD_FAILURES
      || (value->address && !g_hash_table_add (seen, GSIZE_TO_POINTER (value->address))))
    return;
  failure = dup_failure (value);
  if (failure)
    {
      g_ptr_array_add (failures, failure);
      return;
    }
  for (guint i = 0; depth > 0 && i < flatline_list_length (value->children); i++)
    collect_failures (flatline_list_peek (value->children, i), depth - 1, seen, failures);
}

void
flatline_finding_note_failed_tasks (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  g_autoptr (GPtrArray) failures = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  if (strcmp (finding->kind, "async-wait") != 0 || !finding->resource || finding->holder)
    return;
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->tasks); i++)
    {
      FlatlineTask *task = flatline_list_peek (diagnosis->snapshot->tasks, i);

      if (!flatline_task_is_pending (task) || (task->thread != 0 && task->thread != finding->thread->native_id))
        continue;
      for (guint j = 0; j < flatline_list_length (task->frames); j++)
        {
          FlatlineFrame *frame = flatline_list_peek (task->frames, j);

          for (guint k = 0; flatline_frame_is_own (frame) && k < flatline_list_length (frame->locals); k++)
            collect_failures (flatline_list_peek (frame->locals, k), MAX_OBJECT_DEPTH, seen, failures);
        }
    }
  for (guint i = 0; i < failures->len; i++)
    flatline_finding_add_evidence (finding, _ ("variables of the program"), "%s", (char *)failures->pdata[i]);
  if (failures->len > 0)
    {
      char *does =
          g_strdup_printf (/* Translators: what a thread does, what happened before: "task ‘a’ has failed with …" */
                           _ ("%s; %s"), finding->does, (char *)failures->pdata[0]);

      g_free (finding->does);
      finding->does = does;
    }
}
