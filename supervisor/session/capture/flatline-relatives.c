/* SPDX-License-Identifier: MIT */
/* See flatline-relatives.h. */
#include "config.h"

#include "flatline-relatives.h"

#include "flatline-inspector.h"
#include "flatline-process.h"

/* A pool of a hundred workers says no more than its first dozen. */
#define MAX_STACKS  12
#define MAX_TASKS   50
#define MAX_CALLS   200
#define MAX_TIME_US (400 * 1000)

static void
list_below (FlatlineProcess *process, GPtrArray *found)
{
  for (guint i = 0; i < flatline_list_length (process->children); i++)
    {
      FlatlineProcess *child = flatline_list_peek (process->children, i);

      if (child->alive && found->len < MAX_CALLS)
        g_ptr_array_add (found, child);
      list_below (child, found);
    }
}

static void
read_call (FlatlineProcess *process)
{
  g_autoptr (FlatlineThread) thread =
      g_object_new (FLATLINE_TYPE_THREAD, "pid", process->pid, "native-id", process->pid, NULL);

  flatline_thread_read_kernel_facts (thread);
  process->syscall = g_steal_pointer (&thread->syscall);
  process->syscall_args = g_steal_pointer (&thread->syscall_args);
  process->syscall_path = g_steal_pointer (&thread->syscall_path);
}

static void
add_threads (FlatlineSnapshot *snapshot, gint64 pid)
{
  g_autoptr (GArray) native_ids = flatline_process_list_threads (pid);

  for (guint i = 0; i < native_ids->len; i++)
    {
      const gint64 native_id = g_array_index (native_ids, gint64, i);
      FlatlineThread *thread = g_object_new (FLATLINE_TYPE_THREAD, "pid", pid, "native-id", native_id, NULL);

      thread->is_main = native_id == pid;
      thread->cpu_percent = -1;
      flatline_thread_read_kernel_facts (thread);
      flatline_list_append (&snapshot->threads, thread);
    }
}

static void
move (GListStore *from, GListStore **to, guint most)
{
  for (guint i = 0; i < MIN (flatline_list_length (from), most); i++)
    flatline_list_append (to, g_object_ref (flatline_list_peek (from, i)));
}

void
flatline_relatives_read (FlatlineSnapshot *snapshot, gint64 pid, GCancellable *cancellable)
{
  g_autoptr (FlatlineInspector) inspector = flatline_inspector_new (pid);
  g_autoptr (FlatlineSnapshot) other = flatline_snapshot_new ("look");
  FlatlineCaptureBudget budget = flatline_capture_budget_default ();

  budget.pause = FALSE;
  budget.max_frames = 200;
  budget.max_depth = 2;
  budget.max_items = 20;
  budget.max_text_bytes = 256;
  budget.max_total_bytes = 1024 * 1024;
  budget.max_ms = 100;
  add_threads (other, pid);
  if (!flatline_inspector_capture (inspector, &budget, other, cancellable, NULL))
    return;
  move (other->threads, &snapshot->relatives, G_MAXUINT);
  move (other->tasks, &snapshot->relative_tasks, MAX_TASKS);
  move (other->locks, &snapshot->locks, G_MAXUINT);
}

void
flatline_relatives_add (FlatlineSnapshot *snapshot, GCancellable *cancellable)
{
  flatline_relatives_add_forsaken (snapshot, NULL, cancellable);
}

static gboolean
has_pid (GArray *pids, gint64 pid)
{
  for (guint i = 0; pids && i < pids->len; i++)
    if (g_array_index (pids, gint64, i) == pid)
      return TRUE;
  return FALSE;
}

static void
mark_forsaken (GListStore *threads, GArray *pids)
{
  for (guint i = 0; i < flatline_list_length (threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (threads, i);

      thread->forsaken = has_pid (pids, thread->pid);
    }
}

/* Of the tree, then the others of @forsaken: a sibling, the parent. Transfer full, GArray of gint64. */
static GArray *
list_pids_to_read (GPtrArray *processes, gint64 root, GArray *forsaken)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; i < processes->len; i++)
    {
      FlatlineProcess *process = g_ptr_array_index (processes, i);

      if (process->python_version)
        g_array_append_val (pids, process->pid);
    }
  for (guint i = 0; forsaken && i < forsaken->len; i++)
    {
      const gint64 pid = g_array_index (forsaken, gint64, i);

      if (pid != root && !has_pid (pids, pid))
        g_array_append_val (pids, pid);
    }
  return pids;
}

void
flatline_relatives_add_forsaken (FlatlineSnapshot *snapshot, GArray *forsaken, GCancellable *cancellable)
{
  const gint64 deadline_us = g_get_monotonic_time () + MAX_TIME_US;
  g_autoptr (GPtrArray) processes = g_ptr_array_new ();
  g_autoptr (GArray) pids = NULL;

  for (guint i = 0; i < flatline_list_length (snapshot->processes); i++)
    list_below (flatline_list_peek (snapshot->processes, i), processes);
  for (guint i = 0; i < processes->len; i++)
    read_call (g_ptr_array_index (processes, i));
  pids = list_pids_to_read (processes, snapshot->program ? snapshot->program->pid : 0, forsaken);
  for (guint i = 0; i < MIN (pids->len, MAX_STACKS); i++)
    {
      if (g_cancellable_is_cancelled (cancellable) || g_get_monotonic_time () > deadline_us)
        break;
      flatline_relatives_read (snapshot, g_array_index (pids, gint64, i), cancellable);
    }
  mark_forsaken (snapshot->threads, forsaken);
  mark_forsaken (snapshot->relatives, forsaken);
}
