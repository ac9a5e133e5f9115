/* SPDX-License-Identifier: MIT */
/*
 * From the lines of a recording to its events. Lines are told apart by their first character (agent/flatline/recording/
 * recorder.py has the list); a line that says what cannot be ends the reading there, and what came before it counts.
 * Threads, code and calls have numbers in turn, of which some may be left out.
 */
#include "config.h"

#include "flatline-recording-private.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>

#define MAX_THREADS    G_MAXUINT16
#define MAX_EVENTS     (G_MAXUINT32 - 1)
#define MAX_JSON_DEPTH 16
#define MAX_LEFT_OUT   16 /* numbers in a row */

typedef struct
{
  FlatlineRecording *recording;
  guint32 thread;
  gint64 now_us;
} Reader;

/* The next number of a line; FALSE: there is none. */
static gboolean
next_number (const char **at, gint64 *number)
{
  char *end;

  while (**at == ' ')
    (*at)++;
  if (!g_ascii_isdigit (**at))
    return FALSE;
  *number = g_ascii_strtoll (*at, &end, 10);
  *at = end;
  return TRUE;
}

/* The JSON object at the end of a definition; a parser has it only when it is flat enough not to exhaust the stack. */
static JsonNode *
parse_object (const char *json, gsize length)
{
  gboolean in_string = FALSE;
  g_autofree char *copy = NULL;
  JsonNode *node;
  int depth = 0;

  for (gsize i = 0; i < length; i++)
    {
      if (in_string)
        {
          if (json[i] == '\\')
            i++;
          else if (json[i] == '"')
            in_string = FALSE;
        }
      else if (json[i] == '"')
        in_string = TRUE;
      else if ((json[i] == '[' || json[i] == '{') && ++depth > MAX_JSON_DEPTH)
        return NULL;
      else if (json[i] == ']' || json[i] == '}')
        depth--;
    }
  copy = g_strndup (json, length);
  node = json_from_string (copy, NULL);
  if (node && !JSON_NODE_HOLDS_OBJECT (node))
    g_clear_pointer (&node, json_node_unref);
  return node;
}

/* NULL: there is none of that number. */
static FlatlineRecordedCall *
get_call (FlatlineRecording *self, guint32 number)
{
  FlatlineRecordedCall *call =
      number > 0 && number < self->calls->len ? &g_array_index (self->calls, FlatlineRecordedCall, number) : NULL;

  return call && call->code > 0 ? call : NULL;
}

/* Whether @number may follow on @n_before. */
static gboolean
is_next (gint64 number, guint n_before)
{
  return number >= n_before && number - n_before <= MAX_LEFT_OUT;
}

static FlatlineRecordedThread *
get_thread (Reader *reader)
{
  return reader->thread > 0 && reader->thread < reader->recording->threads->len
             ? reader->recording->threads->pdata[reader->thread]
             : NULL;
}

static void
add_thread (FlatlineRecording *self, JsonNode *node)
{
  FlatlineRecordedThread *thread = g_new0 (FlatlineRecordedThread, 1);

  thread->events = g_array_new (FALSE, FALSE, sizeof (guint32));
  if (node)
    thread->thread = (FlatlineThread *)flatline_record_from_json (FLATLINE_TYPE_THREAD, node, NULL);
  if (!thread->thread)
    thread->thread = g_object_new (FLATLINE_TYPE_THREAD, NULL);
  g_ptr_array_add (self->threads, thread);
}

static gboolean
read_thread (FlatlineRecording *self, const char *at, gsize length)
{
  const char *end = at + length;
  gint64 number;
  g_autoptr (JsonNode) node = NULL;

  if (!next_number (&at, &number) || !is_next (number, self->threads->len) || number > MAX_THREADS)
    return FALSE;
  while (self->threads->len < number)
    add_thread (self, NULL);
  node = parse_object (at, end - at);
  add_thread (self, node);
  return TRUE;
}

static FlatlineRecordedCode *
add_code (FlatlineRecording *self, guint n_arguments)
{
  FlatlineRecordedCode *code = g_new0 (FlatlineRecordedCode, 1);

  code->arguments = g_new0 (char *, n_arguments + 1);
  g_ptr_array_add (self->codes, code);
  return code;
}

static gboolean
read_code (FlatlineRecording *self, const char *at, gsize length)
{
  const char *end = at + length;
  gint64 number;
  g_autoptr (JsonNode) node = NULL;
  FlatlineRecordedCode *code;
  JsonObject *object;
  JsonNode *arguments;
  guint n;

  if (!next_number (&at, &number) || !is_next (number, self->codes->len) || !(node = parse_object (at, end - at)))
    return FALSE;
  while (self->codes->len < number)
    add_code (self, 0);
  object = json_node_get_object (node);
  arguments = json_object_get_member (object, "arguments");
  n = arguments && JSON_NODE_HOLDS_ARRAY (arguments) ? json_array_get_length (json_node_get_array (arguments)) : 0;
  code = add_code (self, n);
  code->file = g_strdup (json_object_get_string_member_with_default (object, "file", NULL));
  code->function = g_strdup (json_object_get_string_member_with_default (object, "function", NULL));
  code->qualified_name = g_strdup (json_object_get_string_member_with_default (object, "qualified_name", NULL));
  code->line = json_object_get_int_member_with_default (object, "line", 0);
  for (guint i = 0; i < n; i++)
    {
      JsonNode *argument = json_array_get_element (json_node_get_array (arguments), i);

      code->arguments[i] = g_strdup (JSON_NODE_HOLDS_VALUE (argument) ? json_node_get_string (argument) : "");
      if (!code->arguments[i])
        code->arguments[i] = g_strdup ("");
    }
  return TRUE;
}

static gboolean
read_source (FlatlineRecording *self, const char *at, gsize length)
{
  g_autoptr (JsonNode) node = parse_object (at, length);
  FlatlineRecord *source = node ? flatline_record_from_json (FLATLINE_TYPE_SOURCE_FILE, node, NULL) : NULL;

  if (source)
    flatline_list_append (&self->sources, source);
  return TRUE;
}

static gboolean
read_program (FlatlineRecording *self, const char *at, gsize length)
{
  g_autoptr (JsonNode) node = parse_object (at, length);
  JsonObject *object = node ? json_node_get_object (node) : NULL;
  JsonNode *program = object ? json_object_get_member (object, "program") : NULL;

  if (!object || self->program)
    return TRUE;
  self->host = g_strdup (json_object_get_string_member_with_default (object, "host", NULL));
  self->started_us = json_object_get_int_member_with_default (object, "started_us", 0);
  if (program && JSON_NODE_HOLDS_OBJECT (program))
    self->program = (FlatlineProgram *)flatline_record_from_json (FLATLINE_TYPE_PROGRAM, program, NULL);
  return TRUE;
}

static guint32
intern_name (FlatlineRecording *self, const char *at, gsize length)
{
  g_autofree char *written = g_strndup (at, length);
  g_autofree char *quoted = strchr (written, '\\') ? g_strdup_printf ("\"%s\"", written) : NULL;
  const char *json = quoted;
  g_autofree char *name = quoted ? flatline_recorded_string_parse (&json) : g_utf8_make_valid (written, -1);
  gpointer number;

  if (!name)
    name = g_steal_pointer (&written);
  if (!g_hash_table_lookup_extended (self->name_numbers, name, NULL, &number))
    {
      number = GUINT_TO_POINTER (self->names->len);
      g_ptr_array_add (self->names, name);
      g_hash_table_insert (self->name_numbers, g_steal_pointer (&name), number);
    }
  return GPOINTER_TO_UINT (number);
}

/* "= NAME VALUE" and "- NAME": noticed at the event that follows. */
static gboolean
read_change (Reader *reader, const char *line, gsize length)
{
  FlatlineRecording *self = reader->recording;
  FlatlineRecordedThread *thread = get_thread (reader);
  FlatlineRecordedCall *call = thread ? get_call (self, thread->call) : NULL;
  const char *name = line + 2, *end = length > 2 ? memchr (name, ' ', length - 2) : NULL;
  FlatlineChange change;

  if (!call || length < 3)
    return FALSE;
  if (!end)
    end = line + length;
  change = (FlatlineChange){ .previous = call->last_change,
                             .event = self->events->len,
                             .offset = line - self->text->str,
                             .name = intern_name (self, name, end - name) };
  call->last_change = self->changes->len;
  g_array_append_val (self->changes, change);
  return TRUE;
}

static void
add_event (
    Reader *reader, FlatlineRecordedThread *thread, guint32 number, FlatlineEventKind kind, gint64 line, const char *at)
{
  FlatlineRecording *self = reader->recording;
  FlatlineRecordedCall *call = get_call (self, number);
  guint32 index = self->events->len;
  FlatlineEvent event = { .time_us = reader->now_us,
                          .offset = at - self->text->str,
                          .call = number,
                          .before = call->last_event,
                          .change = call->last_change,
                          .line = line,
                          .thread = reader->thread,
                          .kind = kind };

  if (kind == FLATLINE_EVENT_CALL || kind == FLATLINE_EVENT_RESUME)
    {
      FlatlineRecordedCall *parent = get_call (self, call->parent);

      event.entry = parent ? parent->last_event : FLATLINE_NO_EVENT;
      event.depth =
          event.entry != FLATLINE_NO_EVENT ? g_array_index (self->events, FlatlineEvent, event.entry).depth + 1 : 1;
      call->entry = index;
    }
  else
    {
      event.entry = call->entry;
      event.depth = g_array_index (self->events, FlatlineEvent, call->entry).depth;
    }
  call->last_event = index;
  g_array_append_val (self->events, event);
  g_array_append_val (thread->events, index);
}

static gboolean
read_event (Reader *reader, const char *line)
{
  static const struct
  {
    char letter;
    FlatlineEventKind kind;
  } kinds[] = { { '.', FLATLINE_EVENT_LINE },  { '!', FLATLINE_EVENT_EXCEPTION }, { ')', FLATLINE_EVENT_RETURN },
                { ']', FLATLINE_EVENT_YIELD }, { '^', FLATLINE_EVENT_UNWIND },    { '(', FLATLINE_EVENT_CALL },
                { '[', FLATLINE_EVENT_RESUME } };
  FlatlineRecording *self = reader->recording;
  FlatlineRecordedThread *thread = get_thread (reader);
  const char *at = line + 1;
  gint64 number = thread ? thread->call : 0, parent = 0, code = 0, source_line, since;
  FlatlineEventKind kind = FLATLINE_EVENT_LINE;
  gboolean known = FALSE, enters = line[0] == '(' || line[0] == '[';

  for (gsize i = 0; i < G_N_ELEMENTS (kinds) && !known; i++)
    {
      kind = kinds[i].kind;
      known = kinds[i].letter == line[0];
    }
  if (!known || !thread || self->events->len >= MAX_EVENTS)
    return FALSE;
  if (enters && (!next_number (&at, &number) || !next_number (&at, &parent)))
    return FALSE;
  if (line[0] == '(' && !next_number (&at, &code))
    return FALSE;
  if (!next_number (&at, &source_line) || !next_number (&at, &since))
    return FALSE;
  if (line[0] == '(')
    {
      FlatlineRecordedCall call = { .code = code,
                                    .parent = parent,
                                    .last_event = FLATLINE_NO_EVENT,
                                    .last_change = FLATLINE_NO_EVENT,
                                    .entry = self->events->len };

      if (!is_next (number, self->calls->len) || (parent && !get_call (self, parent)) || code < 1
          || code >= self->codes->len)
        return FALSE;
      g_array_set_size (self->calls, number);
      g_array_append_val (self->calls, call);
    }
  else if (!get_call (self, number))
    return FALSE;
  if (line[0] == '[')
    {
      if (parent == number || (parent && !get_call (self, parent)))
        return FALSE;
      get_call (self, number)->parent = parent;
    }
  reader->now_us += since;
  add_event (reader, thread, number, kind, CLAMP (source_line, 0, G_MAXINT32), line);
  thread->call = enters ? number : thread->call;
  if (kind == FLATLINE_EVENT_RETURN || kind == FLATLINE_EVENT_YIELD || kind == FLATLINE_EVENT_UNWIND)
    thread->call = get_call (self, number)->parent;
  return TRUE;
}

static gboolean
read_note (FlatlineRecording *self, const char *at)
{
  char *note = flatline_recorded_string_parse (&at);

  if (note)
    g_ptr_array_add (self->notes, note);
  return note != NULL;
}

static gboolean
read_switch (Reader *reader, char letter, const char *at)
{
  FlatlineRecordedThread *thread;
  gint64 number;

  if (!next_number (&at, &number))
    return FALSE;
  if (letter == '@')
    {
      reader->thread = CLAMP (number, 0, G_MAXINT32);
      return get_thread (reader) != NULL;
    }
  thread = get_thread (reader);
  if (!thread || (number && !get_call (reader->recording, number)))
    return FALSE;
  thread->call = number;
  return TRUE;
}

static gboolean
read_line (Reader *reader, const char *line, gsize length)
{
  switch (line[0])
    {
    case '@':
    case 'G':
      return read_switch (reader, line[0], line + 1);
    case '=':
    case '-':
      return read_change (reader, line, length);
    case 'T':
      return read_thread (reader->recording, line + 1, length - 1);
    case 'C':
      return read_code (reader->recording, line + 1, length - 1);
    case 'S':
      return read_source (reader->recording, line + 1, length - 1);
    case 'P':
      return read_program (reader->recording, line + 1, length - 1);
    case 'N':
      return read_note (reader->recording, line + 2);
    default:
      return read_event (reader, line);
    }
}

void
flatline_recording_index (FlatlineRecording *self)
{
  Reader reader = { .recording = self };
  const char *line = self->text->str, *end = line + self->text->len;

  while (line < end)
    {
      const char *next = memchr (line, '\n', end - line);

      if (!next)
        break; /* cut off in the middle of a word */
      if (next > line && !read_line (&reader, line, next - line))
        {
          self->is_damaged = TRUE;
          break;
        }
      line = next + 1;
    }
}
