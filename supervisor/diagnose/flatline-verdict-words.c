/* SPDX-License-Identifier: MIT */
/* From a finding to the words of a verdict: one sentence along the chain of holders, and the chain itself. */
#include "flatline-diagnosis.h"

#include <string.h>

/* A sentence about more than this is read by nobody; the chain has them all. */
#define MAX_CLAUSES 4
#define MAX_CHAIN   64

const char *
flatline_confidence_text (FlatlineConfidence confidence)
{
  switch (confidence)
    {
    case FLATLINE_CONFIDENCE_CERTAIN:
      return "certain";
    case FLATLINE_CONFIDENCE_LIKELY:
      return "likely";
    case FLATLINE_CONFIDENCE_GUESS:
      break;
    }
  return "guess";
}

FlatlineFinding *
flatline_diagnosis_find_holder (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *holder = flatline_diagnosis_find_thread (diagnosis, finding->holder);

  return holder ? g_hash_table_lookup (diagnosis->findings, holder) : NULL;
}

char *
flatline_diagnosis_dup_deed (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding)
{
  FlatlineThread *holder = flatline_diagnosis_find_thread (diagnosis, finding->holder);
  g_autofree char *label = NULL;

  if (!holder || finding->names_holder)
    return g_strdup (finding->does);
  label = flatline_thread_dup_label (holder);
  return g_strdup_printf ("%s held by %s", finding->does, holder == finding->thread ? "itself" : label);
}

static void
add_link (FlatlineDiagnosis *diagnosis, FlatlineVerdict *verdict, FlatlineFinding *finding)
{
  FlatlineWaitLink *link = g_object_new (FLATLINE_TYPE_WAIT_LINK, NULL);
  FlatlineThread *holder = flatline_diagnosis_find_thread (diagnosis, finding->holder);

  link->waiter = flatline_thread_dup_label_with_id (finding->thread);
  link->waiter_id = finding->thread->native_id;
  link->resource = g_strdup (finding->resource ? finding->resource : finding->does);
  link->holder = holder ? flatline_thread_dup_label_with_id (holder) : g_strdup (finding->other_holder);
  link->holder_id = holder ? holder->native_id : finding->other_holder_id;
  link->location =
      flatline_frame_dup_location (finding->place ? finding->place : flatline_thread_find_place (finding->thread));
  flatline_list_append (&verdict->chain, link);
}

static void
add_evidence (FlatlineVerdict *verdict, FlatlineFinding *finding)
{
  for (guint i = 0; finding->evidence && i + 1 < finding->evidence->len; i += 2)
    flatline_list_append (&verdict->evidence,
                          g_object_new (FLATLINE_TYPE_EVIDENCE, "fact", g_ptr_array_index (finding->evidence, i),
                                        "source", g_ptr_array_index (finding->evidence, i + 1), NULL));
}

static void
capitalise (char *sentence)
{
  sentence[0] = g_ascii_toupper (sentence[0]);
}

/* A chain that leads back to its start looks like a deadlock; what shows that it is none has to be said. */
static const char *
find_way_out (FlatlineDiagnosis *diagnosis, GPtrArray *steps)
{
  FlatlineFinding *last = g_ptr_array_index (steps, steps->len - 1);
  FlatlineFinding *next = flatline_diagnosis_find_holder (diagnosis, last);

  if (!next || !g_ptr_array_find (steps, next, NULL))
    return NULL;
  for (guint i = 0; i < steps->len; i++)
    if (((FlatlineFinding *)g_ptr_array_index (steps, i))->timed)
      return "no deadlock, since a time-out ends it";
  for (guint i = 0; i < steps->len; i++)
    if (((FlatlineFinding *)g_ptr_array_index (steps, i))->moved)
      return "no deadlock, since it was seen to move";
  return NULL;
}

static char *
dup_summary (FlatlineDiagnosis *diagnosis, GPtrArray *steps, gboolean cycle)
{
  FlatlineFinding *first = g_ptr_array_index (steps, 0);
  g_autofree char *label = flatline_thread_dup_label (first->thread);
  GString *sentence = g_string_new (label);
  const char *way_out;

  for (guint i = 0; i < steps->len; i++)
    {
      g_autofree char *deed = flatline_diagnosis_dup_deed (diagnosis, g_ptr_array_index (steps, i));

      if (i == MAX_CLAUSES)
        {
          g_string_append_printf (sentence, ", and so on through %u threads", steps->len);
          break;
        }
      g_string_append_printf (sentence, "%s %s", i == 0 ? "" : ", which", deed ? deed : "waits");
    }
  way_out = cycle ? NULL : find_way_out (diagnosis, steps);
  if (cycle && steps->len > 1)
    g_string_append (sentence, ": deadlock");
  if (way_out)
    g_string_append_printf (sentence, ": %s", way_out);
  if (first->aside)
    g_string_append_printf (sentence, "; %s", first->aside);
  capitalise (sentence->str);
  return g_string_free (sentence, FALSE);
}

static void
fill_place (FlatlineVerdict *verdict, FlatlineFinding *finding)
{
  FlatlineThread *thread = finding->thread;
  FlatlineFrame *place = finding->place ? finding->place : flatline_thread_find_place (thread);

  verdict->pid = thread->pid;
  verdict->thread = thread->native_id;
  verdict->thread_name = g_strdup (thread->name);
  if (!place)
    return;
  verdict->location = flatline_frame_dup_location (place);
  verdict->file = g_strdup (place->file);
  verdict->line = place->line;
  verdict->function = g_strdup (place->function);
}

static const char *
cycle_kind (GPtrArray *steps)
{
  return steps->len == 1 ? "self-deadlock" : "deadlock";
}

FlatlineVerdict *
flatline_diagnosis_word_verdict (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, gboolean cycle)
{
  FlatlineVerdict *verdict = g_object_new (FLATLINE_TYPE_VERDICT, NULL);
  g_autoptr (GPtrArray) steps = g_ptr_array_new ();
  FlatlineConfidence confidence = finding->confidence;

  for (FlatlineFinding *step = finding; step && steps->len < MAX_CHAIN;
       step = flatline_diagnosis_find_holder (diagnosis, step))
    {
      if (g_ptr_array_find (steps, step, NULL))
        break;
      g_ptr_array_add (steps, step);
      if (cycle)
        confidence = MIN (confidence, step->confidence);
    }
  fill_place (verdict, finding);
  verdict->kind = g_strdup (cycle ? cycle_kind (steps) : finding->kind);
  verdict->confidence = g_strdup (flatline_confidence_text (confidence));
  verdict->summary = dup_summary (diagnosis, steps, cycle);
  for (guint i = 0; i < steps->len; i++)
    {
      FlatlineFinding *step = g_ptr_array_index (steps, i);

      add_evidence (verdict, step);
      if (step->resource || step->holder || step->other_holder)
        add_link (diagnosis, verdict, step);
    }
  return verdict;
}
