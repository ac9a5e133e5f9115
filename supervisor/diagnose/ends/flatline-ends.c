/* SPDX-License-Identifier: MIT */
/*
 * How a program came to its end, where no thread tells: an exception that nobody caught, a start that failed, a signal
 * that nobody could hold. What the threads did besides says little then, and gives way.
 */
#include "flatline-ends.h"

#include "flatline-program-facts.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

static char *
dup_kill_text (FlatlineSnapshot *snapshot)
{
  const char *abbreviation = sigabbrev_np ((int)snapshot->signal);

  if (g_strcmp0 (snapshot->killer, "memory") == 0)
    return g_strdup (_ ("The kernel killed the program because memory ran out (SIGKILL)"));
  if (g_strcmp0 (snapshot->killer, "memory-limit") == 0)
    return g_strdup (_ ("The kernel killed the program because it reached its memory limit (SIGKILL)"));
  if (!abbreviation)
    return g_strdup_printf (_ ("The program was killed by signal %d"), (int)snapshot->signal);
  return g_strdup_printf (/* Translators: a signal, what it means: "SEGV", "Segmentation fault" */
                          _ ("The program was killed by SIG%s (%s)"), abbreviation,
                          g_strsignal ((int)snapshot->signal));
}

/* Where the first thread was when the signal came; NULL when nobody could look, or it has no name. */
static FlatlineFrame *
find_place_of_killed (FlatlineSnapshot *snapshot)
{
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);
      FlatlineFrame *place = thread->is_main ? flatline_thread_find_place (thread) : NULL;

      if (place && place->function && !g_str_has_prefix (place->function, "0x"))
        return place;
    }
  return NULL;
}

static void
judge_signal (FlatlineSnapshot *snapshot)
{
  FlatlineVerdict *verdict = snapshot->verdict;
  FlatlineFrame *place = find_place_of_killed (snapshot);
  g_autofree char *location = place ? flatline_frame_dup_location (place) : NULL;
  g_autofree char *text = dup_kill_text (snapshot);

  if (place)
    flatline_end_begin_verdict (
        verdict, "killed",
        g_strdup_printf (/* Translators: "The program was killed by SIGKILL (Killed)", a function */
                         _ ("%1$s while it was in %2$s"), text, place->function));
  else
    flatline_end_begin_verdict (verdict, "killed", g_steal_pointer (&text));
  if (place)
    flatline_end_locate_by_frame (verdict, place);
  if (location)
    flatline_end_add_fact (verdict, _ ("the stack"), g_strdup (location));
  if (snapshot->signal_sender > 0 && snapshot->program && snapshot->signal_sender == snapshot->program->pid)
    flatline_end_add_fact (verdict, _ ("the kernel"), g_strdup (_ ("The program sent the signal to itself")));
  else if (snapshot->signal_sender > 0)
    flatline_end_add_fact (verdict, _ ("the kernel"),
                           g_strdup_printf (/* Translators: a process */ _ ("Process %" PRId64 " sent the signal"),
                                            snapshot->signal_sender));
  for (guint i = 0; i < flatline_list_length (snapshot->facts); i++)
    flatline_list_append (&verdict->evidence, g_object_ref (flatline_list_peek (snapshot->facts, i)));
}

void
flatline_diagnosis_judge_end (FlatlineSnapshot *snapshot)
{
  gboolean is_end = g_strcmp0 (snapshot->reason, "exception") == 0 || g_strcmp0 (snapshot->reason, "crash") == 0;

  /* What nobody caught, and Qt or another then made the end of. */
  if (is_end && strcmp (snapshot->verdict->kind, "crash") == 0 && snapshot->exception)
    flatline_end_add_fact (snapshot->verdict, _ ("the exception"),
                           flatline_end_dup_exception_text (snapshot->exception));
  if (!is_end || strcmp (snapshot->verdict->kind, "crash") == 0)
    return;
  if (snapshot->signal != 0)
    judge_signal (snapshot);
  else if (snapshot->exception)
    flatline_end_judge_exception (snapshot);
  else
    flatline_end_judge_failed_start (snapshot);
}
