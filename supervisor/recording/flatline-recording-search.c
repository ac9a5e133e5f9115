/* SPDX-License-Identifier: MIT */
/* Ways through a recording: steps, places, texts, and where a variable became what it is. */
#include "config.h"

#include "flatline-recording-private.h"

#include <string.h>

static const FlatlineEvent *
get_event (FlatlineRecording *self, guint32 event)
{
  return &g_array_index (self->events, FlatlineEvent, event);
}

/* Past either end it wraps to a number that is none. */
static gboolean
is_there (FlatlineRecording *self, guint event)
{
  return event < self->events->len;
}

guint
flatline_recording_step (FlatlineRecording *self, guint event, FlatlineStep step, int direction)
{
  const FlatlineEvent *from = flatline_recording_peek_event (self, event);
  guint32 deepest = step == FLATLINE_STEP_INTO   ? G_MAXUINT32
                    : step == FLATLINE_STEP_OVER ? from->depth
                                                 : from->depth - 1;

  for (guint at = event + direction; is_there (self, at); at += direction)
    {
      const FlatlineEvent *found = get_event (self, at);

      if (found->thread == from->thread && found->depth <= deepest)
        return at;
    }
  return FLATLINE_NO_EVENT;
}

guint
flatline_recording_find_exception (FlatlineRecording *self, guint event, int direction)
{
  for (guint at = event + direction; is_there (self, at); at += direction)
    {
      const FlatlineEvent *found = get_event (self, at);

      /* On its way it is told once more by each caller, right after the call that it left. */
      if (found->kind == FLATLINE_EVENT_EXCEPTION
          && (at == 0 || get_event (self, at - 1)->kind != FLATLINE_EVENT_UNWIND
              || get_event (self, at - 1)->thread != found->thread))
        return at;
    }
  return FLATLINE_NO_EVENT;
}

static gboolean
ends_with_path (const char *file, const char *end)
{
  return file && g_str_has_suffix (file, end)
         && (strlen (file) == strlen (end) || file[strlen (file) - strlen (end) - 1] == '/' || end[0] == '/');
}

guint
flatline_recording_find_place (FlatlineRecording *self, guint event, const char *place, int direction)
{
  const char *colon = strrchr (place, ':'), *digits = colon ? colon + 1 : place;
  char *end;
  guint64 line = g_ascii_strtoull (digits, &end, 10);
  gboolean is_line = end != digits && *end == '\0';
  g_autofree char *file = !is_line ? NULL
                          : colon  ? g_strndup (place, colon - place)
                                  : g_strdup (is_there (self, event) ? flatline_recording_peek_file (self, event) : "");

  for (guint at = event + direction; is_there (self, at); at += direction)
    {
      const FlatlineEvent *found = get_event (self, at);
      FlatlineRecordedCode *code;

      if (is_line ? found->kind != FLATLINE_EVENT_LINE || found->line != line : found->kind != FLATLINE_EVENT_CALL)
        continue;
      code = flatline_recording_peek_code (self, at);
      if (is_line ? ends_with_path (code->file, file)
                  : g_strcmp0 (code->function, place) == 0 || g_strcmp0 (code->qualified_name, place) == 0)
        return at;
    }
  return FLATLINE_NO_EVENT;
}

/* What an event was written with: from behind the line of the event before it to the end of its own. */
static gboolean
has_text (FlatlineRecording *self, guint event, const char *text)
{
  const FlatlineEvent *at = get_event (self, event);
  const char *end = strchr (self->text->str + at->offset, '\n');
  const char *line = self->text->str + at->offset;

  if (g_strstr_len (line, end - line, text))
    return TRUE;
  for (guint32 change = at->change;
       change != FLATLINE_NO_EVENT && g_array_index (self->changes, FlatlineChange, change).event == event;
       change = g_array_index (self->changes, FlatlineChange, change).previous)
    {
      line = self->text->str + g_array_index (self->changes, FlatlineChange, change).offset;
      end = strchr (line, '\n');
      if (g_strstr_len (line, end - line, text))
        return TRUE;
    }
  return FALSE;
}

/* As it is written: in JSON, ASCII only. */
static char *
dup_written (const char *text)
{
  g_autoptr (GString) written = g_string_new (NULL);

  for (const char *at = text; *at; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);

      if (*at == '"' || *at == '\\')
        g_string_append_c (written, '\\');
      if (character < 0x80)
        g_string_append_c (written, *at);
      else if (character < 0x10000)
        g_string_append_printf (written, "\\u%04x", character);
      else
        g_string_append_printf (written, "\\u%04x\\u%04x", 0xd800 + ((character - 0x10000) >> 10),
                                0xdc00 + ((character - 0x10000) & 0x3ff));
    }
  return g_string_free (g_steal_pointer (&written), FALSE);
}

guint
flatline_recording_find_text (FlatlineRecording *self, guint event, const char *text, int direction)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *written = dup_written (valid);

  for (guint at = event + direction; is_there (self, at); at += direction)
    if (has_text (self, at, written))
      return at;
  return FLATLINE_NO_EVENT;
}

/* Where a variable became something else. */

static const FlatlineChange *
get_change (FlatlineRecording *self, guint32 change)
{
  return &g_array_index (self->changes, FlatlineChange, change);
}

/* The newest change of @name in a call, from @change on back. */
static guint32
find_change_of (FlatlineRecording *self, guint32 change, guint32 name)
{
  while (change != FLATLINE_NO_EVENT && get_change (self, change)->name != name)
    change = get_change (self, change)->previous;
  return change;
}

static FlatlineValue *
find_child (FlatlineValue *value, const char *name)
{
  for (guint i = 0; value && i < flatline_list_length (value->children); i++)
    {
      FlatlineValue *child = flatline_list_peek (value->children, i);

      if (g_strcmp0 (child->name, name) == 0)
        return child;
    }
  return NULL;
}

/* The line that made a change is the event before, in the same call. */
static guint32
get_maker (FlatlineRecording *self, guint32 change)
{
  guint32 event = get_change (self, change)->event;

  if (!is_there (self, event))
    return FLATLINE_NO_EVENT;
  return get_event (self, event)->before != FLATLINE_NO_EVENT ? get_event (self, event)->before : event;
}

/* The number of changes that were noticed up to @event. */
static guint32
count_changes (FlatlineRecording *self, guint event)
{
  guint32 from = 0, to = self->changes->len;

  while (from < to)
    {
      guint32 middle = from + (to - from) / 2;

      if (get_change (self, middle)->event <= event)
        from = middle + 1;
      else
        to = middle;
    }
  return from;
}

/* Of an attribute: back through whatever call saw this object, as long as it was the same. */
static guint32
find_attribute_change (
    FlatlineRecording *self, guint event, FlatlineValue *object, const char *attribute, FlatlineValue **old_out)
{
  FlatlineValue *now = find_child (object, attribute);
  g_autofree char *written = dup_written (object->text);
  guint32 found = FLATLINE_NO_EVENT;

  for (guint32 change = count_changes (self, event); change-- > 0;)
    {
      const char *line = self->text->str + get_change (self, change)->offset, *end = strchr (line, '\n');
      g_autoptr (FlatlineValue) value = NULL;
      FlatlineValue *then;

      if (line[0] != '=' || !g_strstr_len (line, end - line, written))
        continue;
      value = flatline_recording_dup_changed (self, change);
      if (!value || g_strcmp0 (value->text, object->text) != 0)
        continue;
      then = find_child (value, attribute);
      if (g_strcmp0 (then ? then->text : NULL, now->text) != 0)
        {
          if (old_out && then)
            *old_out = g_object_ref (then);
          break;
        }
      found = change;
    }
  return found;
}

guint
flatline_recording_find_change (
    FlatlineRecording *self, guint event, const char *name, FlatlineValue **old_out, FlatlineValue **new_out)
{
  const char *dot = strchr (name, '.');
  g_autofree char *variable = dot ? g_strndup (name, dot - name) : g_strdup (name);
  g_autoptr (FlatlineValue) value = NULL;
  gpointer number;
  guint32 change, older;

  if (old_out)
    *old_out = NULL;
  if (new_out)
    *new_out = NULL;
  if (!g_hash_table_lookup_extended (self->name_numbers, variable, NULL, &number))
    return FLATLINE_NO_EVENT;
  change = find_change_of (self, flatline_recording_peek_event (self, event)->change, GPOINTER_TO_UINT (number));
  if (change == FLATLINE_NO_EVENT || !(value = flatline_recording_dup_changed (self, change)))
    return FLATLINE_NO_EVENT;
  if (dot)
    {
      if (!find_child (value, dot + 1))
        return FLATLINE_NO_EVENT;
      change = find_attribute_change (self, event, value, dot + 1, old_out);
      if (new_out)
        *new_out = g_object_ref (find_child (value, dot + 1));
      return change == FLATLINE_NO_EVENT ? FLATLINE_NO_EVENT : get_maker (self, change);
    }
  older = find_change_of (self, get_change (self, change)->previous, GPOINTER_TO_UINT (number));
  if (old_out && older != FLATLINE_NO_EVENT)
    *old_out = flatline_recording_dup_changed (self, older);
  if (new_out)
    *new_out = g_steal_pointer (&value);
  return get_maker (self, change);
}
