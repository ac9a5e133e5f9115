/* SPDX-License-Identifier: MIT */
/*
 * Rules about the processor and the GIL: stopped, waiting for a disk, running, holding the GIL or wanting it. A beat of
 * the interpreter lane needs the GIL; a fresh one proves that the GIL goes from hand to hand.
 */
#include "flatline-diagnosis.h"

#include <string.h>

/* Four missed beats of 250 ms. */
#define GIL_SILENCE_US      (1 * G_USEC_PER_SEC)
#define BUSY_PERCENT        20
#define SURELY_BUSY_PERCENT 80

gboolean
flatline_rule_stopped (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  if (!flatline_thread_in_state (thread, 'T'))
    return FALSE;
  flatline_finding_settle (finding, "stopped", FLATLINE_CONFIDENCE_CERTAIN,
                           g_strdup ("is stopped by a signal and goes on with SIGCONT"));
  flatline_finding_add_kernel_evidence (finding);
  return TRUE;
}

gboolean
flatline_rule_disk (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  g_autofree char *call = NULL;

  if (!flatline_thread_in_state (thread, 'D'))
    return FALSE;
  call = thread->syscall ? g_strdup_printf (" in %s", thread->syscall) : g_strdup ("");
  flatline_finding_settle (
      finding, "disk-wait", FLATLINE_CONFIDENCE_LIKELY,
      g_strdup_printf ("waits for a disk or a network file system%s and cannot be interrupted", call));
  flatline_finding_add_kernel_evidence (finding);
  if (thread->wait_channel)
    flatline_finding_add_evidence (finding, "/proc/PID/task/TID/wchan", "The kernel waits in %s", thread->wait_channel);
  return TRUE;
}

static FlatlineThread *
find_other_wanting_gil (FlatlineDiagnosis *diagnosis, FlatlineThread *holder)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (diagnosis->snapshot->threads, i);

      if (thread != holder && thread->waits_for_gil)
        return thread;
    }
  return NULL;
}

static FlatlineThread *
find_gil_holder (FlatlineDiagnosis *diagnosis, FlatlineThread *wanting)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (diagnosis->snapshot->threads, i);

      if (thread != wanting && thread->holds_gil && thread->interpreter == wanting->interpreter)
        return thread;
    }
  return NULL;
}

/* The innermost frame when it is native code other than the interpreter's own loop. */
static FlatlineFrame *
find_native_work (FlatlineThread *thread)
{
  FlatlineFrame *frame = flatline_list_peek (thread->frames, 0);

  if (!frame || flatline_frame_is_python (frame))
    return NULL;
  if (frame->function && strstr (frame->function, "PyEval_"))
    return NULL;
  return frame;
}

static gboolean
is_busy (FlatlineThread *thread)
{
  if (thread->cpu_percent >= SURELY_BUSY_PERCENT)
    return TRUE;
  if (flatline_thread_in_state (thread, 'R'))
    return thread->cpu_percent <= 0 || thread->cpu_percent >= BUSY_PERCENT;
  return thread->waits_for_gil && thread->cpu_percent >= BUSY_PERCENT;
}

gboolean
flatline_rule_gil_held (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  const gint64 silence_us = flatline_snapshot_silence_us (diagnosis->snapshot, "interpreter");
  FlatlineThread *wanting = thread->holds_gil ? find_other_wanting_gil (diagnosis, thread) : NULL;
  FlatlineFrame *native = find_native_work (thread);
  FlatlineConfidence confidence = FLATLINE_CONFIDENCE_LIKELY;
  gboolean blocked;

  if (!thread->holds_gil || (silence_us >= 0 && silence_us < GIL_SILENCE_US))
    return FALSE;
  blocked = thread->syscall && flatline_thread_in_state (thread, 'S');
  /* Without beats, a running holder may be Python code like any other. */
  if (!blocked && silence_us < 0 && !(native && wanting))
    return FALSE;
  if (wanting && (blocked || silence_us >= GIL_SILENCE_US) && diagnosis->snapshot->pause_us > 0)
    confidence = FLATLINE_CONFIDENCE_CERTAIN;
  if (blocked)
    flatline_finding_settle (finding, "gil-held", confidence,
                             g_strdup_printf ("holds the GIL while it waits in the system call %s, so no other Python "
                                              "thread can run",
                                              thread->syscall));
  else
    flatline_finding_settle (
        finding, "gil-held", confidence,
        g_strdup_printf ("holds the GIL in native code%s%s and does not let go, so no other Python "
                         "thread can run",
                         native && native->function ? ", in " : "",
                         native && native->function ? native->function : ""));
  flatline_finding_add_kernel_evidence (finding);
  if (silence_us >= 0)
    flatline_finding_add_evidence (finding, "beats of the interpreter lane",
                                   "The last beat that needs the GIL is %.1f s old",
                                   (double)silence_us / G_USEC_PER_SEC);
  if (wanting)
    {
      g_autofree char *label = flatline_thread_dup_label (wanting);
      flatline_finding_add_evidence (finding, "the interpreter's state", "%s waits for the GIL", label);
    }
  return TRUE;
}

gboolean
flatline_rule_busy (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineFrame *place = flatline_thread_find_place (thread);
  FlatlineFrame *native = find_native_work (thread);
  const char *function = place ? place->function : NULL;
  g_autofree char *load = NULL;
  gboolean in_native;

  if (!is_busy (thread))
    return FALSE;
  load = thread->cpu_percent > 0 ? g_strdup_printf (" (%.0f %% of a processor)", thread->cpu_percent) : g_strdup ("");
  flatline_finding_add_kernel_evidence (finding);
  if (thread->collecting)
    {
      flatline_finding_settle (finding, "native-busy", FLATLINE_CONFIDENCE_LIKELY,
                               g_strdup_printf ("collects garbage%s", load));
      flatline_finding_add_evidence (finding, "the interpreter's state", "A garbage collection is under way");
      return TRUE;
    }
  in_native =
      !flatline_thread_find_innermost (thread) || native
      || (thread->is_python && !thread->holds_gil && !thread->waits_for_gil && find_gil_holder (diagnosis, thread));
  if (in_native)
    flatline_finding_settle (finding, "native-busy", FLATLINE_CONFIDENCE_LIKELY,
                             native && native->function
                                 ? g_strdup_printf ("computes in native code, in %s%s", native->function, load)
                                 : g_strdup_printf ("computes in native code%s", load));
  else if (function && strcmp (function, "<module>") != 0)
    flatline_finding_settle (finding, "busy-loop", FLATLINE_CONFIDENCE_LIKELY,
                             g_strdup_printf ("runs without pause in %s%s", function, load));
  else
    flatline_finding_settle (finding, "busy-loop", FLATLINE_CONFIDENCE_LIKELY,
                             g_strdup_printf ("runs without pause%s", load));
  flatline_finding_add_frame_evidence (finding, place);
  return TRUE;
}

gboolean
flatline_rule_gil_wanted (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineThread *holder;

  if (!thread->waits_for_gil)
    return FALSE;
  holder = find_gil_holder (diagnosis, thread);
  flatline_finding_settle (finding, "gil-held", holder ? FLATLINE_CONFIDENCE_LIKELY : FLATLINE_CONFIDENCE_GUESS,
                           g_strdup ("waits for the GIL"));
  finding->resource = g_strdup ("the GIL");
  finding->holder = holder ? holder->native_id : 0;
  flatline_finding_add_evidence (finding, "the interpreter's state", "The thread has asked for the GIL");
  return TRUE;
}

/* The last resort: it ran at the moment of the look, which says little. */
gboolean
flatline_rule_momentarily_running (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  if (flatline_thread_in_state (thread, 't'))
    {
      flatline_finding_settle (finding, "stopped", FLATLINE_CONFIDENCE_GUESS, g_strdup ("is held by a debugger"));
      flatline_finding_add_kernel_evidence (finding);
      return TRUE;
    }
  if (!flatline_thread_in_state (thread, 'R') || !flatline_thread_find_innermost (thread))
    return FALSE;
  flatline_finding_settle (finding, "busy-loop", FLATLINE_CONFIDENCE_GUESS,
                           g_strdup ("was running when it was looked at"));
  flatline_finding_add_kernel_evidence (finding);
  return TRUE;
}
