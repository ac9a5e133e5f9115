/* SPDX-License-Identifier: MIT */
/*
 * A whole snapshot of a live process, put together from the parts of the engine. The order matters: what the kernel
 * says of each thread, then the stacks; then what is slower and changes less.
 */
#include "config.h"

#include "flatline-capture-private.h"
#include "flatline-diagnose.h"
#include "flatline-forsaken.h"
#include "flatline-movement.h"
#include "flatline-process-tree.h"
#include "flatline-proc-stat.h"
#include "flatline-process.h"
#include "flatline-relatives.h"
#include "flatline-shared-locks.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

/*
 * What the kernel says of each thread. Called before the stacks are read, since a thread that was held for the read
 * runs for a moment when it is let go; and after, for the threads that were born meanwhile or in no call.
 */
void
flatline_capture_add_kernel_facts (FlatlineSnapshot *snapshot, gint64 pid)
{
  g_autoptr (GArray) native_ids = flatline_process_list_threads (pid);
  g_autoptr (GHashTable) known = flatline_snapshot_index_threads (snapshot);

  for (guint i = 0; native_ids && i < native_ids->len; i++)
    {
      gint64 native_id = g_array_index (native_ids, gint64, i);
      FlatlineThread *thread = g_hash_table_lookup (known, &native_id);

      if (!thread)
        {
          thread = g_object_new (FLATLINE_TYPE_THREAD, "pid", pid, "native-id", native_id, NULL);
          thread->is_main = native_id == pid;
          thread->cpu_percent = -1;
          flatline_list_append (&snapshot->threads, thread);
        }
      if (thread->pid == 0)
        thread->pid = pid;
      if (!thread->state || !thread->syscall)
        flatline_thread_read_kernel_facts (thread);
    }
}

/* Those that came and went while the stacks were read, of which nobody knows more than that. */
static void
drop_gone_threads (FlatlineSnapshot *snapshot)
{
  for (guint i = flatline_list_length (snapshot->threads); i-- > 0;)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      if (!thread->is_python && !thread->state)
        g_list_store_remove (snapshot->threads, i);
    }
}

static gboolean
is_gone (gint64 pid)
{
  char state = flatline_process_read_state (pid);

  return state == 0 || state == 'Z' || state == 'X';
}

/* A thread that computes may do so in C, where Python's own stack says no more than who called. */
static gboolean
has_running_thread (FlatlineSnapshot *snapshot)
{
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    if (g_strcmp0 (((FlatlineThread *)flatline_list_peek (snapshot->threads, i))->state, "R") == 0)
      return TRUE;
  return FALSE;
}

static void
set_gone_error (gint64 pid, GError **error)
{
  g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_NO_PROCESS,
               flatline_process_read_state (pid) == 'Z'
                   ? _ ("Process %" PRId64 " has ended; its parent has not taken note of it yet")
                   : _ ("There is no process %" PRId64),
               pid);
}

/* On its way out a process has no memory any more before it is gone; threads of the kernel never have any. */
static gboolean
is_leaving (gint64 pid)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" PRId64 "/statm", pid);
  g_autofree char *text = NULL;

  return is_gone (pid) || !g_file_get_contents (file, &text, NULL, NULL) || g_str_has_prefix (text, "0 ");
}

static gboolean
has_stack (FlatlineSnapshot *snapshot)
{
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    if (flatline_list_length (((FlatlineThread *)flatline_list_peek (snapshot->threads, i))->frames) > 0)
      return TRUE;
  return FALSE;
}

FlatlineSnapshot *
flatline_capture_begin (gint64 pid, const char *reason, GError **error)
{
  FlatlineSnapshot *snapshot;

  if (is_gone (pid))
    {
      set_gone_error (pid, error);
      return NULL;
    }
  if (flatline_process_is_of_kernel (pid))
    {
      g_set_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_NOT_PYTHON,
                   _ ("Process %" PRId64 " is a thread of the kernel: it runs no program"), pid);
      return NULL;
    }
  snapshot = flatline_snapshot_new (reason);
  snapshot->program = flatline_process_read_program (pid);
  return snapshot;
}

/*
 * FALSE: cancelled, or the process ended before any of its stacks was read: that it slept or computed then tells
 * nothing. Stacks that could not be read are a note.
 */
gboolean
flatline_capture_add_stacks (FlatlineInspector *inspector,
                             FlatlineSnapshot *snapshot,
                             gint64 pid,
                             const FlatlineCaptureBudget *budget,
                             GCancellable *cancellable,
                             GError **error)
{
  g_autoptr (GError) inspect_error = NULL;

  if (flatline_inspector_capture (inspector, budget, snapshot, cancellable, &inspect_error))
    {
      if (has_stack (snapshot) || !is_leaving (pid))
        return TRUE;
      set_gone_error (pid, error);
      return FALSE;
    }
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (is_leaving (pid))
    {
      set_gone_error (pid, error);
      return FALSE;
    }
  flatline_snapshot_add_note (snapshot, inspect_error->message);
  return TRUE;
}

/*
 * What the kernel said of the first thread and where its stack was are of two moments: it went on between them, and
 * stands still since.
 */
static gboolean
has_gone_on (FlatlineSnapshot *snapshot)
{
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      if (thread->is_main)
        return thread->syscall && thread->moves > 0 && thread->moves <= MAX (thread->looks / 3, 1);
    }
  return FALSE;
}

/* @held: a thread of it waits until its exception has been read, NULL: nobody waits. */
static FlatlineSnapshot *
capture_once (FlatlineInspector *inspector,
              gint64 pid,
              const char *reason,
              const FlatlineCaptureBudget *budget,
              FlatlineHeld *held,
              GCancellable *cancellable,
              GError **error)
{
  g_autoptr (FlatlineSnapshot) snapshot = flatline_capture_begin (pid, reason, error);
  FlatlineCaptureBudget spending = *budget;
  FlatlineMovement *movement;
  g_autoptr (GArray) forsaken = NULL;
  guint n_hidden;
  gint64 began_us = g_get_monotonic_time ();

  if (!snapshot)
    return NULL;
  if (held && held->exception)
    snapshot->exception = flatline_inspector_read_exception (inspector, held->exception, budget, snapshot);
  flatline_capture_add_kernel_facts (snapshot, pid);
  spending.native_of_awake = strcmp (reason, "freeze") == 0 && has_running_thread (snapshot);
  if (!flatline_capture_add_stacks (inspector, snapshot, pid, &spending, cancellable, error))
    return NULL;
  if (held)
    {
      /* It may end the moment it is let go, and its files are found by way of the process. */
      flatline_capture_add_sources (snapshot, TRUE);
      flatline_held_let_go (held);
    }
  flatline_capture_add_kernel_facts (snapshot, pid);
  drop_gone_threads (snapshot);
  n_hidden = flatline_capture_hide_agent (snapshot);
  movement = flatline_movement_begin (inspector, snapshot, n_hidden);
  flatline_capture_add_surroundings (snapshot, pid);
  flatline_capture_add_descriptors (snapshot, pid);
  flatline_movement_look (movement);
  forsaken = flatline_forsaken_find (pid, flatline_capture_is_agent);
  flatline_relatives_add_forsaken (snapshot, forsaken, cancellable);
  flatline_shared_locks_add (snapshot, cancellable);
  flatline_movement_look (movement);
  flatline_capture_add_sources (snapshot, TRUE);
  flatline_movement_finish (movement);
  /* By now the calls of those are known who ran at first. */
  flatline_inspector_find_gil_waits (inspector, snapshot);
  flatline_capture_add_file_locks (snapshot);
  flatline_diagnose (snapshot);
  snapshot->capture_us = g_get_monotonic_time () - began_us;
  return g_steal_pointer (&snapshot);
}

/* A program that just came to where it stays is looked at again, once: one that goes on and on has no such place. */
static FlatlineSnapshot *
capture_living (FlatlineInspector *inspector,
                gint64 pid,
                const char *reason,
                const FlatlineCaptureBudget *budget,
                FlatlineHeld *held,
                GCancellable *cancellable,
                GError **error)
{
  g_autoptr (FlatlineSnapshot) snapshot = capture_once (inspector, pid, reason, budget, held, cancellable, error);
  g_autoptr (FlatlineSnapshot) again = NULL;

  if (snapshot && !held && has_gone_on (snapshot))
    again = capture_once (inspector, pid, reason, budget, NULL, cancellable, NULL);
  if (!again)
    return g_steal_pointer (&snapshot);
  again->pause_us += snapshot->pause_us;
  again->capture_us += snapshot->capture_us;
  return g_steal_pointer (&again);
}

FlatlineSnapshot *
flatline_capture (FlatlineInspector *inspector,
                  gint64 pid,
                  const char *reason,
                  const FlatlineCaptureBudget *budget,
                  GCancellable *cancellable,
                  GError **error)
{
  return capture_living (inspector, pid, reason, budget, NULL, cancellable, error);
}

FlatlineSnapshot *
flatline_capture_held (FlatlineInspector *inspector,
                       FlatlineHeld *held,
                       const char *reason,
                       const FlatlineCaptureBudget *budget,
                       GCancellable *cancellable,
                       GError **error)
{
  if (held->signal != 0)
    return flatline_capture_death (inspector, held, budget, cancellable, error);
  if (held->threads)
    return flatline_capture_uncaught (inspector, held, budget, cancellable, error);
  return capture_living (inspector, held->pid, reason, budget, held, cancellable, error);
}

/*
 * Nothing that moves is one, however it looks: stacks, calls and locks were read one after the other. Waiting for a
 * lock may turn out to be one that nobody will release.
 */
static gboolean
may_be_deadlock (FlatlineVerdict *verdict)
{
  const char *kind = verdict && verdict->kind ? verdict->kind : "";

  return strcmp (kind, "lock-wait") == 0 || g_str_has_suffix (kind, "deadlock");
}

static gboolean
is_proven_deadlock (FlatlineVerdict *verdict)
{
  return verdict && verdict->kind && g_str_has_suffix (verdict->kind, "deadlock")
         && g_strcmp0 (verdict->confidence, "certain") == 0;
}

/* Waiting for another process, which may wait for this one. */
static gboolean
may_go_on_elsewhere (FlatlineVerdict *verdict)
{
  static const char *const kinds[] = { "pipe-wait", "child-wait", "semaphore-wait", NULL };

  return verdict && verdict->kind && g_strv_contains (kinds, verdict->kind);
}

/* It may be one of multiprocessing's, which only the memory of all who share it tells of. */
static gboolean
waits_for_shared_lock (FlatlineVerdict *verdict)
{
  return verdict && g_strcmp0 (verdict->kind, "lock-wait") == 0 && g_strcmp0 (verdict->confidence, "certain") != 0;
}

/* Its loop is told of the end of a process, by a thread or a descriptor. */
static gboolean
waits_for_process_beside (FlatlineSnapshot *snapshot)
{
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    if (g_strcmp0 (((FlatlineThread *)flatline_list_peek (snapshot->threads, i))->syscall, "wait4") == 0)
      return TRUE;
  for (guint i = 0; i < flatline_list_length (snapshot->descriptors); i++)
    if (g_strcmp0 (((FlatlineDescriptor *)flatline_list_peek (snapshot->descriptors, i))->kind, "pidfd") == 0)
      return TRUE;
  return FALSE;
}

/* A loop that rests may have nothing left that could wake it, which only its tasks tell. */
static gboolean
may_be_stranded (FlatlineSnapshot *snapshot)
{
  static const char *const kinds[] = { "idle", "async-wait", NULL };

  if (!snapshot->verdict || !snapshot->verdict->kind || !g_strv_contains (kinds, snapshot->verdict->kind))
    return FALSE;
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      for (guint j = 0; thread->is_main && j < flatline_list_length (thread->frames); j++)
        {
          FlatlineFrame *frame = flatline_list_peek (thread->frames, j);

          if (frame->file && g_str_has_suffix (frame->file, "/asyncio/base_events.py"))
            return TRUE;
        }
    }
  return FALSE;
}

static FlatlineSnapshot *
look (FlatlineInspector *inspector, gint64 pid, gboolean at_tasks, GCancellable *cancellable, GError **error)
{
  FlatlineCaptureBudget budget = flatline_capture_budget_default ();
  g_autoptr (FlatlineSnapshot) snapshot = flatline_capture_begin (pid, "look", error);
  g_autoptr (GArray) forsaken = NULL;
  guint n_hidden;

  if (!snapshot)
    return NULL;
  budget.pause = FALSE;
  budget.tasks = at_tasks;
  budget.max_depth = 2;
  /* A loop has more attributes. */
  budget.max_items = at_tasks ? budget.max_items : 20;
  budget.max_text_bytes = 256;
  budget.max_ms = 250;
  flatline_capture_add_kernel_facts (snapshot, pid);
  if (!flatline_inspector_capture (inspector, &budget, snapshot, cancellable, error))
    return NULL;
  flatline_capture_add_kernel_facts (snapshot, pid);
  flatline_inspector_find_gil_waits (inspector, snapshot);
  flatline_capture_add_descriptors (snapshot, pid);
  /* The sources tell which lock a frame waits for and which it holds. */
  n_hidden = flatline_capture_hide_agent (snapshot);
  flatline_capture_add_sources (snapshot, TRUE);
  flatline_diagnose (snapshot);
  if (!is_proven_deadlock (snapshot->verdict))
    forsaken = flatline_forsaken_find (pid, flatline_capture_is_agent);
  if (forsaken || may_go_on_elsewhere (snapshot->verdict) || waits_for_shared_lock (snapshot->verdict)
      || (at_tasks && waits_for_process_beside (snapshot)))
    {
      flatline_capture_add_surroundings (snapshot, pid);
      flatline_relatives_add_forsaken (snapshot, forsaken, cancellable);
      flatline_shared_locks_add (snapshot, cancellable);
      flatline_diagnose (snapshot);
    }
  if (may_be_deadlock (snapshot->verdict))
    {
      flatline_movement_finish (flatline_movement_begin (inspector, snapshot, n_hidden));
      flatline_inspector_find_gil_waits (inspector, snapshot);
      flatline_diagnose (snapshot);
    }
  return g_steal_pointer (&snapshot);
}

FlatlineSnapshot *
flatline_capture_look (FlatlineInspector *inspector, gint64 pid, GCancellable *cancellable, GError **error)
{
  g_autoptr (FlatlineSnapshot) snapshot = look (inspector, pid, FALSE, cancellable, error);

  if (!snapshot || !may_be_stranded (snapshot))
    return g_steal_pointer (&snapshot);
  return look (inspector, pid, TRUE, cancellable, error);
}

FlatlineSnapshot *
flatline_capture_stacks (FlatlineInspector *inspector, gint64 pid, const char *reason, guint max_frames, GError **error)
{
  const gint64 began_us = g_get_monotonic_time ();
  FlatlineCaptureBudget budget = flatline_capture_budget_default ();
  g_autoptr (FlatlineSnapshot) snapshot = flatline_snapshot_new (reason);

  budget.locals = budget.locks = budget.tasks = budget.pause = FALSE;
  budget.max_frames = max_frames;
  snapshot->program = flatline_process_read_command (pid);
  if (!flatline_inspector_capture (inspector, &budget, snapshot, NULL, error))
    return NULL;
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    flatline_thread_read_state (flatline_list_peek (snapshot->threads, i));
  flatline_capture_hide_agent (snapshot);
  snapshot->capture_us = g_get_monotonic_time () - began_us;
  return g_steal_pointer (&snapshot);
}
