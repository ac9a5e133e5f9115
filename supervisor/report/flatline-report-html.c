/* SPDX-License-Identifier: MIT */
/* A snapshot as one HTML page: the text report's content with structure, all text of the program escaped. */
#include "flatline-report-html.h"

#include "flatline-clean-text.h"
#include "flatline-record-words.h"

#include <glib/gi18n.h>
#include <string.h>

#define CONTEXT_LINES       4
#define MAX_EXCEPTION_DEPTH 32

static const char style_sheet[] =
    "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:70em;padding:0 1em;color:#222;background:#fff}"
    "h1{color:#c01c28;font-size:1.4em}h2{font-size:1.1em;margin:1.4em 0 .3em}code,pre,td{font-family:monospace}"
    ".verdict{border-left:4px solid #c01c28;padding:.5em 1em;background:#fdf2f2}.dim{color:#777}"
    "table{border-collapse:collapse;margin:.2em 0 .6em 2em}td{padding:.1em .8em .1em 0;vertical-align:top;"
    "overflow-wrap:anywhere}details{margin:.2em 0 .2em 1em}summary{cursor:pointer}"
    "pre{margin:.3em 0 .6em "
    "1em;overflow-x:auto;line-height:1.35}.here{background:#fbe3e4;display:inline-block;min-width:100%}"
    "@media(prefers-color-scheme:dark){body{color:#ddd;background:#1e1e1e}.verdict,.here{background:#3a2224}}";

/* Escaped markup in one call; NULL arguments read as empty. */
static void
append_markup (GString *html, const char *format, const char *a, const char *b)
{
  g_autofree char *text = g_markup_printf_escaped (format, a ? a : "", b ? b : "");

  g_string_append (html, text);
}

static void
append_value (GString *html, FlatlineValue *value, guint depth)
{
  guint n = flatline_list_length (value->children);

  if (n == 0 || depth > 16)
    {
      append_markup (html, "<tr><td>%s</td><td>%s</td>", value->name, value->text);
      append_markup (html, "<td class=\"dim\">%s</td></tr>%s", value->type, NULL);
      return;
    }
  append_markup (html, "<tr><td>%s</td><td><details><summary>%s</summary><table>", value->name, value->text);
  for (guint i = 0; i < n; i++)
    append_value (html, flatline_list_peek (value->children, i), depth + 1);
  append_markup (html, "</table></details></td><td class=\"dim\">%s</td></tr>%s", value->type, NULL);
}

/* The lines around the one that runs, as far as the source is there. */
static void
append_source (GString *html, FlatlineSnapshot *snapshot, FlatlineFrame *frame)
{
  FlatlineSourceFile *source = frame->file ? flatline_snapshot_find_source (snapshot, frame->file) : NULL;
  const char *line = source ? source->text : NULL;

  if (!line || frame->line <= 0)
    return;
  g_string_append (html, "<pre>");
  for (gint64 number = 1; line && number - CONTEXT_LINES <= frame->line; number++)
    {
      const char *end = strchr (line, '\n');

      if (number + CONTEXT_LINES >= frame->line)
        {
          g_autofree char *text = g_strndup (line, end ? (gsize)(end - line) : strlen (line));
          g_autofree char *count = g_strdup_printf ("%5" G_GINT64_FORMAT "  ", number);

          append_markup (html, number == frame->line ? "<b class=\"here\">%s%s</b>\n" : "<span>%s%s</span>\n", count,
                         text);
        }
      line = end ? end + 1 : NULL;
    }
  g_string_append (html, "</pre>");
}

static void
append_frame (GString *html, FlatlineSnapshot *snapshot, FlatlineFrame *frame, gboolean open)
{
  const char *file = frame->file ? frame->file : frame->module;
  g_autofree char *code = g_markup_printf_escaped ("<code>%s</code>", file ? file : "");
  g_autofree char *function = g_markup_printf_escaped ("<b>%s</b>", frame->qualified_name ? frame->qualified_name : "");
  guint n = flatline_list_length (frame->locals);

  g_string_append (html, open ? "<details open><summary>" : "<details><summary>");
  /* Translators: a file, a line, a function */
  g_string_append_printf (html, _ ("%s:%d in %s"), code, (int)frame->line, function);
  if (frame->collected)
    g_string_append_printf (html, " (%s)", _ ("called by a garbage collection"));
  g_string_append (html, "</summary>");
  append_source (html, snapshot, frame);
  if (n > 0)
    g_string_append (html, "<table>");
  for (guint i = 0; i < n; i++)
    append_value (html, flatline_list_peek (frame->locals, i), 0);
  g_string_append (html, n > 0 ? "</table></details>\n" : "</details>\n");
}

static void
append_thread (GString *html, FlatlineSnapshot *snapshot, FlatlineThread *thread)
{
  g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, thread->native_id);

  append_markup (html, "<h2>%s <span class=\"dim\">%s", thread->name ? thread->name : _ ("(no name)"), id);
  append_markup (html, " %s %s</span></h2>\n",
                 thread->state_text ? flatline_record_word_text (thread->state_text) : NULL, thread->waiting_for);
  for (guint i = flatline_list_length (thread->frames); i-- > 0;)
    append_frame (html, snapshot, flatline_list_peek (thread->frames, i), TRUE);
}

static void
append_exception (
    GString *html, FlatlineSnapshot *snapshot, FlatlineExceptionInfo *exception, const char *title, guint depth)
{
  guint n_frames = flatline_list_length (exception->frames);

  g_string_append (html, "<h2>");
  append_markup (html, title, exception->type_name, exception->message);
  g_string_append (html, "</h2>\n");
  for (char **note = exception->notes; note && *note; note++)
    append_markup (html, "<p>%s</p>%s", *note, NULL);
  if (n_frames == 0 && exception->traceback_text)
    append_markup (html, "<pre>%s</pre>%s\n", exception->traceback_text, NULL);
  /* The innermost is what one looks at first. */
  for (guint i = n_frames; i-- > 0;)
    append_frame (html, snapshot, flatline_list_peek (exception->frames, i), i == 0);
  if (depth >= MAX_EXCEPTION_DEPTH)
    return;
  for (guint i = 0; i < flatline_list_length (exception->group); i++)
    append_exception (html, snapshot, flatline_list_peek (exception->group, i), _ ("One of the group: %s: %s"),
                      depth + 1);
  if (exception->cause)
    append_exception (html, snapshot, exception->cause,
                      exception->is_cause ? _ ("Caused by: %s: %s") : _ ("Raised while this was handled: %s: %s"),
                      depth + 1);
}

static void
append_lines (GString *html, const char *title, char **lines)
{
  g_autofree char *text = lines && *lines ? g_strjoinv ("\n", lines) : NULL;

  if (text)
    append_markup (html, "<details><summary>%s</summary><pre>%s</pre></details>\n", title, text);
}

static void
append_verdict (GString *html, FlatlineVerdict *verdict)
{
  if (!verdict)
    return;
  append_markup (html, "<div class=\"verdict\"><b>%s</b> <span class=\"dim\">(%s)</span>", verdict->summary,
                 flatline_record_word_text (verdict->confidence));
  append_markup (html, "<br><code>%s</code>%s<ul>", verdict->location, NULL);
  for (guint i = 0; i < flatline_list_length (verdict->evidence); i++)
    {
      FlatlineEvidence *evidence = flatline_list_peek (verdict->evidence, i);

      append_markup (html, "<li>%s <span class=\"dim\">%s</span></li>", evidence->fact, evidence->source);
    }
  g_string_append (html, "</ul></div>\n");
}

/* The page with everything that a browser would obey instead of showing it as an escape, and valid UTF-8. */
static char *
dup_harmless (const char *html)
{
  g_autofree char *valid = g_utf8_make_valid (html, -1);
  g_auto (GStrv) lines = g_strsplit (valid, "\n", -1);
  GString *text = g_string_sized_new (strlen (valid));

  for (char **line = lines; *line; line++)
    {
      g_autofree char *without_tabs = g_strdelimit (g_strdup (*line), "\t", ' ');

      flatline_clean_text_append (text, without_tabs);
      if (line[1])
        g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}

char *
flatline_report_html (FlatlineSnapshot *snapshot)
{
  GString *html = g_string_new ("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Flatline</title><style>");
  g_autofree char *where = NULL;
  g_autofree char *text = NULL;
  g_autofree char *command =
      snapshot->program && snapshot->program->argv ? g_strjoinv (" ", snapshot->program->argv) : g_strdup ("");
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (snapshot->captured_us / G_USEC_PER_SEC);
  g_autofree char *time = utc ? g_date_time_format (utc, "%Y-%m-%d %H:%M:%S UTC") : NULL;

  g_string_append (html, style_sheet);
  append_markup (html, "</style></head><body>\n<h1>FLATLINED</h1><p><code>%s</code><br><span class=\"dim\">%s", command,
                 NULL);
  where = g_strdup_printf (_ ("Captured %s on %s"), time ? time : "?", snapshot->host ? snapshot->host : "?");
  append_markup (html, "%s</span></p>\n%s", where, NULL);
  append_verdict (html, snapshot->verdict);
  for (char **note = snapshot->notes; note && *note; note++)
    append_markup (html, "<p class=\"dim\">%s</p>%s\n", *note, NULL);
  for (char **limit = snapshot->limits; limit && *limit; limit++)
    append_markup (html, "<p class=\"dim\">%s</p>%s\n", *limit, NULL);
  if (snapshot->exception)
    append_exception (html, snapshot, snapshot->exception, _ ("Exception: %s: %s"), 0);
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    append_thread (html, snapshot, flatline_list_peek (snapshot->threads, i));
  for (guint i = 0; i < flatline_list_length (snapshot->tasks); i++)
    {
      FlatlineTask *task = flatline_list_peek (snapshot->tasks, i);
      g_autofree char *wait = flatline_task_dup_wait (task);

      append_markup (html, "<h2>%s <span class=\"dim\">%s", task->name, task->coroutine);
      append_markup (html, wait ? " %s, %s</span></h2>\n" : " %s%s</span></h2>\n", task->state, wait);
      for (guint k = flatline_list_length (task->frames); k-- > 0;)
        append_frame (html, snapshot, flatline_list_peek (task->frames, k), FALSE);
    }
  if (snapshot->output_tail && *snapshot->output_tail)
    append_markup (html, "<h2>%s</h2><pre>%s</pre>\n", _ ("Output"), snapshot->output_tail);
  if (snapshot->program)
    {
      append_lines (html, _ ("Environment"), snapshot->program->environment);
      append_lines (html, _ ("Installed packages"), snapshot->program->distributions);
    }
  g_string_append (html, "</body></html>\n");
  text = g_string_free (html, FALSE);
  return dup_harmless (text);
}
