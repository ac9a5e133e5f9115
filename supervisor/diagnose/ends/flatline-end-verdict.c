/* SPDX-License-Identifier: MIT */
/* What the verdicts about all ends are made of: their beginning, facts, and places by frames or printed tracebacks. */
#include "flatline-ends.h"

#include "flatline-program-facts.h"

#include <string.h>

#define FILE_START "  File \""

void
flatline_end_begin_verdict (FlatlineVerdict *verdict, const char *kind, char *summary)
{
  g_autofree char *text = summary;

  g_object_set (verdict, "kind", kind, "confidence", "certain", "summary", text, "location", NULL, "file", NULL,
                "function", NULL, "thread-name", NULL, NULL);
  verdict->line = 0;
  verdict->thread = 0;
  g_clear_object (&verdict->evidence);
  g_clear_object (&verdict->chain);
}

void
flatline_end_add_fact (FlatlineVerdict *verdict, const char *source, char *fact)
{
  flatline_list_append (&verdict->evidence,
                        g_object_new (FLATLINE_TYPE_EVIDENCE, "fact", fact, "source", source, NULL));
  g_free (fact);
}

char *
flatline_end_dup_exception_text (const FlatlineExceptionInfo *exception)
{
  const int length = exception->message ? (int)strcspn (exception->message, "\r\n") : 0;

  if (length == 0)
    return g_strdup (exception->type_name ? exception->type_name : "?");
  return g_strdup_printf ("%s: %.*s%s", exception->type_name, length, exception->message,
                          exception->message[length] ? " …" : "");
}

char *
flatline_end_dup_quoted (const char *text)
{
  const char *begin = text ? strchr (text, '\'') : NULL;
  const char *end = begin ? strchr (begin + 1, '\'') : NULL;

  return end ? g_strndup (begin + 1, end - begin - 1) : NULL;
}

void
flatline_end_locate_by_frame (FlatlineVerdict *verdict, FlatlineFrame *frame)
{
  g_autofree char *location = flatline_frame_dup_location (frame);

  g_object_set (verdict, "location", location, "file", frame->file, "function",
                frame->qualified_name ? frame->qualified_name : frame->function, NULL);
  verdict->line = frame->line;
}

/* "… in file /x/y.py on line 3, but no encoding declared" */
static void
locate_by_sentence (FlatlineVerdict *verdict, const char *text)
{
  const char *at = text ? g_strrstr (text, " in file ") : NULL;
  const char *end = at ? strstr (at, " on line ") : NULL;

  if (!end)
    return;
  at += strlen (" in file ");
  g_free (verdict->file);
  verdict->file = g_strndup (at, end - at);
  verdict->line = g_ascii_strtoll (end + strlen (" on line "), NULL, 10);
  g_free (verdict->location);
  verdict->location = g_strdup_printf ("%s:%" G_GINT64_FORMAT, verdict->file, verdict->line);
}

/* The innermost 'File "x", line n, in f' of a traceback; in a syntax error nothing follows the line. */
void
flatline_end_locate_by_text (FlatlineVerdict *verdict, const char *traceback)
{
  const char *at = traceback ? g_strrstr (traceback, FILE_START) : NULL;
  const char *file_end;
  const char *in;
  char *rest = NULL;
  g_auto (GStrv) words = NULL;

  if (!at)
    {
      locate_by_sentence (verdict, traceback);
      return;
    }
  at += strlen (FILE_START);
  file_end = strchr (at, '"');
  if (!file_end || !g_str_has_prefix (file_end, "\", line "))
    return;
  g_free (verdict->file);
  verdict->file = g_strndup (at, file_end - at);
  verdict->line = g_ascii_strtoll (file_end + strlen ("\", line "), &rest, 10);
  in = g_str_has_prefix (rest, ", in ") ? rest + strlen (", in ") : "";
  words = g_strsplit (in, "\n", 2);
  g_free (verdict->function);
  verdict->function = g_strdup (words[0] ? words[0] : "");
  g_free (verdict->location);
  verdict->location = *verdict->function ? g_strdup_printf ("%s:%" G_GINT64_FORMAT " in %s", verdict->file,
                                                            verdict->line, verdict->function)
                                         : g_strdup_printf ("%s:%" G_GINT64_FORMAT, verdict->file, verdict->line);
}
