/* SPDX-License-Identifier: MIT */
/*
 * What a program was at an event: variables by the changes up to there, stacks by who entered whom. All of it becomes a
 * snapshot, with which the rest of Flatline knows what to do.
 */
#include "config.h"

#include "flatline-recording-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* Of a recursion of thousands the inner calls are what one looks at. */
#define MAX_FRAMES 300
/* Between a call and its first line, of other threads. */
#define MAX_EVENTS_OF_OTHERS 256

static const FlatlineChange *
get_change (FlatlineRecording *self, guint32 change)
{
  return &g_array_index (self->changes, FlatlineChange, change);
}

FlatlineValue *
flatline_recording_dup_changed (FlatlineRecording *self, guint change)
{
  const FlatlineChange *at = get_change (self, change);
  const char *line = self->text->str + at->offset;
  const char *value = line[0] == '=' ? strchr (line + 2, ' ') : NULL;

  return value ? flatline_recorded_value_parse (value + 1, self->names->pdata[at->name]) : NULL;
}

FlatlineValue *
flatline_recording_dup_result (FlatlineRecording *self, guint event)
{
  const FlatlineEvent *at = flatline_recording_peek_event (self, event);
  const char *line = self->text->str + at->offset, *end = strchr (line, '\n');
  const char *json = memchr (line, '[', end - line);
  FlatlineValue *value;

  if (at->kind != FLATLINE_EVENT_RETURN && at->kind != FLATLINE_EVENT_YIELD && at->kind != FLATLINE_EVENT_EXCEPTION)
    return NULL;
  value = json ? flatline_recorded_value_parse (json, NULL) : NULL;
  if (value)
    value->kind = g_strdup (at->kind == FLATLINE_EVENT_EXCEPTION ? "exception" : "local");
  return value;
}

static int
compare_places (gconstpointer one, gconstpointer other, gpointer user_data)
{
  GHashTable *places = user_data;
  gpointer a = g_hash_table_lookup (places, ((FlatlineValue *)one)->name);
  gpointer b = g_hash_table_lookup (places, ((FlatlineValue *)other)->name);

  return GPOINTER_TO_INT (a) - GPOINTER_TO_INT (b);
}

/* Arguments in their order, then the others as they came. */
static void
order (FlatlineRecording *self, GListStore *locals, char **arguments)
{
  g_autoptr (GHashTable) places = g_hash_table_new (g_str_hash, g_str_equal);
  guint n_arguments = g_strv_length (arguments);

  for (guint i = 0; i < flatline_list_length (locals); i++)
    {
      FlatlineValue *value = flatline_list_peek (locals, i);
      int place = -1;

      for (guint k = 0; k < n_arguments && place < 0; k++)
        if (g_str_equal (arguments[k], value->name))
          place = k;
      value->kind = g_strdup (place < 0 ? "local" : "argument");
      if (place < 0)
        place = n_arguments + GPOINTER_TO_INT (g_hash_table_lookup (self->name_numbers, value->name));
      g_hash_table_insert (places, value->name, GINT_TO_POINTER (place));
    }
  g_list_store_sort (locals, compare_places, places);
}

/* What a function was called with is written with its first line. */
static guint
find_first_line (FlatlineRecording *self, guint call_event)
{
  const guint32 call = flatline_recording_peek_event (self, call_event)->call;
  const guint end = MIN (flatline_recording_get_n_events (self), call_event + MAX_EVENTS_OF_OTHERS);

  for (guint i = call_event + 1; i < end; i++)
    if (flatline_recording_peek_event (self, i)->call == call)
      return flatline_recording_peek_event (self, i)->kind == FLATLINE_EVENT_LINE ? i : call_event;
  return call_event;
}

/* The variables of the call of @event at that moment: GListStore of FlatlineValue. Transfer full, NULL: none. */
static GListStore *
dup_locals (FlatlineRecording *self, guint event)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  const gboolean is_call = flatline_recording_peek_event (self, event)->kind == FLATLINE_EVENT_CALL;
  const guint known_at = is_call ? find_first_line (self, event) : event;
  guint32 change = flatline_recording_peek_event (self, known_at)->change;
  GListStore *locals = NULL;

  for (; change != FLATLINE_NO_EVENT; change = get_change (self, change)->previous)
    {
      FlatlineValue *value;

      if (!g_hash_table_add (seen, GUINT_TO_POINTER (get_change (self, change)->name + 1)))
        continue;
      value = flatline_recording_dup_changed (self, change);
      if (value)
        flatline_list_append (&locals, value);
    }
  if (locals)
    order (self, locals, flatline_recording_peek_code (self, event)->arguments);
  return locals;
}

GPtrArray *
flatline_recording_dup_changes (FlatlineRecording *self, guint event)
{
  GPtrArray *changes = g_ptr_array_new_with_free_func (g_object_unref);
  guint32 change = flatline_recording_peek_event (self, event)->change;

  for (; change != FLATLINE_NO_EVENT && get_change (self, change)->event == event;
       change = get_change (self, change)->previous)
    {
      FlatlineValue *value = flatline_recording_dup_changed (self, change);

      if (!value)
        {
          value = g_object_new (FLATLINE_TYPE_VALUE, NULL);
          value->name = g_strdup (self->names->pdata[get_change (self, change)->name]);
        }
      g_ptr_array_insert (changes, 0, value);
    }
  return changes;
}

static FlatlineFrame *
dup_frame (FlatlineRecording *self, guint event)
{
  FlatlineRecordedCode *code = flatline_recording_peek_code (self, event);
  FlatlineFrame *frame = g_object_new (FLATLINE_TYPE_FRAME, NULL);

  frame->kind = g_strdup ("python");
  frame->function = g_strdup (code->function);
  frame->qualified_name = g_strdup (code->qualified_name);
  frame->file = g_strdup (code->file);
  frame->line = flatline_recording_peek_event (self, event)->line;
  /* The same call has the same one at each event. */
  frame->address = flatline_recording_peek_event (self, event)->call;
  frame->locals = dup_locals (self, event);
  return frame;
}

/* What the event itself says stands above the variables. */
static void
add_result (FlatlineRecording *self, guint event, FlatlineFrame *frame)
{
  FlatlineValue *value = flatline_recording_dup_result (self, event);
  FlatlineEventKind kind = flatline_recording_peek_event (self, event)->kind;

  if (!value)
    return;
  value->name = g_strdup (kind == FLATLINE_EVENT_EXCEPTION ? _ ("(exception)")
                          : kind == FLATLINE_EVENT_YIELD   ? _ ("(yields)")
                                                           : _ ("(returns)"));
  if (!frame->locals)
    flatline_list_append (&frame->locals, value);
  else
    {
      g_list_store_insert (frame->locals, 0, value);
      g_object_unref (value);
    }
}

guint
flatline_recording_get_caller (FlatlineRecording *self, guint event)
{
  const FlatlineEvent *at = flatline_recording_peek_event (self, event);

  if (at->kind != FLATLINE_EVENT_CALL && at->kind != FLATLINE_EVENT_RESUME)
    at = flatline_recording_peek_event (self, at->entry);
  return at->entry;
}

static FlatlineThread *
dup_thread (FlatlineRecording *self, FlatlineRecordedThread *thread, guint32 event, gboolean is_current)
{
  FlatlineThread *copy = flatline_record_copy (thread->thread);

  copy->cpu_percent = copy->demand_percent = -1;
  copy->wakes = -1;
  copy->cut = flatline_recording_peek_event (self, event)->depth > MAX_FRAMES;
  for (guint32 at = event, n = 0; at != FLATLINE_NO_EVENT && n < MAX_FRAMES;
       at = flatline_recording_get_caller (self, at), n++)
    {
      FlatlineFrame *frame = dup_frame (self, at);

      if (is_current && at == event)
        add_result (self, event, frame);
      flatline_list_append (&copy->frames, frame);
    }
  if (is_current)
    {
      copy->holds_gil = TRUE;
      copy->state = g_strdup ("R");
      copy->state_text = g_strdup ("running");
    }
  return copy;
}

/* The last event of a thread up to @event. */
static guint32
find_last (FlatlineRecordedThread *thread, guint32 event)
{
  guint from = 0, to = thread->events->len;

  while (from < to)
    {
      guint middle = from + (to - from) / 2;

      if (g_array_index (thread->events, guint32, middle) <= event)
        from = middle + 1;
      else
        to = middle;
    }
  return from > 0 ? g_array_index (thread->events, guint32, from - 1) : FLATLINE_NO_EVENT;
}

/* Whether the thread has left its outermost call at @event. */
static gboolean
is_over (FlatlineRecording *self, guint32 event)
{
  const FlatlineEvent *at = flatline_recording_peek_event (self, event);

  return at->depth == 1 && (at->kind == FLATLINE_EVENT_RETURN || at->kind == FLATLINE_EVENT_UNWIND);
}

/* By which the panes know what to open. */
static FlatlineVerdict *
create_verdict (FlatlineRecording *self, guint event, FlatlineThread *thread)
{
  FlatlineVerdict *verdict = g_object_new (FLATLINE_TYPE_VERDICT, NULL);
  FlatlineFrame *frame = flatline_list_peek (thread->frames, 0);

  verdict->kind = g_strdup (flatline_event_kind_get_word (flatline_recording_peek_event (self, event)->kind));
  verdict->confidence = g_strdup ("certain");
  verdict->thread = thread->native_id;
  verdict->thread_name = g_strdup (thread->name);
  verdict->file = g_strdup (frame->file);
  verdict->line = frame->line;
  verdict->function = g_strdup (frame->function);
  return verdict;
}

FlatlineSnapshot *
flatline_recording_dup_snapshot (FlatlineRecording *self, guint event)
{
  const FlatlineEvent *at = flatline_recording_peek_event (self, event);
  FlatlineSnapshot *snapshot = flatline_snapshot_new ("recording");
  g_autofree char *ending = flatline_recording_dup_ending (self);

  g_free (snapshot->host);
  snapshot->host = g_strdup (self->host);
  snapshot->captured_us = self->started_us + at->time_us;
  snapshot->program = self->program ? g_object_ref (self->program) : NULL;
  snapshot->sources = self->sources ? g_object_ref (self->sources) : NULL;
  flatline_list_append (&snapshot->threads, dup_thread (self, self->threads->pdata[at->thread], event, TRUE));
  snapshot->verdict = create_verdict (self, event, flatline_list_peek (snapshot->threads, 0));
  for (guint i = 1; i < self->threads->len; i++)
    {
      guint32 last = i != at->thread ? find_last (self->threads->pdata[i], event) : FLATLINE_NO_EVENT;

      if (last != FLATLINE_NO_EVENT && !is_over (self, last))
        flatline_list_append (&snapshot->threads, dup_thread (self, self->threads->pdata[i], last, FALSE));
    }
  if (at->depth > MAX_FRAMES)
    {
      g_autofree char *limit =
          g_strdup_printf (_ ("Of %u calls on the stack the %d innermost are shown"), at->depth, MAX_FRAMES);

      flatline_snapshot_add_limit (snapshot, limit);
    }
  if (ending)
    flatline_snapshot_add_note (snapshot, ending);
  for (guint i = 0; i < self->notes->len; i++)
    flatline_snapshot_add_note (snapshot, self->notes->pdata[i]);
  return snapshot;
}
