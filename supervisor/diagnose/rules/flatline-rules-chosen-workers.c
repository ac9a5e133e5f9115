/* SPDX-License-Identifier: MIT */
/*
 * Which of the workers that a finding waits for has to act: the one that explains most, once all findings are made. Of
 * several that might be it none is told when one of them moves.
 */
#include "flatline-rules.h"

#define CLOSES_CIRCLE 3

/* How much @worker explains: that it waits, by as few others as may be, for who waits for it; that it stands still;
 * that it works. */
static guint
weigh (FlatlineDiagnosis *diagnosis, FlatlineThread *worker, FlatlineThread *waiting)
{
  FlatlineFinding *step = g_hash_table_lookup (diagnosis->findings, worker);
  const gboolean stands_still = flatline_thread_was_watched (worker) ? flatline_thread_stands_still (worker)
                                                                     : flatline_thread_waits_for_ever (worker);

  if (!step)
    return 0;
  for (guint i = 0; step && i < FLATLINE_MAX_NAMED_WORKERS; i++)
    {
      if (step->thread == waiting)
        return CLOSES_CIRCLE + FLATLINE_MAX_NAMED_WORKERS - i;
      step = step->moved || step->timed ? NULL : flatline_diagnosis_find_holder (diagnosis, step);
    }
  return stands_still ? 2 : 1;
}

static void
add_workers_evidence (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  for (guint i = 0; i < MIN (finding->workers->len, FLATLINE_MAX_NAMED_WORKERS); i++)
    {
      FlatlineThread *worker = g_ptr_array_index (finding->workers, i);
      g_autofree char *label = flatline_thread_dup_label (worker);
      g_autofree char *source = g_strdup_printf (_ ("stack of %s"), label);
      g_autofree char *location = flatline_frame_dup_location (flatline_thread_find_place (worker));

      flatline_finding_add_evidence (finding, source, _ ("%s is in %s"), label, location);
      flatline_finding_point (finding, flatline_reference_new_for_process (diagnosis, worker->pid));
    }
}

/*
 * A pipeline ends with the last of its processes: one that waits for who waits for it keeps all of them. That another
 * stands still says nothing.
 */
static void
choose_awaited (FlatlineFinding *finding, FlatlineThread *best, guint weight)
{
  g_autofree char *label = NULL;

  if (weight < CLOSES_CIRCLE)
    return;
  label = flatline_thread_dup_label (best);
  finding->holder = best->native_id;
  finding->names_holder = TRUE;
  g_free (finding->does);
  finding->does = g_strdup_printf (_ ("waits for the end of child %s"), label);
  g_free (finding->resource);
  finding->resource = g_strdup_printf (_ ("child %s"), label);
}

static char *
dup_words (FlatlineFinding *finding, const char *label)
{
  const guint n = finding->workers->len;

  if (finding->workers_part == FLATLINE_WORKERS_START)
    return g_strdup_printf (_ ("%s, which cannot begin: the worker %s is still in its initializer"), finding->does,
                            label);
  if (finding->workers_part == FLATLINE_WORKERS_ARE_BUSY)
    return g_strdup_printf (_ ("%s, which cannot begin before %s is free"), finding->does, label);
  if (finding->workers_part == FLATLINE_WORKERS_ARE_SERVED)
    /* Translators: "serves a process pool", a process */
    return g_strdup_printf (_ ("%s and waits for %s"), finding->does, label);
  if (n == 1)
    return g_strdup_printf (_ ("%s, computed by %s"), finding->does, label);
  return g_strdup_printf (
      ngettext ("%s, computed by %u process, among them %s", "%s, computed by %u processes, among them %s", n),
      finding->does, n, label);
}

static void
choose_worker (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *best = NULL;
  guint most = 0, n_standing = 0;
  g_autofree char *label = NULL;

  for (guint i = 0; i < finding->workers->len; i++)
    {
      FlatlineThread *worker = g_ptr_array_index (finding->workers, i);
      const guint weight = weigh (diagnosis, worker, finding->thread);

      n_standing += weight >= 2;
      if (!best || weight > most)
        {
          best = worker;
          most = weight;
        }
    }
  if (finding->workers_part == FLATLINE_WORKERS_ARE_AWAITED)
    {
      choose_awaited (finding, best, most);
      g_clear_pointer (&finding->workers, g_ptr_array_unref);
      return;
    }
  if (!best)
    return;
  add_workers_evidence (diagnosis, finding);
  /* Of several it might be the one that moves; that none has begun is told of all. */
  if (finding->workers->len > 1 && finding->workers_part != FLATLINE_WORKERS_START && n_standing < finding->workers->len
      && (n_standing == 0
          || (finding->workers_part != FLATLINE_WORKERS_COMPUTE
              && finding->workers_part != FLATLINE_WORKERS_ARE_SERVED)))
    return;
  label = flatline_thread_dup_label (best);
  finding->holder = best->native_id;
  finding->names_holder = TRUE;
  flatline_finding_extend (finding, dup_words (finding, label));
}

void
flatline_diagnosis_choose_workers (FlatlineDiagnosis *diagnosis)
{
  GHashTableIter iter;
  gpointer finding;

  g_hash_table_iter_init (&iter, diagnosis->findings);
  while (g_hash_table_iter_next (&iter, NULL, &finding))
    if (((FlatlineFinding *)finding)->workers)
      choose_worker (diagnosis, finding);
}
