/* SPDX-License-Identifier: MIT */
/* From a finding to the words of a verdict: one sentence along the chain of holders, and the chain itself. */
#include "flatline-verdict-words.h"

#include "flatline-program-facts.h"

#include <string.h>

/* A sentence about more than this is read by nobody; the chain has them all. */
#define MAX_CLAUSES 4
#define MAX_CHAIN   64

static const char *
confidence_text (FlatlineConfidence confidence)
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
  link->waiter_at = flatline_reference_new_for_thread (finding->thread);
  g_set_object (&link->resource_at, finding->resource_at);
  if (holder)
    link->holder_at = flatline_reference_new_for_thread (holder);
  else if (finding->other_holder_id > 0)
    link->holder_at = flatline_reference_new_for_process (diagnosis, finding->other_holder_id);
  flatline_list_append (&verdict->chain, link);
}

static void
add_evidence (FlatlineVerdict *verdict, FlatlineFinding *finding)
{
  for (guint i = 0; finding->evidence && i < finding->evidence->len; i++)
    flatline_list_append (&verdict->evidence, g_object_ref (g_ptr_array_index (finding->evidence, i)));
}

/* A chain that leads back to its start looks like a deadlock; what shows that it is none has to be said. */
static const char *
find_way_out (FlatlineDiagnosis *diagnosis, GPtrArray *steps)
{
  FlatlineFinding *last = g_ptr_array_index (steps, steps->len - 1);
  FlatlineFinding *next = flatline_diagnosis_find_holder (diagnosis, last);

  if (!next || !g_ptr_array_find (steps, next, NULL))
    return NULL;
  /* A loop that waits is free to do what the others want of it, whatever one of its tasks waits for. */
  for (guint i = 0; i < steps->len; i++)
    if (strcmp (((FlatlineFinding *)g_ptr_array_index (steps, i))->kind, "async-wait") == 0)
      return NULL;
  for (guint i = 0; i < steps->len; i++)
    if (((FlatlineFinding *)g_ptr_array_index (steps, i))->timed)
      return _ ("it goes round in a circle, which only a time-out may end");
  for (guint i = 0; i < steps->len; i++)
    if (((FlatlineFinding *)g_ptr_array_index (steps, i))->moved)
      return _ ("no deadlock, since it was seen to move");
  return NULL;
}

/* Takes @sentence, and gives the one that @format makes of it and @more. */
static char *
lengthen (char *sentence, const char *format, const char *more)
{
  g_autofree char *before = sentence;

  return g_strdup_printf (format, before, more);
}

static char *
dup_summary (FlatlineDiagnosis *diagnosis, GPtrArray *steps, gboolean cycle)
{
  FlatlineFinding *first = g_ptr_array_index (steps, 0);
  g_autofree char *sentence = flatline_thread_dup_label (first->thread);
  const char *way_out;

  for (guint i = 0; i < steps->len; i++)
    {
      g_autofree char *deed = flatline_diagnosis_dup_deed (diagnosis, g_ptr_array_index (steps, i));

      if (i == MAX_CLAUSES)
        {
          g_autofree char *rest = g_strdup_printf (
              ngettext ("and so on through %u thread", "and so on through %u threads", steps->len), steps->len);

          /* Translators: the sentence so far, then "and so on through 7 threads" */
          sentence = lengthen (g_steal_pointer (&sentence), _ ("%s, %s"), rest);
          break;
        }
      if (i == 0)
        /* Translators: a thread, then what it does: "MainThread" "waits for lock ‘a’ held by thread ‘worker’" */
        sentence = lengthen (g_steal_pointer (&sentence), _ ("%s %s"), deed ? deed : _ ("waits"));
      else
        /* Translators: the sentence so far, which ends with the name of a thread; then what that thread does */
        sentence = lengthen (g_steal_pointer (&sentence), _ ("%s, which %s"), deed ? deed : _ ("waits"));
    }
  way_out = cycle ? NULL : find_way_out (diagnosis, steps);
  if (cycle && steps->len > 1)
    sentence = lengthen (g_steal_pointer (&sentence), _ ("%s: %s"), _ ("deadlock"));
  if (way_out)
    sentence = lengthen (g_steal_pointer (&sentence), _ ("%s: %s"), way_out);
  if (first->aside)
    /* Translators: the sentence so far, then "meanwhile the asyncio loop that called ‘f’ stands still" */
    sentence = lengthen (g_steal_pointer (&sentence), _ ("%s; %s"), first->aside);
  return flatline_label_dup_capitalised (sentence);
}

/*
 * Where a thread without code of the program on its stack is kept waiting, as the main thread at the end of the program
 * is: the place of the first one in the chain that has some.
 */
static FlatlineFrame *
find_place_in_chain (GPtrArray *steps)
{
  FlatlineFinding *first = g_ptr_array_index (steps, 0);
  FlatlineFrame *place = first->place ? first->place : flatline_thread_find_place (first->thread);

  for (guint i = 1; i < steps->len && !(place && flatline_frame_is_own (place)); i++)
    {
      FlatlineFinding *step = g_ptr_array_index (steps, i);
      FlatlineFrame *its_place = step->place ? step->place : flatline_thread_find_place (step->thread);

      if (its_place && flatline_frame_is_own (its_place) && strcmp (first->kind, "shutdown-hang") == 0)
        return its_place;
    }
  return place;
}

static void
fill_place (FlatlineVerdict *verdict, FlatlineFinding *finding, FlatlineFrame *place)
{
  FlatlineThread *thread = finding->thread;

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

/* The steps before the circle only lead into it. */
static const char *
circle_kind (FlatlineDiagnosis *diagnosis, GPtrArray *steps)
{
  FlatlineFinding *last = g_ptr_array_index (steps, steps->len - 1);

  return flatline_diagnosis_find_holder (diagnosis, last) == last ? "self-deadlock" : "deadlock";
}

/*
 * The last of @steps when no thread is left that could end its wait: a deadlock as a circle is one, unless a wait that
 * leads to it ends by itself.
 */
static FlatlineFinding *
find_forsaken (GPtrArray *steps)
{
  FlatlineFinding *last = g_ptr_array_index (steps, steps->len - 1);

  if (!g_str_equal (last->kind, "deadlock") && !g_str_equal (last->kind, "self-deadlock"))
    return NULL;
  for (guint i = 0; i < steps->len; i++)
    if (((FlatlineFinding *)g_ptr_array_index (steps, i))->timed
        || ((FlatlineFinding *)g_ptr_array_index (steps, i))->moved)
      return NULL;
  return last;
}

FlatlineVerdict *
flatline_diagnosis_word_verdict (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineFinding *circle)
{
  FlatlineVerdict *verdict = g_object_new (FLATLINE_TYPE_VERDICT, NULL);
  g_autoptr (GPtrArray) steps = g_ptr_array_new ();
  FlatlineConfidence confidence = finding->confidence;
  FlatlineFinding *core;

  for (FlatlineFinding *step = finding; step && steps->len < MAX_CHAIN;
       step = flatline_diagnosis_find_holder (diagnosis, step))
    {
      if (g_ptr_array_find (steps, step, NULL))
        break;
      g_ptr_array_add (steps, step);
    }
  core = circle ? circle : find_forsaken (steps);
  for (guint i = 0; core && i < steps->len; i++)
    confidence = MIN (confidence, ((FlatlineFinding *)g_ptr_array_index (steps, i))->confidence);
  if (core && core != finding)
    fill_place (verdict, core, core->place ? core->place : flatline_thread_find_place (core->thread));
  else
    fill_place (verdict, finding, find_place_in_chain (steps));
  verdict->kind = g_strdup (circle ? circle_kind (diagnosis, steps) : core ? core->kind : finding->kind);
  verdict->confidence = g_strdup (confidence_text (confidence));
  verdict->summary = dup_summary (diagnosis, steps, circle != NULL);
  for (guint i = 0; i < steps->len; i++)
    {
      FlatlineFinding *step = g_ptr_array_index (steps, i);

      add_evidence (verdict, step);
      if (step->resource || step->holder || step->other_holder)
        add_link (diagnosis, verdict, step);
      for (guint j = 0; step->links && j < step->links->len; j++)
        flatline_list_append (&verdict->chain, g_object_ref (g_ptr_array_index (step->links, j)));
    }
  return verdict;
}
