/* SPDX-License-Identifier: MIT */
/*
 * The snapshot of a process that dies and is held for it: everything is read while it stands still, since there is no
 * later. What interrupted the thread is told by the context that the kernel gave the agent's handler.
 */
#include "config.h"

#include "flatline-capture-private.h"
#include "flatline-diagnose.h"
#include "flatline-process.h"
#include "flatline-relatives.h"

#include <glib/gi18n.h>
#include <signal.h>

#define MAX_MAPPINGS     10000
#define MAX_FRAMES       2000 /* a stack that is used up is mostly the same again and again */
#define MAX_READING_MS   10000 /* nobody is kept from anything but from dying */
#define MAX_HOLDING_US   (20 * G_USEC_PER_SEC)
#define MAX_DYING_US     (2 * G_USEC_PER_SEC) /* a core file may be long in the writing */

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
        g_object_set (thread, "state", thread->syscall ? "S" : "R", "state-text",
                      flatline_process_state_text (thread->syscall ? 'S' : 'R'), NULL);
    }
}

static void
add_death (FlatlineSnapshot *snapshot, const FlatlineHeld *held, const FlatlineRegisters *registers)
{
  snapshot->signal = held->signal;
  snapshot->signal_thread = held->thread;
  snapshot->signal_sender = held->sender == held->pid ? 0 : held->sender;
  snapshot->way = g_strdup ("held");
  if (held->is_fault)
    snapshot->fault_address = held->fault_address;
  if (registers)
    snapshot->registers = flatline_registers_dup_text (registers);
  if (registers && held->is_fault && (held->signal == SIGSEGV || held->signal == SIGBUS))
    snapshot->fault_access = g_strdup (flatline_registers_get_access (registers));
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
  g_autoptr (FlatlineMemory) memory = flatline_memory_new_for_process (held->pid);
  g_autoptr (FlatlineSnapshot) snapshot = flatline_capture_begin (held->pid, "crash", error);
  FlatlineRegisters registers;
  const gboolean has_registers = flatline_registers_read_context (&registers, memory, held->context);
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
  flatline_capture_add_surroundings (snapshot, held->pid);
  flatline_capture_add_descriptors (snapshot, held->pid);
  add_mappings (snapshot, held->pid);
  flatline_relatives_add (snapshot, cancellable);
  flatline_capture_add_sources (snapshot, TRUE);
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
  g_autoptr (FlatlineStop) stop = flatline_stop_new (held->pid, MAX_HOLDING_US);
  g_autoptr (FlatlineSnapshot) snapshot = NULL;
  g_autoptr (GError) stop_error = NULL;
  FlatlineCaptureBudget spending = *budget;
  const gint64 began_us = g_get_monotonic_time ();
  gboolean is_stopped;

  spending.native = TRUE;
  spending.max_frames = MIN (spending.max_frames, MAX_FRAMES);
  spending.max_ms = MAX (spending.max_ms, MAX_READING_MS);
  flatline_stop_set_patient (stop);
  is_stopped = flatline_stop_begin (stop, &stop_error);
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
