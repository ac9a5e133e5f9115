/* SPDX-License-Identifier: MIT */
/*
 * A snapshot as text. Verdict first, then the threads, the blamed one before the others; frames in Python's order, the
 * most recent call last, since that is how people read tracebacks.
 */
#include "flatline-report-text.h"

#include "flatline-clean-text.h"
#include "flatline-record-words.h"
#include "flatline-report-writing.h"

#include <glib/gi18n.h>

const char *
flatline_report_style (FlatlineReport *report, const char *sequence)
{
  return report->parts & FLATLINE_REPORT_COLOR ? sequence : "";
}

const char *
flatline_report_clean (FlatlineReport *report, const char *raw, const char *otherwise)
{
  g_autoptr (GString) text = NULL;

  if (!raw)
    return otherwise;
  if (flatline_clean_text_is_plain (raw))
    return raw;
  text = g_string_sized_new (64);
  flatline_clean_text_append (text, raw);
  return g_string_chunk_insert (report->cleaned, text->str);
}

static char *
dup_clean (const char *raw)
{
  GString *text = g_string_new (NULL);

  if (raw)
    flatline_clean_text_append (text, raw);
  return g_string_free (text, FALSE);
}

static char *
dup_time (gint64 time_us, const char *format)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = utc ? g_date_time_to_local (utc) : NULL;

  return local ? g_date_time_format (local, format) : g_strdup ("?");
}

char *
flatline_report_flatlined_line (FlatlineFreeze *freeze)
{
  g_autofree char *time = dup_time (freeze->time_us, "%Y-%m-%d %H:%M:%S");
  const int us = (int)(freeze->time_us % G_USEC_PER_SEC);
  g_autofree char *reason = dup_clean (freeze->last_reason);
  g_autofree char *caller = dup_clean (freeze->last_caller);

  /* Translators: time, microseconds, the reason of the last beat, the place in the program that sent it */
  if (*reason && *caller)
    return g_strdup_printf (_ ("[FLATLINED %s.%06d after %s in %s]"), time, us, reason, caller);
  if (*reason)
    return g_strdup_printf (_ ("[FLATLINED %s.%06d after %s]"), time, us, reason);
  if (*caller)
    return g_strdup_printf (_ ("[FLATLINED %s.%06d in %s]"), time, us, caller);
  return g_strdup_printf (_ ("[FLATLINED %s.%06d]"), time, us);
}

static void
append_link (FlatlineReport *report, FlatlineWaitLink *link)
{
  const char *waiter = flatline_report_clean (report, link->waiter, "?");
  const char *resource = flatline_report_clean (report, link->resource, "?");

  g_string_append (report->text, "  ");
  if (link->holder)
    g_string_append_printf (report->text, _ ("%s waits for %s, held by %s"), waiter, resource,
                            flatline_report_clean (report, link->holder, ""));
  else
    g_string_append_printf (report->text, _ ("%s waits for %s"), waiter, resource);
  if (link->location)
    {
      g_string_append_c (report->text, ' ');
      g_string_append_printf (report->text, _ ("at %s"), flatline_report_clean (report, link->location, ""));
    }
  g_string_append_c (report->text, '\n');
}

static void
append_verdict (FlatlineReport *report)
{
  FlatlineVerdict *verdict = report->snapshot->verdict;

  if (!verdict)
    return;
  g_string_append (report->text, flatline_report_style (report, FLATLINE_REPORT_RED));
  g_string_append_printf (report->text, _ ("Verdict: %s"),
                          flatline_report_clean (report, verdict->summary ? verdict->summary : verdict->kind, "?"));
  g_string_append (report->text, flatline_report_style (report, FLATLINE_REPORT_NORMAL));
  /* The kind is a word of the format, the same in all languages. */
  g_string_append_printf (report->text, "  (%s, %s)\n", flatline_report_clean (report, verdict->kind, "unknown"),
                          flatline_report_clean (report, flatline_record_word_text (verdict->confidence), _ ("guess")));
  if (verdict->location)
    {
      g_string_append (report->text, "  ");
      /* Translators: a place: "app.py:12 in work" */
      g_string_append_printf (report->text, _ ("at %s"), flatline_report_clean (report, verdict->location, ""));
      g_string_append_c (report->text, '\n');
    }
  for (guint i = 0; i < flatline_list_length (verdict->chain); i++)
    append_link (report, flatline_list_peek (verdict->chain, i));
  for (guint i = 0; i < flatline_list_length (verdict->evidence); i++)
    {
      FlatlineEvidence *evidence = flatline_list_peek (verdict->evidence, i);

      g_string_append_printf (report->text, "  - %s%s%s%s%s\n", flatline_report_clean (report, evidence->fact, "?"),
                              flatline_report_style (report, FLATLINE_REPORT_DIM), evidence->source ? "  [" : "",
                              flatline_report_clean (report, evidence->source, ""), evidence->source ? "]" : "");
      g_string_append (report->text, flatline_report_style (report, FLATLINE_REPORT_NORMAL));
    }
}

/* Of a file from elsewhere: what the program found there. */
static void
append_machine (FlatlineReport *report, FlatlineProgram *program)
{
  guint n = program && program->distributions ? g_strv_length (program->distributions) : 0;

  if (!program)
    return;
  if (program->environment)
    g_string_append_printf (report->text, "\n%s\n", _ ("Environment"));
  for (char **line = program->environment; line && *line; line++)
    if (!g_str_has_suffix (*line, "=<left out>"))
      g_string_append_printf (report->text, "  %s\n", flatline_report_clean (report, *line, ""));
  if (n > 0)
    {
      g_autofree char *list = g_strjoinv (", ", program->distributions);

      g_string_append_c (report->text, '\n');
      g_string_append_printf (report->text, ngettext ("%u installed package", "%u installed packages", n), n);
      g_string_append_printf (report->text, "\n  %s\n", flatline_report_clean (report, list, ""));
    }
}

static void
append_process (FlatlineReport *report, FlatlineProcess *process, guint depth)
{
  g_string_append_printf (
      report->text, "  %*s%" G_GINT64_FORMAT "  %s  %s\n", (int)depth * 2, "", process->pid,
      flatline_report_clean (
          report, process->state_text ? flatline_record_word_text (process->state_text) : process->state, "?"),
      flatline_report_clean (report, process->command_line ? process->command_line : process->name, "?"));
  for (guint i = 0; depth < 32 && i < flatline_list_length (process->children); i++)
    append_process (report, flatline_list_peek (process->children, i), depth + 1);
}

static void
append_surroundings (FlatlineReport *report)
{
  FlatlineSnapshot *snapshot = report->snapshot;
  guint n = flatline_list_length (snapshot->connections);

  if ((report->parts & FLATLINE_REPORT_PROCESSES) && flatline_list_length (snapshot->processes) > 0)
    {
      g_string_append_printf (report->text, "\n%s\n", _ ("Processes"));
      for (guint i = 0; i < flatline_list_length (snapshot->processes); i++)
        append_process (report, flatline_list_peek (snapshot->processes, i), 0);
    }
  if (!(report->parts & FLATLINE_REPORT_CONNECTIONS) || n == 0)
    return;
  g_string_append_printf (report->text, "\n%s\n", _ ("Connections"));
  for (guint i = 0; i < n; i++)
    {
      FlatlineConnection *connection = flatline_list_peek (snapshot->connections, i);

      g_string_append_printf (report->text, "  %-5s %s -> %s  %s  pid %" G_GINT64_FORMAT " fd %" G_GINT64_FORMAT "\n",
                              flatline_report_clean (report, connection->protocol, "?"),
                              flatline_report_clean (report, connection->local_address, "*"),
                              flatline_report_clean (report, connection->remote_address, "*"),
                              flatline_report_clean (report, connection->state, ""), connection->pid, connection->fd);
    }
}

static void
append_line (FlatlineReport *report, const char *format, const char *text)
{
  g_string_append_printf (report->text, format, flatline_report_clean (report, text, ""));
  g_string_append_c (report->text, '\n');
}

static void
append_header (FlatlineReport *report)
{
  FlatlineSnapshot *snapshot = report->snapshot;
  FlatlineProgram *program = snapshot->program;
  g_autofree char *time = dup_time (snapshot->captured_us, "%Y-%m-%d %H:%M:%S %z");

  if (program)
    {
      g_autofree char *command = program->argv ? g_strjoinv (" ", program->argv) : g_strdup ("?");

      /* Translators: a process's number, its command line */
      g_string_append_printf (report->text, _ ("Process %d: %s"), (int)program->pid,
                              flatline_report_clean (report, command, ""));
      g_string_append_c (report->text, '\n');
      if (program->python)
        /* Another implementation says its name. */
        g_string_append_printf (report->text, "%s%s (%s)\n", g_ascii_isdigit (*program->python) ? "CPython " : "",
                                flatline_report_clean (report, program->python, ""),
                                flatline_report_clean (report, program->executable, "?"));
      if (program->platform)
        g_string_append_printf (report->text, "%s\n", flatline_report_clean (report, program->platform, ""));
    }
  if (snapshot->pause_us > 0)
    /* Translators: a time, a computer, milliseconds */
    g_string_append_printf (report->text, _ ("Captured %s on %s, the program was held for %.1f ms"), time,
                            flatline_report_clean (report, snapshot->host, "?"), (double)snapshot->pause_us / 1000);
  else
    g_string_append_printf (report->text, _ ("Captured %s on %s"), time,
                            flatline_report_clean (report, snapshot->host, "?"));
  g_string_append_c (report->text, '\n');
  for (char **note = snapshot->notes; note && *note; note++)
    append_line (report, _ ("Note: %s"), *note);
  for (char **limit = snapshot->limits; limit && *limit; limit++)
    append_line (report, _ ("Limit: %s"), *limit);
}

static FlatlineReport
make_report (FlatlineSnapshot *snapshot, FlatlineReportParts parts)
{
  return (FlatlineReport){
    .snapshot = snapshot,
    .parts = parts,
    .text = g_string_new (NULL),
    .lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref),
    .cleaned = g_string_chunk_new (4096),
    .native = _ ("native"),
    .place = /* Translators: a file, a line, a function */ _ ("%s:%d in %s"),
  };
}

static char *
end_report (FlatlineReport *report)
{
  g_hash_table_unref (report->lines);
  g_string_chunk_free (report->cleaned);
  return g_string_free (report->text, FALSE);
}

char *
flatline_report_variable (FlatlineSnapshot *snapshot, const char *name, FlatlineReportParts parts)
{
  FlatlineReport report = make_report (snapshot, parts);
  const gboolean found = flatline_report_append_variable (&report, name);
  g_autofree char *text = end_report (&report);

  return found ? g_steal_pointer (&text) : NULL;
}

char *
flatline_report_text (FlatlineSnapshot *snapshot, FlatlineReportParts parts)
{
  FlatlineReport report = make_report (snapshot, parts);

  append_header (&report);
  append_verdict (&report);
  if (snapshot->exception)
    /* Translators: the type of a Python exception, its message */
    flatline_report_append_exception (&report, snapshot->exception, _ ("Exception: %s: %s"), 0);
  if (parts & (FLATLINE_REPORT_STACKS | FLATLINE_REPORT_VARIABLES))
    {
      flatline_report_append_threads (&report);
      flatline_report_append_tasks (&report);
      flatline_report_append_registers (&report);
    }
  append_surroundings (&report);
  if (parts & FLATLINE_REPORT_PROCESSES)
    append_machine (&report, snapshot->program);
  return end_report (&report);
}
