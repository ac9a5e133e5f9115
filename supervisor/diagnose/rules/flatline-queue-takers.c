/* SPDX-License-Identifier: MIT */
/*
 * Who should empty a queue that is full: the thread that has it in its hands, in a function that takes from it. What
 * keeps that from the next item is why there is no room.
 */
#include "flatline-program-facts.h"
#include "flatline-rules.h"

#include <string.h>

/* The queue is a variable of @frame, or an attribute of the object whose method it is. */
static gboolean
has_queue (FlatlineFrame *frame, guint64 queue)
{
  FlatlineValue *self = flatline_frame_find_local (frame, "self");

  for (guint i = 0; i < flatline_list_length (frame->locals); i++)
    if (((FlatlineValue *)flatline_list_peek (frame->locals, i))->address == queue)
      return TRUE;
  for (guint i = 0; self && i < flatline_list_length (self->children); i++)
    if (((FlatlineValue *)flatline_list_peek (self->children, i))->address == queue)
      return TRUE;
  return FALSE;
}

/* What of its function comes before the line that @frame is at: a loop takes an item before it is at work with it. */
static gboolean
has_taken_item (FlatlineDiagnosis *diagnosis, FlatlineFrame *frame)
{
  g_autofree char *begin = g_strdup_printf ("def %s", frame->function ? frame->function : "?");

  for (gint64 number = frame->line; number > 0; number--)
    {
      gsize length = 0;
      const char *at = flatline_diagnosis_find_line (diagnosis, frame->file, number, &length);
      g_autofree char *line = at ? g_strndup (at, length) : NULL;

      if (!line)
        return FALSE;
      /* "q.get()", "iter(q.get, None)", and what logging's listener calls. */
      if (strstr (line, ".get(") || strstr (line, ".get,") || strstr (line, ".get_nowait(")
          || strstr (line, ".dequeue("))
        return TRUE;
      if (strstr (line, begin))
        return FALSE;
    }
  return FALSE;
}

static FlatlineFrame *
find_taking_frame (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, guint64 queue)
{
  FlatlineFrame *frame;

  for (guint i = 0; (frame = flatline_thread_peek_frame (thread, i)); i++)
    {
      if (!flatline_frame_is_python (frame) || !has_queue (frame, queue))
        continue;
      /* In a method of the queue it waits itself. */
      if (frame->file && g_str_has_suffix (frame->file, "/queue.py"))
        return NULL;
      if (frame->file && has_taken_item (diagnosis, frame))
        return frame;
    }
  return NULL;
}

void
flatline_finding_note_taker (FlatlineDiagnosis *diagnosis, FlatlineFinding *finding, FlatlineValue *queue)
{
  FlatlineThread *waiting = finding->thread;
  FlatlineThread *thread, *taker = NULL;
  FlatlineFrame *at = NULL;
  g_autofree char *label = NULL;
  g_autofree char *location = NULL;
  g_autofree char *before = NULL;

  for (guint i = 0; queue && queue->address && (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      FlatlineFrame *frame = thread != waiting && thread->pid == waiting->pid && !flatline_thread_is_agent (thread)
                                 ? find_taking_frame (diagnosis, thread, queue->address)
                                 : NULL;

      if (!frame)
        continue;
      /* Of several any may be the next to come back. */
      if (taker)
        return;
      taker = thread;
      at = frame;
    }
  if (!taker)
    return;
  label = flatline_thread_dup_label (taker);
  location = flatline_frame_dup_location (at);
  before = finding->does;
  if (!finding->plainly)
    finding->plainly = g_strdup (before);
  /* Translators: "waits for room in queue ‘q’, which is full", a thread */
  finding->does = g_strdup_printf (_ ("%s and which %s empties"), before, label);
  finding->holder = taker->native_id;
  finding->names_holder = TRUE;
  flatline_finding_add_evidence (finding, _ ("the source on the stack"), /* Translators: a thread, a place */
                                 _ ("%s has taken an item from the queue and is at %s"), label, location);
  flatline_finding_point (finding, flatline_reference_new_for_frame (at, taker->pid));
}
