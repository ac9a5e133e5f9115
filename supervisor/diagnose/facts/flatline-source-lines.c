/* SPDX-License-Identifier: MIT */
/*
 * The kept sources, line by line, and what a line says: the expression that a frame is at, the object whose method is
 * called there. No parser: a line that is not understood names nothing.
 */
#include "flatline-program-facts.h"

#include "flatline-code-path.h"

#include <string.h>

#define MAX_NAME_CHARACTERS 80

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

/* Ends @line before its comment. */
static char *
strip_comment (char *line)
{
  char quote = '\0';

  for (char *at = line; *at; at++)
    if (quote)
      {
        if (*at == '\\' && at[1])
          at++;
        else if (*at == quote)
          quote = '\0';
      }
    else if (*at == '\'' || *at == '"')
      quote = *at;
    else if (*at == '#')
      *at = '\0';
  return g_strstrip (line);
}

/* Before 3.11 no columns are known, and it is the whole line. */
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
  return g_strdup (strip_comment (line));
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

/* "channel" in "async for order in channel:". */
static char *
name_after_in (const char *line)
{
  const char *in = g_str_has_prefix (line, "async for ") ? strstr (line, " in ") : NULL;
  const char *end = in ? strchr (in, ':') : NULL;

  return end ? name_ending_at (in + strlen (" in "), end) : NULL;
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
  if (strcmp (method, "receive") == 0)
    return name_after_in (line);
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

/* How far in the text of a line begins; -1 for a line without any. */
static int
find_indentation (const char *line, gsize length)
{
  int indentation = 0;

  for (gsize i = 0; i < length; i++)
    if (line[i] == '\t')
      indentation += 8 - indentation % 8;
    else if (line[i] == ' ')
      indentation++;
    else
      return line[i] == '#' || line[i] == '\r' ? -1 : indentation;
  return -1;
}

/* "not done" of "while not done:  # soon"; NULL for one that says nothing, and for one of several lines. */
static char *
dup_condition (const char *line)
{
  static const char *const endless[] = { "True", "1", "(True)", NULL };
  const char *end = strrchr (line, ':');
  g_autofree char *condition = NULL;

  if (!end || (end[1] != '\0' && !strstr (end, " #")))
    return NULL;
  condition = g_strstrip (g_strndup (line + strlen ("while"), end - line - strlen ("while")));
  return *condition && strlen (condition) <= MAX_NAME_CHARACTERS && !g_strv_contains (endless, condition)
             ? g_steal_pointer (&condition)
             : NULL;
}

char *
flatline_diagnosis_dup_loop_condition (FlatlineDiagnosis *diagnosis, FlatlineFrame *frame)
{
  gsize length = 0;
  const char *start = frame ? flatline_diagnosis_find_line (diagnosis, frame->file, frame->line, &length) : NULL;
  int innermost = start ? find_indentation (start, length) : -1;

  for (gint64 number = frame ? frame->line - 1 : 0; innermost > 0 && number > 0; number--)
    {
      g_autofree char *line = NULL;
      int indentation;

      start = flatline_diagnosis_find_line (diagnosis, frame->file, number, &length);
      indentation = start ? find_indentation (start, length) : -1;
      if (indentation < 0 || indentation >= innermost)
        continue;
      innermost = indentation;
      line = g_strstrip (g_strndup (start, length));
      if (g_str_has_prefix (line, "while ") || g_str_has_prefix (line, "while("))
        return dup_condition (line);
      if (g_str_has_prefix (line, "def ") || g_str_has_prefix (line, "class ") || g_str_has_prefix (line, "async ")
          || g_str_has_prefix (line, "for "))
        return NULL;
    }
  return NULL;
}

/* Who only sends one, os.kill (pid, signal.SIGKILL), has none. */
static gboolean
installs_handler (const char *text)
{
  static const char *const words[] = { "signal(",   "signal (",       "signal.alarm", "setitimer", "itimer_",
                                       "sigaction", "signal_handler", "wakeup_fd",    "sigwait",   "signalfd" };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (strstr (text, words[i]))
      return TRUE;
  return FALSE;
}

gboolean
flatline_diagnosis_has_signal_handlers (FlatlineDiagnosis *diagnosis)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->sources); i++)
    {
      FlatlineSourceFile *source = flatline_list_peek (diagnosis->snapshot->sources, i);

      if (source->text && source->file && flatline_path_is_own (source->file) && installs_handler (source->text))
        return TRUE;
    }
  return FALSE;
}
