/* SPDX-License-Identifier: MIT */
/*
 * The program's own names for things: a verdict that says ‘self.lock’ is worth ten that say 0x7f02c8. Names come from
 * the variables of the frames (by the object's address) and from the kept source of the line that waits.
 */
#include "flatline-diagnosis.h"

#include <string.h>

#define MAX_NAME_CHARACTERS 80

/* A thread's own words for a thing come first, but not from the depths of its stack. */
#define MAX_FRAMES_NAMED_FIRST 8

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
join_names (const char *outer, const char *inner)
{
  return inner[0] == '[' ? g_strconcat (outer, inner, NULL) : g_strconcat (outer, ".", inner, NULL);
}

static char *
name_in_frame (FlatlineFrame *frame, guint64 address)
{
  char *name = NULL;

  for (guint i = 0; i < flatline_list_length (frame->locals); i++)
    {
      FlatlineValue *value = flatline_list_peek (frame->locals, i);

      if (!value->name)
        continue;
      if (value->address == address)
        {
          g_free (name);
          return g_strdup (value->name);
        }
      for (guint j = 0; !name && value->children && j < flatline_list_length (value->children); j++)
        {
          FlatlineValue *child = flatline_list_peek (value->children, j);

          if (child->address == address && child->name)
            name = join_names (value->name, child->name);
        }
    }
  return name;
}

static char *
name_in_thread (FlatlineThread *thread, guint64 address)
{
  FlatlineFrame *frame;
  guint n_own = 0;

  for (guint i = 0; n_own < MAX_FRAMES_NAMED_FIRST && (frame = flatline_thread_peek_frame (thread, i)); i++)
    {
      char *name;

      if (!flatline_frame_is_own (frame))
        continue;
      n_own++;
      name = name_in_frame (frame, address);
      if (name)
        return name;
    }
  return NULL;
}

/* What a rule may ask the name of: the listed locks, and the objects whose methods libraries are in. */
static GHashTable *
list_objects_in_question (FlatlineDiagnosis *diagnosis)
{
  GHashTable *objects = g_hash_table_new (g_int64_hash, g_int64_equal);
  FlatlineThread *thread;

  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->locks); i++)
    {
      FlatlineLock *lock = flatline_list_peek (diagnosis->snapshot->locks, i);

      g_hash_table_add (objects, &lock->address);
    }
  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      FlatlineFrame *frame;

      for (guint j = 0; (frame = flatline_thread_peek_frame (thread, j)) && !flatline_frame_is_own (frame); j++)
        {
          FlatlineValue *self = flatline_frame_find_local (frame, "self");

          if (self)
            g_hash_table_add (objects, &self->address);
        }
    }
  return objects;
}

static void
index_names_of_frame (FlatlineDiagnosis *diagnosis, FlatlineFrame *frame, GHashTable *in_question)
{
  const guint n_locals = flatline_list_length (frame->locals);

  for (guint i = 0; i < n_locals; i++)
    {
      FlatlineValue *value = flatline_list_peek (frame->locals, i);
      const guint n_children = flatline_list_length (value->children);

      if (!value->name)
        continue;
      if (g_hash_table_contains (in_question, &value->address)
          && !g_hash_table_contains (diagnosis->variables, &value->address))
        g_hash_table_insert (diagnosis->variables, &value->address, value);
      for (guint j = 0; j < n_children; j++)
        {
          FlatlineValue *child = flatline_list_peek (value->children, j);

          if (child->name && g_hash_table_contains (in_question, &child->address)
              && !g_hash_table_contains (diagnosis->attributes, &child->address))
            {
              g_hash_table_insert (diagnosis->attributes, &child->address, child);
              g_hash_table_insert (diagnosis->owners, child, value);
            }
        }
    }
}

/* What the program's own frames call the objects in question; the first that has it names an object. */
static void
index_names (FlatlineDiagnosis *diagnosis)
{
  g_autoptr (GHashTable) in_question = list_objects_in_question (diagnosis);

  diagnosis->variables = g_hash_table_new (g_int64_hash, g_int64_equal);
  diagnosis->attributes = g_hash_table_new (g_int64_hash, g_int64_equal);
  diagnosis->owners = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (diagnosis->snapshot->threads, i);
      FlatlineFrame *frame;

      for (guint j = 0; (frame = flatline_thread_peek_frame (thread, j)); j++)
        if (flatline_frame_is_own (frame))
          index_names_of_frame (diagnosis, frame, in_question);
    }
}

char *
flatline_diagnosis_dup_name_of (FlatlineDiagnosis *diagnosis, FlatlineThread *thread, guint64 address)
{
  FlatlineValue *value;
  char *name;

  if (address == 0)
    return NULL;
  name = name_in_thread (thread, address);
  /* An address of another process is another object. */
  if (name || flatline_diagnosis_is_relative (diagnosis, thread))
    return name;
  if (!diagnosis->variables)
    index_names (diagnosis);
  value = g_hash_table_lookup (diagnosis->variables, &address);
  if (value)
    return g_strdup (value->name);
  value = g_hash_table_lookup (diagnosis->attributes, &address);
  return value ? join_names (((FlatlineValue *)g_hash_table_lookup (diagnosis->owners, value))->name, value->name)
               : NULL;
}

void
flatline_source_lines_free (FlatlineSourceLines *self)
{
  g_array_unref (self->starts);
  g_free (self);
}

static FlatlineSourceLines *
find_source_lines (FlatlineDiagnosis *diagnosis, const char *file)
{
  FlatlineSourceLines *lines = g_hash_table_lookup (diagnosis->sources, file);
  FlatlineSourceFile *source;
  gsize start = 0;

  if (lines)
    return lines;
  source = flatline_snapshot_find_source (diagnosis->snapshot, file);
  lines = g_new0 (FlatlineSourceLines, 1);
  lines->text = source ? source->text : NULL;
  lines->starts = g_array_new (FALSE, FALSE, sizeof (gsize));
  while (lines->text)
    {
      const char *end;

      g_array_append_val (lines->starts, start);
      end = strchr (lines->text + start, '\n');
      if (!end)
        break;
      start = end + 1 - lines->text;
    }
  g_hash_table_insert (diagnosis->sources, g_strdup (file), lines);
  return lines;
}

const char *
flatline_diagnosis_find_line (FlatlineDiagnosis *diagnosis, const char *file, gint64 number, gsize *length)
{
  FlatlineSourceLines *lines = file ? find_source_lines (diagnosis, file) : NULL;
  const char *line;

  if (!lines || number < 1 || number > lines->starts->len)
    return NULL;
  line = lines->text + g_array_index (lines->starts, gsize, number - 1);
  *length = strcspn (line, "\n");
  return line;
}

char *
flatline_diagnosis_dup_source_line (FlatlineDiagnosis *diagnosis, FlatlineFrame *frame)
{
  gsize length = 0;
  const char *line = frame ? flatline_diagnosis_find_line (diagnosis, frame->file, frame->line, &length) : NULL;

  return line ? g_strstrip (g_strndup (line, length)) : NULL;
}

char *
flatline_diagnosis_dup_expression (FlatlineDiagnosis *diagnosis, FlatlineFrame *frame)
{
  gsize n_bytes = 0;
  const char *start = frame ? flatline_diagnosis_find_line (diagnosis, frame->file, frame->line, &n_bytes) : NULL;
  g_autofree char *line = start ? g_strndup (start, n_bytes) : NULL;

  if (!line)
    return NULL;
  if (frame->column > 0 && g_utf8_validate (line, -1, NULL) && frame->column <= g_utf8_strlen (line, -1))
    {
      const char *begin = g_utf8_offset_to_pointer (line, frame->column - 1);
      const glong rest = g_utf8_strlen (begin, -1);
      const glong length = frame->end_line == frame->line ? frame->end_column - frame->column : rest;

      if (length > 0 && length <= rest)
        {
          const glong shown = MIN (length, MAX_NAME_CHARACTERS);
          g_autofree char *text = g_utf8_substring (begin, 0, shown);

          return g_strconcat (text, shown < length || frame->end_line != frame->line ? "…" : "", NULL);
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
    return g_strdup_printf (_ ("process %d"), (int)pid);
  if (g_utf8_validate (shown, -1, NULL) && g_utf8_strlen (shown, -1) > MAX_NAME_CHARACTERS)
    {
      g_autofree char *head = g_utf8_substring (shown, 0, MAX_NAME_CHARACTERS);
      return g_strdup_printf (_ ("process %d (%s…)"), (int)pid, head);
    }
  return g_strdup_printf (_ ("process %d (%s)"), (int)pid, shown);
}
