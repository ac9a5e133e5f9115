/* SPDX-License-Identifier: MIT */
/*
 * Rules about the processor and the GIL: stopped, waiting for a disk, running, holding the GIL or wanting it. A beat of
 * the interpreter lane needs the GIL; a fresh one proves that the GIL goes from hand to hand.
 */
#include "flatline-diagnosis.h"

#include <string.h>

/* Four missed beats of 250 ms. */
#define GIL_SILENCE_US (1 * G_USEC_PER_SEC)

gboolean
flatline_rule_stopped (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  if (!flatline_thread_in_state (thread, 'T'))
    return FALSE;
  flatline_finding_settle (finding, "stopped", FLATLINE_CONFIDENCE_CERTAIN,
                           g_strdup (_ ("is stopped by a signal and goes on with SIGCONT")));
  flatline_finding_add_kernel_evidence (finding);
  return TRUE;
}

gboolean
flatline_rule_disk (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  if (!flatline_thread_in_state (thread, 'D'))
    return FALSE;
  flatline_finding_settle (
      finding, "disk-wait", FLATLINE_CONFIDENCE_LIKELY,
      thread->syscall ? g_strdup_printf (
          _ ("waits for a disk or a network file system in %s and cannot be interrupted"), thread->syscall)
                      : g_strdup (_ ("waits for a disk or a network file system and cannot be interrupted")));
  flatline_finding_add_kernel_evidence (finding);
  if (thread->wait_channel)
    flatline_finding_add_evidence (finding, "/proc/PID/task/TID/wchan", _ ("The kernel waits in %s"),
                                   thread->wait_channel);
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

FlatlineThread *
flatline_diagnosis_find_gil_holder (FlatlineDiagnosis *diagnosis, FlatlineThread *wanting)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (diagnosis->snapshot->threads, i);

      if (thread != wanting && thread->holds_gil && thread->interpreter == wanting->interpreter)
        return thread;
    }
  return NULL;
}

gboolean
flatline_rule_gil_held (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  const gint64 silence_us = flatline_snapshot_silence_us (diagnosis->snapshot, "interpreter");
  FlatlineThread *wanting = thread->holds_gil ? find_other_wanting_gil (diagnosis, thread) : NULL;
  FlatlineFrame *native = flatline_thread_find_native_work (thread);
  FlatlineConfidence confidence = FLATLINE_CONFIDENCE_LIKELY;
  g_autofree char *work = NULL;
  gboolean blocked;

  if (!thread->holds_gil || (silence_us >= 0 && silence_us < GIL_SILENCE_US))
    return FALSE;
  /* Read at different moments, a system call and the GIL say nothing together, unless nothing moved since. */
  if (flatline_thread_was_watched (thread) && (thread->gil_looks < thread->looks || thread->moves > 0))
    return FALSE;
  blocked = thread->syscall && flatline_thread_in_state (thread, 'S')
            && (!flatline_thread_was_watched (thread) || flatline_thread_stands_still (thread));
  /* Without beats, a running holder may be Python code like any other. */
  if (!blocked && silence_us < 0 && !(native && wanting))
    return FALSE;
  if (wanting && (blocked || silence_us >= GIL_SILENCE_US) && diagnosis->snapshot->pause_us > 0)
    confidence = FLATLINE_CONFIDENCE_CERTAIN;
  work = flatline_diagnosis_dup_native_work (diagnosis, thread);
  if (blocked)
    flatline_finding_settle (
        finding, "gil-held", confidence,
        work ? /* Translators: a system call; "in FUNCTION()" or "computing ‘…’" */
            g_strdup_printf (_ ("holds the GIL while it waits in the system call %s, %s, so no other "
                                "Python thread can run"),
                             thread->syscall, work)
             : g_strdup_printf (_ ("holds the GIL while it waits in the system call %s, so no "
                                   "other Python thread can run"),
                                thread->syscall));
  else
    flatline_finding_settle (
        finding, "gil-held", confidence,
        work ? /* Translators: "in FUNCTION()" or "computing ‘…’" */
            g_strdup_printf (_ ("holds the GIL in native code, %s and does not let go, so no other Python "
                                "thread can run"),
                             work)
             : g_strdup (_ ("holds the GIL in native code and does not let go, so no other Python thread can run")));
  flatline_finding_add_kernel_evidence (finding);
  if (silence_us >= 0)
    flatline_finding_add_evidence (finding, _ ("beats of the interpreter lane"),
                                   _ ("The last beat that needs the GIL is %.1f s old"),
                                   (double)silence_us / G_USEC_PER_SEC);
  if (wanting)
    {
      g_autofree char *label = flatline_thread_dup_label (wanting);
      flatline_finding_add_evidence (finding, _ ("the interpreter's state"), _ ("%s waits for the GIL"), label);
    }
  return TRUE;
}

gboolean
flatline_rule_gil_wanted (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  FlatlineThread *holder;

  if (!thread->waits_for_gil)
    return FALSE;
  holder = flatline_diagnosis_find_gil_holder (diagnosis, thread);
  flatline_finding_settle (finding, "gil-held", holder ? FLATLINE_CONFIDENCE_LIKELY : FLATLINE_CONFIDENCE_GUESS,
                           g_strdup (_ ("waits for the GIL")));
  finding->resource = g_strdup (_ ("the GIL"));
  finding->holder = holder ? holder->native_id : 0;
  flatline_finding_add_evidence (finding, _ ("the interpreter's state"), _ ("The thread has asked for the GIL"));
  return TRUE;
}

/* The last resort: it goes on, or ran at the moment of the look, which says little. */
gboolean
flatline_rule_momentarily_running (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, FlatlineFinding *finding)
{
  if (flatline_thread_in_state (thread, 't'))
    {
      flatline_finding_settle (finding, "stopped", FLATLINE_CONFIDENCE_GUESS, g_strdup (_ ("is held by a debugger")));
      flatline_finding_add_kernel_evidence (finding);
      return TRUE;
    }
  if (flatline_thread_was_watched (thread) && !flatline_thread_stands_still (thread))
    {
      flatline_finding_settle (
          finding, "unknown", FLATLINE_CONFIDENCE_GUESS,
          g_strdup_printf (ngettext ("goes on by itself: it moved in %d of %d look and used %.0f %% of a processor",
                                     "goes on by itself: it moved in %d of %d looks and used %.0f %% of a processor",
                                     (gulong)thread->looks),
                           (int)thread->moves, (int)thread->looks, MAX (thread->cpu_percent, 0)));
      flatline_finding_add_kernel_evidence (finding);
      return TRUE;
    }
  if (!flatline_thread_in_state (thread, 'R') || !flatline_thread_find_innermost (thread))
    return FALSE;
  flatline_finding_settle (finding, "busy-loop", FLATLINE_CONFIDENCE_GUESS,
                           g_strdup (_ ("was running when it was looked at")));
  flatline_finding_add_kernel_evidence (finding);
  return TRUE;
}
