/* SPDX-License-Identifier: MIT */
/*
 * The snapshot of a process that dies and is held for it: everything is read while it stands still, since there is no
 * later. What interrupted the thread is told by the context that the kernel gave the agent's handler, or by its
 * registers where ptrace holds it.
 */
#include "config.h"

#include "flatline-capture-private.h"
#include "flatline-diagnose.h"
#include "flatline-process.h"
#include "flatline-relatives.h"

#include <glib/gi18n.h>
#include <signal.h>

#define MAX_MAPPINGS   10000
#define MAX_FRAMES     2000  /* a stack that is used up is mostly the same again and again */
#define MAX_READING_MS 10000 /* nobody is kept from anything but from dying */
#define MAX_EXIT_MS    2000  /* whoever sent SIGKILL waits for it */
#define MAX_HOLDING_US (20 * G_USEC_PER_SEC)
#define MAX_DYING_US   (2 * G_USEC_PER_SEC) /* a core file may be long in the writing */

static void
add_mappings (FlatlineSnapshot *snapshot, gint64 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/maps", pid);
  g_autofree char *text = NULL;
  gsize length = 0;
  char **lines;

  if (!g_file_get_contents (path, &text, &length, NULL) || length == 0)
    return;
  lines = g_strsplit (g_strchomp (text), "\n", MAX_MAPPINGS + 1);
  if (g_strv_length (lines) > MAX_MAPPINGS)
    {
      g_clear_pointer (&lines[MAX_MAPPINGS], g_free);
      flatline_snapshot_add_limit (snapshot, _ ("Not all of the memory map is shown"));
    }
  g_strfreev (snapshot->mappings);
  snapshot->mappings = lines;
}

/* The kernel sees all threads stopped, for us; and the dying one waiting, for us. Neither is the program's doing. */
static void
undo_holding (FlatlineSnapshot *snapshot, gint64 dying)
{
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      if (thread->native_id == dying)
        flatline_thread_forget_system_call (thread);
      if (g_strcmp0 (thread->state, "t") == 0)
        flatline_thread_take_state (thread, thread->syscall ? 'S' : 'R');
    }
}

/* Whether one of its threads brought it about; the rest is sent by others, to the process. */
static gboolean
is_own_doing (const FlatlineHeld *held)
{
  static const int numbers[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers) && !held->is_exit; i++)
    if (held->signal == numbers[i])
      return TRUE;
  return FALSE;
}

static void
add_death (FlatlineSnapshot *snapshot, const FlatlineHeld *held, const FlatlineRegisters *registers)
{
  snapshot->signal = held->signal;
  snapshot->signal_thread = is_own_doing (held) ? held->thread : 0;
  /* That abort() sends it is no news. */
  snapshot->signal_sender = held->sender == held->pid && held->signal == SIGABRT ? 0 : held->sender;
  snapshot->way = g_strdup (held->threads ? "exit-event" : "held");
  flatline_snapshot_add_note (snapshot, held->threads ? _ ("The kernel held it (ptrace): it was read as it died")
                                                      : _ ("The agent in it held it: it was read as it died"));
  if (held->is_fault)
    snapshot->fault_address = held->fault_address;
  if (registers)
    snapshot->registers = flatline_registers_dup_text (registers);
  if (registers && held->context != 0 && held->is_fault && (held->signal == SIGSEGV || held->signal == SIGBUS))
    snapshot->fault_access = g_strdup (flatline_registers_get_access (registers));
}

/* At an exit the others go at once: what Python does not know of them nobody knows. */
static void
forget_gone_threads (FlatlineSnapshot *snapshot)
{
  for (guint i = flatline_list_length (snapshot->threads); i-- > 0;)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      if (!thread->is_main && flatline_list_length (thread->frames) == 0)
        g_list_store_remove (snapshot->threads, i);
    }
}

/* Of who dies, as the signal found it. */
static gboolean
read_registers (FlatlineHeld *held, FlatlineRegisters *registers)
{
  g_autoptr (FlatlineMemory) memory = NULL;

  for (guint i = 0; held->threads && i < held->threads->len; i++)
    {
      const FlatlineHeldThread *thread = &g_array_index (held->threads, FlatlineHeldThread, i);

      if (thread->tid == held->thread)
        {
          *registers = thread->registers;
          return TRUE;
        }
    }
  if (held->threads)
    return FALSE;
  memory = flatline_memory_new_for_process (held->pid);
  return flatline_registers_read_context (registers, memory, held->context);
}

/* Everything while it stands still: there is no later. */
static FlatlineSnapshot *
read_dying (FlatlineInspector *inspector,
            FlatlineHeld *held,
            FlatlineStop *stop,
            const FlatlineCaptureBudget *budget,
            GCancellable *cancellable,
            GError **error)
{
  g_autoptr (FlatlineSnapshot) snapshot = flatline_capture_begin (held->pid, "crash", error);
  FlatlineRegisters registers;
  const gboolean has_registers = read_registers (held, &registers);
  gboolean fine;

  if (!snapshot)
    return NULL;
  add_death (snapshot, held, has_registers ? &registers : NULL);
  flatline_capture_add_kernel_facts (snapshot, held->pid);
  undo_holding (snapshot, held->thread);
  flatline_inspector_set_held (inspector, stop, held->thread, has_registers ? &registers : NULL);
  fine = flatline_capture_add_stacks (inspector, snapshot, held->pid, budget, cancellable, error);
  flatline_inspector_set_held (inspector, NULL, 0, NULL);
  if (!fine)
    return NULL;
  flatline_capture_hide_agent (snapshot);
  /* Qt, among others, prints what nobody caught and then aborts. */
  if (held->signal == SIGABRT && flatline_inspector_find_uncaught (inspector))
    snapshot->exception =
        flatline_inspector_read_exception (inspector, flatline_inspector_find_uncaught (inspector), budget, snapshot);
  if (held->is_exit)
    forget_gone_threads (snapshot);
  flatline_capture_add_surroundings (snapshot, held->pid);
  flatline_capture_add_descriptors (snapshot, held->pid);
  add_mappings (snapshot, held->pid);
  flatline_relatives_add (snapshot, cancellable);
  flatline_capture_add_file_locks (snapshot);
  flatline_capture_add_sources (snapshot, TRUE);
  flatline_diagnose (snapshot);
  return g_steal_pointer (&snapshot);
}

/* The argument of the hook that prints what ended a thread: a tuple with the exception as its second item. */
static guint64
find_exception_of_thread (FlatlineSnapshot *snapshot)
{
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      for (guint j = 0; j < flatline_list_length (thread->frames); j++)
        {
          FlatlineFrame *frame = flatline_list_peek (thread->frames, j);
          guint n_locals =
              g_strcmp0 (frame->function, "invoke_excepthook") == 0 ? flatline_list_length (frame->locals) : 0;

          for (guint k = 0; k < n_locals; k++)
            {
              FlatlineValue *value = flatline_list_peek (frame->locals, k);
              FlatlineValue *exception =
                  g_strcmp0 (value->name, "args") == 0 ? flatline_list_peek (value->children, 1) : NULL;

              if (exception)
                return exception->address;
            }
        }
    }
  return 0;
}

/* It goes on afterwards: what was printed may have been caught after all, and then there is nothing to read. */
FlatlineSnapshot *
flatline_capture_uncaught (FlatlineInspector *inspector,
                           FlatlineHeld *held,
                           const FlatlineCaptureBudget *budget,
                           GCancellable *cancellable,
                           GError **error)
{
  guint64 exception = held->of_thread ? 0 : flatline_inspector_find_uncaught (inspector);
  g_autoptr (FlatlineStop) stop = flatline_stop_new_held (held->pid, held->threads);
  g_autoptr (FlatlineSnapshot) snapshot =
      exception || held->of_thread ? flatline_capture_begin (held->pid, "exception", error) : NULL;
  const gint64 began_us = g_get_monotonic_time ();
  FlatlineCaptureBudget spending = *budget;
  gboolean fine;

  if (exception == 0 && !held->of_thread)
    g_set_error_literal (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED, "nothing is uncaught");
  if (!snapshot)
    return NULL;
  spending.max_ms = MIN (spending.max_ms, MAX_EXIT_MS);
  flatline_capture_add_kernel_facts (snapshot, held->pid);
  undo_holding (snapshot, 0);
  if (exception)
    snapshot->exception = flatline_inspector_read_exception (inspector, exception, &spending, snapshot);
  flatline_inspector_set_held (inspector, stop, 0, NULL);
  fine = flatline_capture_add_stacks (inspector, snapshot, held->pid, &spending, cancellable, error);
  flatline_inspector_set_held (inspector, NULL, 0, NULL);
  if (fine && held->of_thread)
    exception = find_exception_of_thread (snapshot);
  if (exception && !snapshot->exception)
    snapshot->exception = flatline_inspector_read_exception (inspector, exception, &spending, snapshot);
  if (fine)
    {
      /* Its files are found by way of the process, which may be gone the moment it is let go. */
      flatline_capture_add_surroundings (snapshot, held->pid);
      flatline_capture_add_sources (snapshot, TRUE);
    }
  flatline_held_let_go (held);
  if (!fine)
    return NULL;
  snapshot->pause_us = snapshot->capture_us = g_get_monotonic_time () - began_us;
  flatline_diagnose (snapshot);
  return g_steal_pointer (&snapshot);
}

FlatlineSnapshot *
flatline_capture_death (FlatlineInspector *inspector,
                        FlatlineHeld *held,
                        const FlatlineCaptureBudget *budget,
                        GCancellable *cancellable,
                        GError **error)
{
  const gboolean is_watched = held->watch != NULL;
  g_autoptr (FlatlineStop) stop =
      is_watched ? flatline_stop_new_held (held->pid, held->threads) : flatline_stop_new (held->pid, MAX_HOLDING_US);
  g_autoptr (FlatlineSnapshot) snapshot = NULL;
  g_autoptr (GError) stop_error = NULL;
  FlatlineCaptureBudget spending = *budget;
  const gint64 began_us = g_get_monotonic_time ();
  gboolean is_stopped;

  spending.native = TRUE;
  spending.max_frames = MIN (spending.max_frames, MAX_FRAMES);
  spending.max_ms = held->is_exit ? MAX_EXIT_MS : MAX (spending.max_ms, MAX_READING_MS);
  flatline_stop_set_patient (stop);
  is_stopped = is_watched || flatline_stop_begin (stop, &stop_error);
  snapshot = read_dying (inspector, held, is_stopped ? stop : NULL, &spending, cancellable, error);
  flatline_held_let_go (held);
  /* Its death takes the others along; they are not to run once more. */
  flatline_stop_end_with (stop, held->thread, held->is_final ? MAX_DYING_US : 0);
  if (!snapshot)
    return NULL;
  if (!is_stopped)
    {
      g_autofree char *note = g_strdup_printf (_ ("Read without pause: %s"), stop_error->message);

      flatline_snapshot_add_note (snapshot, note);
    }
  snapshot->pause_us = snapshot->capture_us = g_get_monotonic_time () - began_us;
  return g_steal_pointer (&snapshot);
}
