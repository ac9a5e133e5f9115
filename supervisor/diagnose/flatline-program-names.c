/* SPDX-License-Identifier: MIT */
/*
 * The program's own names for things: a verdict that says ‘self.lock’ is worth ten that say 0x7f02c8. Names come from
 * the variables of the frames (by the object's address) and from the kept source of the line that waits.
 */
#include "flatline-diagnosis.h"

#include <string.h>

#define MAX_NAME_CHARACTERS 80

FlatlineValue *
flatline_value_find_child (FlatlineValue *value, const char *name)
{
  for (guint i = 0; value && i < flatline_list_length (value->children); i++)
    {
      FlatlineValue *child = flatline_list_peek (value->children, i);

      if (g_strcmp0 (child->name, name) == 0)
        return child;
    }
  return NULL;
}

FlatlineValue *
flatline_frame_find_local (FlatlineFrame *frame, const char *name)
{
  for (guint i = 0; frame && i < flatline_list_length (frame->locals); i++)
    {
      FlatlineValue *value = flatline_list_peek (frame->locals, i);

      if (g_strcmp0 (value->name, name) == 0)
        return value;
    }
  return NULL;
}

static char *
name_in_frame (FlatlineFrame *frame, guint64 address)
{
  for (guint i = 0; i < flatline_list_length (frame->locals); i++)
    {
      FlatlineValue *value = flatline_list_peek (frame->locals, i);

      if (value->address == address && value->name)
        return g_strdup (value->name);
    }
  for (guint i = 0; i < flatline_list_length (frame->locals); i++)
    {
      FlatlineValue *value = flatline_list_peek (frame->locals, i);

      for (guint j = 0; value->name && j < flatline_list_length (value->children); j++)
        {
          FlatlineValue *child = flatline_list_peek (value->children, j);

          if (child->address != address || !child->name)
            continue;
          if (child->name[0] == '[')
            return g_strconcat (value->name, child->name, NULL);
          return g_strconcat (value->name, ".", child->name, NULL);
        }
    }
  return NULL;
}

static char *
name_in_thread (FlatlineThread *thread, guint64 address)
{
  for (guint i = 0; i < flatline_list_length (thread->frames); i++)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);
      char *name = flatline_frame_is_own (frame) ? name_in_frame (frame, address) : NULL;

      if (name)
        return name;
    }
  return NULL;
}

char *
flatline_diagnosis_dup_name_of (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, guint64 address)
{
  char *name;

  if (address == 0)
    return NULL;
  name = name_in_thread (thread, address);
  for (guint i = 0; !name && i < flatline_list_length (diagnosis->snapshot->threads); i++)
    {
      FlatlineThread *other = flatline_list_peek (diagnosis->snapshot->threads, i);

      if (other->pid == thread->pid)
        name = name_in_thread (other, address);
    }
  return name;
}

char *
flatline_diagnosis_dup_source_line (FlatlineDiagnosis *diagnosis, FlatlineFrame *frame)
{
  FlatlineSourceFile *source;
  const char *line;
  gint64 number = 1;

  if (!frame || !frame->file || frame->line <= 0)
    return NULL;
  source = flatline_snapshot_find_source (diagnosis->snapshot, frame->file);
  line = source ? source->text : NULL;
  while (line && number < frame->line)
    {
      line = strchr (line, '\n');
      line = line ? line + 1 : NULL;
      number++;
    }
  return line ? g_strstrip (g_strndup (line, strcspn (line, "\n"))) : NULL;
}

char *
flatline_diagnosis_dup_expression (FlatlineDiagnosis *diagnosis, FlatlineFrame *frame)
{
  FlatlineSourceFile *source =
      frame && frame->file ? flatline_snapshot_find_source (diagnosis->snapshot, frame->file) : NULL;
  g_autofree char *line = NULL;
  const char *start = source ? source->text : NULL;

  for (gint64 number = 1; start && number < frame->line; number++)
    {
      start = strchr (start, '\n');
      start = start ? start + 1 : NULL;
    }
  if (!start || frame->line <= 0)
    return NULL;
  line = g_strndup (start, strcspn (start, "\n"));
  if (frame->column > 0 && frame->column <= g_utf8_strlen (line, -1))
    {
      const char *begin = g_utf8_offset_to_pointer (line, frame->column - 1);
      const glong rest = g_utf8_strlen (begin, -1);
      const glong length = frame->end_line == frame->line ? frame->end_column - frame->column : rest;

      if (length > 0 && length <= rest)
        {
          const gsize shown = MIN (length, MAX_NAME_CHARACTERS);
          g_autofree char *text = g_utf8_substring (begin, 0, shown);

          return g_strconcat (text, shown < (gsize)length || frame->end_line != frame->line ? "…" : "", NULL);
        }
    }
  return g_strdup (g_strstrip (line));
}

/* The dotted name, subscripts included, that ends at @end of @line; NULL when there is none. */
static char *
name_ending_at (const char *line, const char *end)
{
  const char *start = end;
  int brackets = 0;

  while (start > line)
    {
      const char c = start[-1];

      if (c == ']')
        brackets++;
      else if (c == '[' && --brackets < 0)
        break;
      if (brackets == 0 && c != '[' && !g_ascii_isalnum (c) && c != '_' && c != '.' && (c & 0x80) == 0)
        break;
      start--;
    }
  if (start == end || end - start > MAX_NAME_CHARACTERS || brackets != 0 || *start == '.')
    return NULL;
  return g_strndup (start, end - start);
}

/* "lock" in "with lock:" and "with a, lock as b:" (the last item waits as likely as any; a single one is certain). */
static char *
name_after_with (const char *line)
{
  const char *start, *end;

  if (g_str_has_prefix (line, "async with "))
    line += strlen ("async ");
  if (!g_str_has_prefix (line, "with "))
    return NULL;
  start = line + strlen ("with ");
  end = start + strcspn (start, ",:( #");
  return end > start && (*end == ':' || *end == ' ') ? g_strndup (start, end - start) : NULL;
}

char *
flatline_source_dup_object (const char *line, const char *method)
{
  g_autofree char *call = NULL;
  const char *at;

  if (!line)
    return NULL;
  call = g_strconcat (".", method, "(", NULL);
  at = strstr (line, call);
  if (at)
    return name_ending_at (line, at);
  return strcmp (method, "acquire") == 0 ? name_after_with (line) : NULL;
}

char *
flatline_source_dup_call (const char *line, const char *function)
{
  g_autofree char *call = NULL;
  g_autofree char *name = NULL;
  const char *at, *end;
  int depth = 0;

  if (!line)
    return NULL;
  call = g_strconcat (function, "(", NULL);
  at = strstr (line, call);
  if (!at)
    return NULL;
  name = name_ending_at (line, at + strlen (function));
  for (end = at + strlen (function); *end; end++)
    {
      if (*end == '(')
        depth++;
      else if (*end == ')' && --depth == 0)
        break;
    }
  if (!name || *end != ')' || end - at > MAX_NAME_CHARACTERS)
    return NULL;
  return g_strdup_printf ("%s%.*s", name, (int)(end + 1 - at - strlen (function)), at + strlen (function));
}

char *
flatline_diagnosis_dup_object_name (FlatlineDiagnosis *diagnosis,
                                    FlatlineThread *thread,
                                    FlatlineFrame *call,
                                    const char *methods)
{
  FlatlineValue *self = flatline_frame_find_local (call, "self");
  g_autofree char *line = NULL;
  g_auto (GStrv) words = NULL;
  char *name = self ? flatline_diagnosis_dup_name_of (diagnosis, thread, self->address) : NULL;

  if (name)
    return name;
  line = flatline_diagnosis_dup_source_line (diagnosis, flatline_thread_find_place (thread));
  words = g_strsplit (methods, " ", -1);
  for (char **method = words; *method && !name; method++)
    name = flatline_source_dup_object (line, *method);
  return name;
}

/* "python3 work.py -v" out of "/usr/bin/python3 /home/ann/app/work.py -v": the folders say little and take much room.
 */
static char *
shorten_command_line (const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);

  for (guint i = 0; i < 2 && words[0] && words[i]; i++)
    {
      char *base = strrchr (words[i], '/');

      if (words[i][0] == '/' && base && base[1] && (i == 0 || g_str_has_suffix (words[i], ".py")))
        memmove (words[i], base + 1, strlen (base));
    }
  return g_strjoinv (" ", words);
}

char *
flatline_diagnosis_dup_process_label (FlatlineDiagnosis *diagnosis, gint64 pid)
{
  FlatlineProcess *process = flatline_diagnosis_find_process (diagnosis, pid);
  const char *what = process && process->command_line ? process->command_line : process ? process->name : NULL;
  g_autofree char *shown = what ? shorten_command_line (what) : NULL;

  if (!shown)
    return g_strdup_printf ("process %" G_GINT64_FORMAT, pid);
  if (g_utf8_validate (shown, -1, NULL) && g_utf8_strlen (shown, -1) > MAX_NAME_CHARACTERS)
    {
      g_autofree char *head = g_utf8_substring (shown, 0, MAX_NAME_CHARACTERS);
      return g_strdup_printf ("process %" G_GINT64_FORMAT " (%s…)", pid, head);
    }
  return g_strdup_printf ("process %" G_GINT64_FORMAT " (%s)", pid, shown);
}
