/* SPDX-License-Identifier: MIT */
/*
 * All asleep: when every thread of a process waits without end for another thread of the same process (a private
 * futex), nothing inside is left that could wake one, whoever holds what. That proves a circle of locks which only the
 * source tells of, with acquire() and release() by hand. What a signal's handler might do is not known: a program that
 * has any of its own proves nothing. It proves as well that a lock that nobody is seen to hold will not be released.
 *
 * Source: futex(2), FUTEX_PRIVATE_FLAG.
 */
#include "config.h"

#include "flatline-diagnosis.h"

#include "flatline-code-path.h"

#include <glib/gi18n.h>
#include <linux/futex.h>
#include <string.h>

static gboolean
is_asleep (FlatlineThread *thread)
{
  return flatline_thread_in_syscall (thread, "futex") && flatline_thread_waits_for_ever (thread)
         && (flatline_thread_syscall_argument (thread, 1) & FUTEX_PRIVATE_FLAG)
         && flatline_thread_stands_still (thread);
}

static gboolean
has_signal_handlers (FlatlineDiagnosis *diagnosis)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->sources); i++)
    {
      FlatlineSourceFile *source = flatline_list_peek (diagnosis->snapshot->sources, i);

      if (source->text && source->file && flatline_path_is_own (source->file) && strstr (source->text, "signal"))
        return TRUE;
    }
  return FALSE;
}

/* How many threads sleep so, if all of the process do; else 0. */
static guint
count_if_all_asleep (FlatlineDiagnosis *diagnosis, gint64 pid)
{
  FlatlineThread *thread;
  guint n = 0;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      if (thread->pid != pid || flatline_thread_is_agent (thread))
        continue;
      if (!is_asleep (thread))
        return 0;
      n++;
    }
  return n;
}

static void
add_proof (FlatlineFinding *finding)
{
  flatline_finding_add_evidence (finding, _ ("the stacks of all threads"),
                                 _ ("Every thread of the process waits without end for another of its threads"));
}

void
flatline_diagnosis_prove_forsaken (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  guint n_asleep;

  if (strcmp (finding->kind, "lock-wait") != 0 || finding->holder || finding->other_holder || finding->names_holder
      || !finding->resource || finding->confidence == FLATLINE_CONFIDENCE_GUESS || has_signal_handlers (diagnosis))
    return;
  n_asleep = count_if_all_asleep (diagnosis, finding->thread->pid);
  if (n_asleep == 0)
    return;
  g_free (finding->does);
  g_clear_pointer (&finding->plainly, g_free);
  /* Translators: "lock ‘a’" */
  finding->does = g_strdup_printf (_ ("waits for %s, and no thread is left that could release it"), finding->resource);
  finding->kind = n_asleep == 1 ? "self-deadlock" : "deadlock";
  finding->confidence = FLATLINE_CONFIDENCE_CERTAIN;
  add_proof (finding);
}

void
flatline_diagnosis_prove_circle (FlatlineDiagnosis *diagnosis, FlatlineFinding *circle)
{
  FlatlineFinding *step = circle;
  gboolean is_proven = TRUE;

  do
    {
      is_proven = is_proven && step->confidence == FLATLINE_CONFIDENCE_CERTAIN;
      if (step->thread->pid != circle->thread->pid
          || (strcmp (step->kind, "lock-wait") != 0 && strcmp (step->kind, "join-wait") != 0))
        return;
      step = flatline_diagnosis_find_holder (diagnosis, step);
    }
  while (step != circle);
  if (is_proven || count_if_all_asleep (diagnosis, circle->thread->pid) == 0 || has_signal_handlers (diagnosis))
    return;
  do
    step->confidence = FLATLINE_CONFIDENCE_CERTAIN;
  while ((step = flatline_diagnosis_find_holder (diagnosis, step)) != circle);
  add_proof (circle);
}
