/* SPDX-License-Identifier: MIT */
/*
 * Tracebacks that Python printed, block by block: a header, its frames, the line with the exception. Blocks that follow
 * each other as causes do are joined by Python's own sentences; a group has a margin of bars, and is told by its own
 * frames, not by those of its members.
 */
#include "config.h"

#include "flatline-traceback.h"

#include <string.h>

#define CAUSED    "The above exception was the direct cause of the following exception:"
#define MEANWHILE "During handling of the above exception, another exception occurred:"

#define MAX_MESSAGE_LINES 20
#define MAX_FRAMES        2000

typedef struct
{
  char **lines;
  guint n;
  guint at;
} Text;

/* Without the margin of a group: "  + " before its header, "  | " before all else. */
static const char *
skip_margin (const char *line)
{
  const char *bar = line + strspn (line, " ");

  if (bar > line && (*bar == '|' || *bar == '+') && (bar[1] == ' ' || bar[1] == '\0'))
    return bar[1] ? bar + 2 : bar + 1;
  return line;
}

static gboolean
is_header (const char *line)
{
  const char *text = skip_margin (line);

  if (g_str_has_prefix (text, "Exception Group "))
    text += strlen ("Exception Group ");
  return g_str_equal (text, FLATLINE_TRACEBACK_HEADER);
}

/* '  File "app.py", line 3, in work', of a syntax error without a function. Transfer full, NULL. */
static FlatlineFrame *
read_frame (const char *line)
{
  const char *file = g_str_has_prefix (line, "  File \"") ? line + strlen ("  File \"") : NULL;
  const char *end = file ? g_strrstr (file, "\", line ") : NULL;
  FlatlineFrame *frame;
  char *rest;

  if (!end)
    return NULL;
  frame = g_object_new (FLATLINE_TYPE_FRAME, "incomplete", TRUE, NULL);
  frame->file = g_strndup (file, end - file);
  frame->line = (gint64)g_ascii_strtoull (end + strlen ("\", line "), &rest, 10);
  if (g_str_has_prefix (rest, ", in "))
    frame->function = g_strdup (rest + strlen (", in "));
  return frame;
}

/* "pkg.Error: message" or "KeyboardInterrupt". */
static gboolean
take_words (FlatlineExceptionInfo *exception, const char *line)
{
  gsize length = 0;

  while (g_ascii_isalnum (line[length]) || (line[length] && strchr ("._<>", line[length])) || (line[length] & 0x80))
    length++;
  if (length == 0 || g_ascii_isdigit (line[0]) || (line[length] && strncmp (line + length, ": ", 2) != 0))
    return FALSE;
  exception->type_name = g_strndup (line, length);
  exception->message = g_strdup (line[length] ? line + length + 2 : "");
  return TRUE;
}

/* What is no part of the exception any more: the next block, a member of a group, what Python says as it ends. */
static gboolean
ends_message (const char *line)
{
  const char *text = skip_margin (line);

  return is_header (line) || g_str_equal (text, CAUSED) || g_str_equal (text, MEANWHILE)
         || g_str_has_prefix (text, "+-")
         || g_str_has_prefix (text, "Exception ignored ")
         /* PyInstaller's launcher. */
         || g_str_has_prefix (text, "[PYI-") || strstr (line, "+---------------- ") != NULL;
}

/* A message may have several lines, and notes follow it. */
static void
take_message (FlatlineExceptionInfo *exception, Text *text)
{
  g_autoptr (GString) message = g_string_new (exception->message);

  for (guint i = 0; i < MAX_MESSAGE_LINES && text->at < text->n && !ends_message (text->lines[text->at]); i++)
    g_string_append_printf (message, "\n%s", skip_margin (text->lines[text->at++]));
  g_free (exception->message);
  exception->message = g_strchomp (g_string_free (g_steal_pointer (&message), FALSE));
}

/* From behind the header on. NULL: it is cut short, or none of Python's. */
static FlatlineExceptionInfo *
read_block (Text *text)
{
  g_autoptr (FlatlineExceptionInfo) exception = g_object_new (FLATLINE_TYPE_EXCEPTION_INFO, NULL);
  guint n_frames = 0;

  for (; text->at < text->n; text->at++)
    {
      const char *line = skip_margin (text->lines[text->at]);
      g_autoptr (FlatlineFrame) frame = read_frame (line);

      if (frame && n_frames++ < MAX_FRAMES)
        {
          if (!exception->frames)
            exception->frames = g_list_store_new (FLATLINE_TYPE_FRAME);
          g_list_store_insert (exception->frames, 0, frame);
        }
      else if (!frame && line[0] && line[0] != ' ')
        {
          if (!take_words (exception, line))
            return NULL;
          text->at++;
          take_message (exception, text);
          return g_steal_pointer (&exception);
        }
    }
  return NULL;
}

static guint
find_header (const Text *text)
{
  guint i = text->at;

  while (i < text->n && !is_header (text->lines[i]))
    i++;
  return i;
}

/* The sentence that joins a block to the one before it, between @from and @to. */
static gboolean
is_joined (const Text *text, guint from, guint to, gboolean *is_cause)
{
  for (guint i = from; i < to; i++)
    {
      const char *line = skip_margin (text->lines[i]);

      *is_cause = g_str_equal (line, CAUSED);
      if (*is_cause || g_str_equal (line, MEANWHILE))
        return TRUE;
    }
  return FALSE;
}

FlatlineExceptionInfo *
flatline_traceback_read (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  Text all = { lines, g_strv_length (lines), 0 };
  g_autoptr (FlatlineExceptionInfo) newest = NULL;
  guint first = 0;
  guint end = 0;
  gboolean in_group = FALSE;

  /* What a terminal adds. */
  for (guint i = 0; i < all.n; i++)
    if (g_str_has_suffix (lines[i], "\r"))
      lines[i][strlen (lines[i]) - 1] = '\0';
  for (guint header = find_header (&all); header < all.n; header = find_header (&all))
    {
      g_autoptr (FlatlineExceptionInfo) exception = NULL;
      gboolean is_cause = FALSE;
      const gboolean joined = newest && is_joined (&all, end, header, &is_cause);

      all.at = header + 1;
      /* Members of a group are further in than the group. */
      if (in_group && lines[header][0] == ' ' && !joined)
        continue;
      exception = read_block (&all);
      if (!exception)
        continue;
      in_group = skip_margin (lines[header]) != lines[header];
      if (joined)
        {
          newest->is_cause = is_cause;
          exception->cause = g_steal_pointer (&newest);
        }
      else
        first = header;
      g_set_object (&newest, exception);
      end = all.at;
    }
  if (!newest)
    return NULL;
  newest->context = g_strdup ("printed");
  newest->traceback_text = g_strjoinv ("\n", lines + first);
  return g_steal_pointer (&newest);
}

gboolean
flatline_traceback_may_end_program (FlatlineExceptionInfo *printed)
{
  const guint n_frames = flatline_list_length (printed->frames);
  const FlatlineFrame *outermost = n_frames > 0 ? flatline_list_peek (printed->frames, n_frames - 1) : NULL;

  /* A syntax error of the script itself is of no function; a module that is run is called by functions of runpy. */
  return !outermost || !outermost->function || g_str_equal (outermost->function, "<module>")
         || (outermost->file && strstr (outermost->file, "runpy"));
}
