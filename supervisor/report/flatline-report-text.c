/* SPDX-License-Identifier: MIT */
/*
 * A snapshot as text. Verdict first, then the threads, the blamed one before the others; frames in Python's order, the
 * most recent call last, since that is how people read tracebacks.
 */
#include "flatline-report-text.h"

#include "flatline-clean-text.h"
#include "flatline-record-words.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_EXCEPTION_DEPTH 32

typedef struct
{
  FlatlineSnapshot *snapshot;
  FlatlineReportParts parts;
  GString *text;
  GHashTable *lines;     /* file -> char ** */
  GStringChunk *cleaned; /* owns what clean() returned */
} Report;

static const char *
style (Report *report, const char *sequence)
{
  return report->parts & FLATLINE_REPORT_COLOR ? sequence : "";
}

#define RED    "\033[1;31m"
#define BOLD   "\033[1m"
#define DIM    "\033[2m"
#define CYAN   "\033[36m"
#define NORMAL "\033[0m"

static char *
dup_clean (const char *raw)
{
  GString *text = g_string_new (NULL);

  if (raw)
    flatline_clean_text_append (text, raw);
  return g_string_free (text, FALSE);
}

/* For printf: @raw cleaned, or @otherwise when it is NULL. Lives as long as the report. */
static const char *
clean (Report *report, const char *raw, const char *otherwise)
{
  g_autoptr (GString) text = NULL;

  if (!raw)
    return otherwise;
  text = g_string_sized_new (64);
  flatline_clean_text_append (text, raw);
  return g_string_chunk_insert (report->cleaned, text->str);
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

static const char *
find_source_line (Report *report, FlatlineFrame *frame)
{
  char **lines;
  FlatlineSourceFile *source;

  if (!frame->file || frame->line <= 0)
    return NULL;
  lines = g_hash_table_lookup (report->lines, frame->file);
  if (!lines)
    {
      source = flatline_snapshot_find_source (report->snapshot, frame->file);
      lines = g_strsplit (source && source->text ? source->text : "", "\n", -1);
      g_hash_table_insert (report->lines, g_strdup (frame->file), lines);
    }
  return frame->line <= g_strv_length (lines) ? lines[frame->line - 1] : NULL;
}

static void
append_link (Report *report, FlatlineWaitLink *link)
{
  const char *waiter = clean (report, link->waiter, "?");
  const char *resource = clean (report, link->resource, "?");

  g_string_append (report->text, "  ");
  if (link->holder)
    g_string_append_printf (report->text, _ ("%s waits for %s, held by %s"), waiter, resource,
                            clean (report, link->holder, ""));
  else
    g_string_append_printf (report->text, _ ("%s waits for %s"), waiter, resource);
  if (link->location)
    {
      g_string_append_c (report->text, ' ');
      g_string_append_printf (report->text, _ ("at %s"), clean (report, link->location, ""));
    }
  g_string_append_c (report->text, '\n');
}

static void
append_verdict (Report *report)
{
  FlatlineVerdict *verdict = report->snapshot->verdict;

  if (!verdict)
    return;
  g_string_append (report->text, style (report, RED));
  g_string_append_printf (report->text, _ ("Verdict: %s"),
                          clean (report, verdict->summary ? verdict->summary : verdict->kind, "?"));
  g_string_append (report->text, style (report, NORMAL));
  /* The kind is a word of the format, the same in all languages. */
  g_string_append_printf (report->text, "  (%s, %s)\n", clean (report, verdict->kind, "unknown"),
                          clean (report, flatline_record_word_text (verdict->confidence), _ ("guess")));
  if (verdict->location)
    {
      g_string_append (report->text, "  ");
      /* Translators: a place: "app.py:12 in work" */
      g_string_append_printf (report->text, _ ("at %s"), clean (report, verdict->location, ""));
      g_string_append_c (report->text, '\n');
    }
  for (guint i = 0; i < flatline_list_length (verdict->chain); i++)
    append_link (report, flatline_list_peek (verdict->chain, i));
  for (guint i = 0; i < flatline_list_length (verdict->evidence); i++)
    {
      FlatlineEvidence *evidence = flatline_list_peek (verdict->evidence, i);

      g_string_append_printf (report->text, "  - %s%s%s%s%s\n", clean (report, evidence->fact, "?"),
                              style (report, DIM), evidence->source ? "  [" : "", clean (report, evidence->source, ""),
                              evidence->source ? "]" : "");
      g_string_append (report->text, style (report, NORMAL));
    }
}

static void
append_value (Report *report, FlatlineValue *value, guint indent)
{
  g_string_append_printf (report->text, "%*s", (int)indent, "");
  g_string_append (report->text, style (report, CYAN));
  flatline_clean_text_append (report->text, value->name ? value->name : "·");
  g_string_append_printf (report->text, "%s = ", style (report, NORMAL));
  flatline_clean_text_append (report->text, value->text ? value->text : "?");
  if (value->type && value->kind && strcmp (value->kind, "local") != 0 && strcmp (value->kind, "argument") != 0
      && indent <= 8)
    g_string_append_printf (report->text, "%s  (%s)%s", style (report, DIM), clean (report, value->kind, ""),
                            style (report, NORMAL));
  g_string_append_c (report->text, '\n');
}

/* What a module defines and imports is in its source. */
static gboolean
is_definition (FlatlineFrame *frame, FlatlineValue *value)
{
  static const char *const types[] = { "module", "type", "function", "builtin_function_or_method", NULL };

  return g_strcmp0 (frame->function, "<module>") == 0 && value->type && g_strv_contains (types, value->type);
}

static gboolean
has_attribute (FlatlineValue *value, const char *name)
{
  for (guint i = 0; i < flatline_list_length (value->children); i++)
    {
      FlatlineValue *child = flatline_list_peek (value->children, i);

      if (g_strcmp0 (child->name, name) == 0 && g_strcmp0 (child->kind, "attribute") == 0)
        return TRUE;
    }
  return FALSE;
}

static void
append_attributes (Report *report, FlatlineValue *value)
{
  /* What an exception's own line says already. */
  static const char *const said[] = { "args", "message", "exceptions", "__notes__", NULL };
  gboolean is_exception = has_attribute (value, "args");

  for (guint i = 0; i < flatline_list_length (value->children); i++)
    {
      FlatlineValue *child = flatline_list_peek (value->children, i);

      if (g_strcmp0 (child->kind, "attribute") == 0
          && !(is_exception && child->name && g_strv_contains (said, child->name)))
        append_value (report, child, 12);
    }
}

/* Of libraries one wants to know what they were given, not how they are made. */
static gboolean
is_library (FlatlineFrame *frame)
{
  return frame->file
         && (strstr (frame->file, "/lib/python") || strstr (frame->file, "/site-packages/")
             || strstr (frame->file, "/dist-packages/") || g_str_has_prefix (frame->file, "<frozen "));
}

/* Instances say little by themselves: their attributes follow, a line each. */
static void
append_variables (Report *report, FlatlineFrame *frame)
{
  for (guint i = 0; i < flatline_list_length (frame->locals); i++)
    {
      FlatlineValue *value = flatline_list_peek (frame->locals, i);

      if (is_definition (frame, value))
        continue;
      append_value (report, value, 8);
      if (!is_library (frame))
        append_attributes (report, value);
    }
}

static void
append_frame (Report *report, FlatlineFrame *frame)
{
  const char *line = find_source_line (report, frame);

  if (g_strcmp0 (frame->kind, "native") == 0)
    {
      g_string_append_printf (report->text, "    %s[%s] %s", style (report, DIM), _ ("native"),
                              clean (report, frame->function, "?"));
      if (frame->module)
        g_string_append_printf (report->text, "  %s", clean (report, frame->module, ""));
      g_string_append_printf (report->text, "%s\n", style (report, NORMAL));
    }
  else
    {
      g_autofree char *function = g_strconcat (
          style (report, BOLD), clean (report, frame->qualified_name ? frame->qualified_name : frame->function, "?"),
          style (report, NORMAL), NULL);

      g_string_append (report->text, "    ");
      /* Translators: a file, a line, a function */
      g_string_append_printf (report->text, _ ("%s:%d in %s"), clean (report, frame->file, "?"), (int)frame->line,
                              function);
      g_string_append_printf (report->text, "%s%s\n", frame->incomplete ? "  " : "",
                              frame->incomplete ? _ ("(incomplete)") : "");
    }
  if (line && (report->parts & FLATLINE_REPORT_STACKS))
    {
      g_autofree char *stripped = g_strstrip (g_strdup (line));

      g_string_append (report->text, "      ");
      flatline_clean_text_append (report->text, stripped);
      g_string_append_c (report->text, '\n');
    }
  if (report->parts & FLATLINE_REPORT_VARIABLES)
    append_variables (report, frame);
}

static void
append_thread (Report *report, FlatlineThread *thread)
{
  guint n = flatline_list_length (thread->frames);
  gint64 interpreter = 0;

  g_string_append_printf (report->text, "\n  --- %s%s%s  %" G_GINT64_FORMAT "%s%s", style (report, BOLD),
                          clean (report, thread->name, _ ("(no name)")), style (report, NORMAL), thread->native_id,
                          thread->is_main ? _ ("[MAIN]") : "", thread->is_daemon ? "[d]" : "");
  if (thread->state_text)
    g_string_append_printf (report->text, "  %s", clean (report, flatline_record_word_text (thread->state_text), ""));
  if (thread->holds_gil)
    g_string_append_printf (report->text, ", %s", _ ("holds the GIL"));
  if (thread->waits_for_gil)
    g_string_append_printf (report->text, ", %s", _ ("waits for the GIL"));
  if (thread->keeps_world)
    g_string_append_printf (report->text, ", %s", _ ("keeps all others waiting"));
  if (thread->collecting)
    g_string_append_printf (report->text, ", %s", _ ("collects garbage"));
  if (thread->waiting_for)
    g_string_append_printf (report->text, ", %s", clean (report, thread->waiting_for, ""));
  else if (thread->syscall)
    {
      g_string_append (report->text, ", ");
      g_string_append_printf (report->text, _ ("in %s()"), clean (report, thread->syscall, ""));
    }
  g_string_append (report->text, " ---\n");
  if (thread->incomplete)
    g_string_append_printf (report->text, "    %s\n",
                            _ ("(this stack changed while it was read: not all of it is here)"));
  if (n == 0)
    g_string_append_printf (report->text, "    %s\n",
                            thread->is_python ? _ ("(runs no Python code)") : _ ("(native thread)"));
  for (guint i = n; i-- > 0;)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);

      if (g_strcmp0 (frame->kind, "python") == 0 && frame->interpreter != interpreter)
        {
          interpreter = frame->interpreter;
          g_string_append (report->text, "    ");
          g_string_append_printf (report->text, _ ("(from here on in interpreter %d)"), (int)interpreter);
          g_string_append_c (report->text, '\n');
        }
      append_frame (report, frame);
    }
}

/* The thread of the verdict, then Python threads, then the others. */
static gint
rank_of_thread (Report *report, FlatlineThread *thread)
{
  FlatlineVerdict *verdict = report->snapshot->verdict;

  if (verdict && verdict->thread != 0 && thread->native_id == verdict->thread)
    return 0;
  if (thread->is_main)
    return 1;
  return thread->is_python ? 2 : 3;
}

static void
append_threads (Report *report)
{
  guint n = flatline_list_length (report->snapshot->threads);

  g_string_append_c (report->text, '\n');
  g_string_append_printf (report->text,
                          ngettext ("%u thread, most recent call last", "%u threads, most recent call last", n), n);
  g_string_append_c (report->text, '\n');
  for (gint rank = 0; rank <= 3; rank++)
    {
      for (guint i = 0; i < n; i++)
        {
          FlatlineThread *thread = flatline_list_peek (report->snapshot->threads, i);

          if (rank_of_thread (report, thread) == rank)
            append_thread (report, thread);
        }
    }
}

static void
append_registers (Report *report)
{
  FlatlineSnapshot *snapshot = report->snapshot;

  if (!snapshot->registers)
    return;
  g_string_append_printf (report->text, "\n%s\n", _ ("Registers when the signal came"));
  for (guint i = 0; snapshot->registers[i]; i++)
    g_string_append_printf (report->text, "%s%-27s%s", i % 3 == 0 ? "  " : "",
                            clean (report, snapshot->registers[i], ""),
                            i % 3 == 2 || !snapshot->registers[i + 1] ? "\n" : "");
}

/* What was printed, of an exception whose frames are not there. */
static void
append_traceback (Report *report, FlatlineExceptionInfo *exception)
{
  g_auto (GStrv) lines = g_strsplit (exception->traceback_text ? exception->traceback_text : "", "\n", -1);

  for (char **line = lines; *line; line++)
    {
      if (!line[1] && !**line)
        break;
      g_string_append (report->text, "  ");
      flatline_clean_text_append (report->text, *line);
      g_string_append_c (report->text, '\n');
    }
}

static void
append_exception (Report *report, FlatlineExceptionInfo *exception, const char *title, guint depth)
{
  g_autofree char *message = flatline_clean_text_dup_lines (exception->message, "  ");
  guint n_frames = flatline_list_length (exception->frames), n_members = flatline_list_length (exception->group);

  g_string_append_printf (report->text, "\n%s", style (report, BOLD));
  g_string_append_printf (report->text, title, clean (report, exception->type_name, "?"), message);
  g_string_append_printf (report->text, "%s\n", style (report, NORMAL));
  for (char **note = exception->notes; note && *note; note++)
    g_string_append_printf (report->text, "  %s\n", clean (report, *note, ""));
  if (n_frames == 0)
    append_traceback (report, exception);
  for (guint i = n_frames; i-- > 0;)
    append_frame (report, flatline_list_peek (exception->frames, i));
  if (exception->value && (report->parts & FLATLINE_REPORT_VARIABLES))
    append_attributes (report, exception->value);
  if (depth >= MAX_EXCEPTION_DEPTH)
    return;
  for (guint i = 0; i < n_members; i++)
    /* Translators: one exception of a group: its type, its message */
    append_exception (report, flatline_list_peek (exception->group, i), _ ("One of the group: %s: %s"), depth + 1);
  if (exception->cause)
    /* Translators: an exception that led to the one above: its type, its message */
    append_exception (report, exception->cause,
                      exception->is_cause ? _ ("Caused by: %s: %s") : _ ("Raised while this was handled: %s: %s"),
                      depth + 1);
}

static void
append_tasks (Report *report)
{
  guint n = flatline_list_length (report->snapshot->tasks);

  if (n == 0)
    return;
  g_string_append_c (report->text, '\n');
  g_string_append_printf (report->text, ngettext ("%u task", "%u tasks", n), n);
  g_string_append_c (report->text, '\n');
  for (guint i = 0; i < n; i++)
    {
      FlatlineTask *task = flatline_list_peek (report->snapshot->tasks, i);

      g_string_append_printf (report->text, "\n  --- %s%s%s  %s  %s", style (report, BOLD),
                              clean (report, task->name, "?"), style (report, NORMAL),
                              clean (report, task->coroutine, ""), clean (report, task->state, ""));
      if (task->awaits)
        {
          g_string_append (report->text, ", ");
          /* Translators: what an asyncio task waits for */
          g_string_append_printf (report->text, _ ("awaits %s"), clean (report, task->awaits, ""));
        }
      g_string_append (report->text, " ---\n");
      for (guint k = flatline_list_length (task->frames); k-- > 0;)
        append_frame (report, flatline_list_peek (task->frames, k));
    }
}

/* Of a file from elsewhere: what the program found there. */
static void
append_machine (Report *report, FlatlineProgram *program)
{
  guint n = program && program->distributions ? g_strv_length (program->distributions) : 0;

  if (!program)
    return;
  if (program->environment)
    g_string_append_printf (report->text, "\n%s\n", _ ("Environment"));
  for (char **line = program->environment; line && *line; line++)
    if (!g_str_has_suffix (*line, "=<left out>"))
      g_string_append_printf (report->text, "  %s\n", clean (report, *line, ""));
  if (n > 0)
    {
      g_autofree char *list = g_strjoinv (", ", program->distributions);

      g_string_append_c (report->text, '\n');
      g_string_append_printf (report->text, ngettext ("%u installed package", "%u installed packages", n), n);
      g_string_append_printf (report->text, "\n  %s\n", clean (report, list, ""));
    }
}

static void
append_process (Report *report, FlatlineProcess *process, guint depth)
{
  g_string_append_printf (
      report->text, "  %*s%" G_GINT64_FORMAT "  %s  %s\n", (int)depth * 2, "", process->pid,
      clean (report, process->state_text ? flatline_record_word_text (process->state_text) : process->state, "?"),
      clean (report, process->command_line ? process->command_line : process->name, "?"));
  for (guint i = 0; depth < 32 && i < flatline_list_length (process->children); i++)
    append_process (report, flatline_list_peek (process->children, i), depth + 1);
}

static void
append_surroundings (Report *report)
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
                              clean (report, connection->protocol, "?"), clean (report, connection->local_address, "*"),
                              clean (report, connection->remote_address, "*"), clean (report, connection->state, ""),
                              connection->pid, connection->fd);
    }
}

static void
append_line (Report *report, const char *format, const char *text)
{
  g_string_append_printf (report->text, format, clean (report, text, ""));
  g_string_append_c (report->text, '\n');
}

static void
append_header (Report *report)
{
  FlatlineSnapshot *snapshot = report->snapshot;
  FlatlineProgram *program = snapshot->program;
  g_autofree char *time = dup_time (snapshot->captured_us, "%Y-%m-%d %H:%M:%S %z");

  if (program)
    {
      g_autofree char *command = program->argv ? g_strjoinv (" ", program->argv) : g_strdup ("?");

      /* Translators: a process's number, its command line */
      g_string_append_printf (report->text, _ ("Process %d: %s"), (int)program->pid, clean (report, command, ""));
      g_string_append_c (report->text, '\n');
      if (program->python)
        g_string_append_printf (report->text, "CPython %s (%s)\n", clean (report, program->python, ""),
                                clean (report, program->executable, "?"));
      if (program->platform)
        g_string_append_printf (report->text, "%s\n", clean (report, program->platform, ""));
    }
  if (snapshot->pause_us > 0)
    /* Translators: a time, a computer, milliseconds */
    g_string_append_printf (report->text, _ ("Captured %s on %s, the program was held for %.1f ms"), time,
                            clean (report, snapshot->host, "?"), (double)snapshot->pause_us / 1000);
  else
    g_string_append_printf (report->text, _ ("Captured %s on %s"), time, clean (report, snapshot->host, "?"));
  g_string_append_c (report->text, '\n');
  for (char **note = snapshot->notes; note && *note; note++)
    append_line (report, _ ("Note: %s"), *note);
  for (char **limit = snapshot->limits; limit && *limit; limit++)
    append_line (report, _ ("Limit: %s"), *limit);
}

char *
flatline_report_text (FlatlineSnapshot *snapshot, FlatlineReportParts parts)
{
  g_autoptr (GHashTable) lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_strfreev);
  g_autoptr (GStringChunk) cleaned = g_string_chunk_new (4096);
  Report report = { snapshot, parts, g_string_new (NULL), lines, cleaned };

  append_header (&report);
  append_verdict (&report);
  if (snapshot->exception)
    /* Translators: the type of a Python exception, its message */
    append_exception (&report, snapshot->exception, _ ("Exception: %s: %s"), 0);
  if (parts & (FLATLINE_REPORT_STACKS | FLATLINE_REPORT_VARIABLES))
    {
      append_threads (&report);
      append_tasks (&report);
      append_registers (&report);
    }
  append_surroundings (&report);
  if (parts & FLATLINE_REPORT_PROCESSES)
    append_machine (&report, snapshot->program);
  return g_string_free (report.text, FALSE);
}
