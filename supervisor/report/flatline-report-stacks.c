/* SPDX-License-Identifier: MIT */
/*
 * What ran, as text: threads, tasks and exceptions with their frames, the variables and the source lines of each.
 * Frames are in Python's order, the most recent call last.
 */
#include "flatline-report-writing.h"

#include "flatline-clean-text.h"
#include "flatline-code-path.h"
#include "flatline-record-words.h"

#include <string.h>

#define MAX_EXCEPTION_DEPTH 32

static GPtrArray *
index_lines (FlatlineSourceFile *source)
{
  GPtrArray *lines = g_ptr_array_new ();

  for (char *line = source ? source->text : NULL; line; line = strchr (line, '\n'))
    {
      line += *line == '\n' && lines->len > 0;
      g_ptr_array_add (lines, line);
    }
  return lines;
}

/* The source of the line that a frame is at, without what indents it; NULL: it is not known. */
static char *
dup_source_line (FlatlineReport *report, FlatlineFrame *frame)
{
  GPtrArray *lines;
  const char *line;

  if (!frame->file || frame->line <= 0 || !report->snapshot->sources)
    return NULL;
  lines = g_hash_table_lookup (report->lines, frame->file);
  if (!lines)
    {
      lines = index_lines (flatline_snapshot_find_source (report->snapshot, frame->file));
      g_hash_table_insert (report->lines, g_strdup (frame->file), lines);
    }
  if (frame->line > lines->len)
    return NULL;
  line = g_ptr_array_index (lines, frame->line - 1);
  return g_strstrip (g_strndup (line, strcspn (line, "\n")));
}

static void
append_value (FlatlineReport *report, FlatlineValue *value, guint indent)
{
  static const char spaces[] = "            ";

  g_string_append_len (report->text, spaces, MIN (indent, sizeof spaces - 1));
  g_string_append (report->text, flatline_report_style (report, FLATLINE_REPORT_CYAN));
  flatline_clean_text_append (report->text, value->name ? value->name : "·");
  g_string_append (report->text, flatline_report_style (report, FLATLINE_REPORT_NORMAL));
  g_string_append (report->text, " = ");
  flatline_clean_text_append (report->text, value->text ? value->text : "?");
  if (value->type && value->kind && strcmp (value->kind, "local") != 0 && strcmp (value->kind, "argument") != 0
      && indent <= 8)
    g_string_append_printf (report->text, "%s  (%s)%s", flatline_report_style (report, FLATLINE_REPORT_DIM),
                            flatline_report_clean (report, value->kind, ""),
                            flatline_report_style (report, FLATLINE_REPORT_NORMAL));
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
append_attributes (FlatlineReport *report, FlatlineValue *value)
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
  return frame->file && !flatline_path_is_own (frame->file);
}

/* Instances say little by themselves: their attributes follow, a line each. */
static void
append_variables (FlatlineReport *report, FlatlineFrame *frame)
{
  const gboolean is_own = !is_library (frame);

  for (guint i = 0; i < flatline_list_length (frame->locals); i++)
    {
      FlatlineValue *value = flatline_list_peek (frame->locals, i);

      if (is_definition (frame, value))
        continue;
      append_value (report, value, 8);
      if (is_own)
        append_attributes (report, value);
    }
}

static void
append_frame (FlatlineReport *report, FlatlineFrame *frame)
{
  g_autofree char *line = NULL;

  if (g_strcmp0 (frame->kind, "native") == 0)
    {
      g_string_append_printf (report->text, "    %s[%s] %s", flatline_report_style (report, FLATLINE_REPORT_DIM),
                              report->native, flatline_report_clean (report, frame->function, "?"));
      if (frame->file && frame->line > 0)
        g_string_append_printf (report->text, "  %s:%d", flatline_report_clean (report, frame->file, "?"),
                                (int)frame->line);
      if (frame->module)
        g_string_append_printf (report->text, "  %s", flatline_report_clean (report, frame->module, ""));
      g_string_append_printf (report->text, "%s\n", flatline_report_style (report, FLATLINE_REPORT_NORMAL));
    }
  else
    {
      g_autofree char *function = g_strconcat (
          flatline_report_style (report, FLATLINE_REPORT_BOLD),
          flatline_report_clean (report, frame->qualified_name ? frame->qualified_name : frame->function, "?"),
          flatline_report_style (report, FLATLINE_REPORT_NORMAL), NULL);

      g_string_append (report->text, "    ");
      g_string_append_printf (report->text, report->place, flatline_report_clean (report, frame->file, "?"),
                              (int)frame->line, function);
      if (frame->incomplete)
        g_string_append_printf (report->text, "  %s", _ ("(incomplete)"));
      if (frame->collected)
        g_string_append_printf (report->text, "  (%s)", _ ("called by a garbage collection"));
      g_string_append_c (report->text, '\n');
    }
  line = report->parts & FLATLINE_REPORT_STACKS ? dup_source_line (report, frame) : NULL;
  if (line)
    {
      g_string_append (report->text, "      ");
      flatline_clean_text_append (report->text, line);
      g_string_append_c (report->text, '\n');
    }
  if (report->parts & FLATLINE_REPORT_VARIABLES)
    append_variables (report, frame);
}

static void
append_thread (FlatlineReport *report, FlatlineThread *thread)
{
  guint n = flatline_list_length (thread->frames);
  gint64 interpreter = 0;

  g_string_append_printf (report->text, "\n  --- %s%s%s  %" G_GINT64_FORMAT "%s%s",
                          flatline_report_style (report, FLATLINE_REPORT_BOLD),
                          flatline_report_clean (report, thread->name, _ ("(no name)")),
                          flatline_report_style (report, FLATLINE_REPORT_NORMAL), thread->native_id,
                          thread->is_main ? _ ("[MAIN]") : "", thread->is_daemon ? "[d]" : "");
  if (thread->state_text)
    g_string_append_printf (report->text, "  %s",
                            flatline_report_clean (report, flatline_record_word_text (thread->state_text), ""));
  if (thread->holds_gil)
    g_string_append_printf (report->text, ", %s", _ ("holds the GIL"));
  if (thread->waits_for_gil)
    g_string_append_printf (report->text, ", %s", _ ("waits for the GIL"));
  /* The diagnosis says so, and how, where it knows. */
  if (thread->keeps_world && !thread->waiting_for)
    g_string_append_printf (report->text, ", %s", _ ("keeps all others waiting"));
  if (thread->collecting && !thread->waiting_for)
    g_string_append_printf (report->text, ", %s", _ ("collects garbage"));
  if (thread->waiting_for)
    g_string_append_printf (report->text, ", %s", flatline_report_clean (report, thread->waiting_for, ""));
  else if (thread->syscall)
    {
      g_string_append (report->text, ", ");
      g_string_append_printf (report->text, _ ("in %s()"), flatline_report_clean (report, thread->syscall, ""));
    }
  g_string_append (report->text, " ---\n");
  if (thread->incomplete)
    g_string_append_printf (report->text, "    %s\n",
                            _ ("(this stack changed while it was read: not all of it is here)"));
  if (thread->cut)
    g_string_append_printf (report->text, "    (%s)\n", _ ("the outermost calls are not shown"));
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

static FlatlineValue *
find_local (FlatlineFrame *frame, const char *name)
{
  for (guint i = 0; i < flatline_list_length (frame->locals); i++)
    {
      FlatlineValue *value = flatline_list_peek (frame->locals, i);

      if (g_strcmp0 (value->name, name) == 0)
        return value;
    }
  return NULL;
}

static gboolean
append_variable_of (FlatlineReport *report, FlatlineThread *thread, const char *name)
{
  gboolean found = FALSE;

  for (guint i = flatline_list_length (thread->frames); i-- > 0;)
    {
      FlatlineFrame *frame = flatline_list_peek (thread->frames, i);
      FlatlineValue *value = find_local (frame, name);

      if (!value)
        continue;
      if (!found)
        g_string_append_printf (report->text, "\n  --- %s  %" G_GINT64_FORMAT " ---\n",
                                flatline_report_clean (report, thread->name, _ ("(no name)")), thread->native_id);
      found = TRUE;
      append_frame (report, frame);
      append_value (report, value, 8);
      append_attributes (report, value);
    }
  return found;
}

gboolean
flatline_report_append_variable (FlatlineReport *report, const char *name)
{
  gboolean found = FALSE;

  for (guint i = 0; i < flatline_list_length (report->snapshot->threads); i++)
    found |= append_variable_of (report, flatline_list_peek (report->snapshot->threads, i), name);
  return found;
}

/* The thread of the verdict, then Python threads, then the others. */
static gint
rank_of_thread (FlatlineReport *report, FlatlineThread *thread)
{
  FlatlineVerdict *verdict = report->snapshot->verdict;

  if (verdict && verdict->thread != 0 && thread->native_id == verdict->thread)
    return 0;
  if (thread->is_main)
    return 1;
  return thread->is_python ? 2 : 3;
}

void
flatline_report_append_threads (FlatlineReport *report)
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

void
flatline_report_append_registers (FlatlineReport *report)
{
  FlatlineSnapshot *snapshot = report->snapshot;

  if (!snapshot->registers)
    return;
  g_string_append_printf (report->text, "\n%s\n", _ ("Registers when the signal came"));
  for (guint i = 0; snapshot->registers[i]; i++)
    g_string_append_printf (report->text, "%s%-27s%s", i % 3 == 0 ? "  " : "",
                            flatline_report_clean (report, snapshot->registers[i], ""),
                            i % 3 == 2 || !snapshot->registers[i + 1] ? "\n" : "");
}

/* What was printed, of an exception whose frames are not there. */
static void
append_traceback (FlatlineReport *report, FlatlineExceptionInfo *exception)
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

void
flatline_report_append_exception (FlatlineReport *report,
                                  FlatlineExceptionInfo *exception,
                                  const char *title,
                                  guint depth)
{
  g_autofree char *message = flatline_clean_text_dup_lines (exception->message, "  ");
  guint n_frames = flatline_list_length (exception->frames), n_members = flatline_list_length (exception->group);

  g_string_append_printf (report->text, "\n%s", flatline_report_style (report, FLATLINE_REPORT_BOLD));
  g_string_append_printf (report->text, title, flatline_report_clean (report, exception->type_name, "?"), message);
  g_string_append_printf (report->text, "%s\n", flatline_report_style (report, FLATLINE_REPORT_NORMAL));
  for (char **note = exception->notes; note && *note; note++)
    g_string_append_printf (report->text, "  %s\n", flatline_report_clean (report, *note, ""));
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
    flatline_report_append_exception (report, flatline_list_peek (exception->group, i), _ ("One of the group: %s: %s"),
                                      depth + 1);
  if (exception->cause)
    /* Translators: an exception that led to the one above: its type, its message */
    flatline_report_append_exception (
        report, exception->cause,
        exception->is_cause ? _ ("Caused by: %s: %s") : _ ("Raised while this was handled: %s: %s"), depth + 1);
}

void
flatline_report_append_tasks (FlatlineReport *report)
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
      g_autofree char *wait = flatline_task_dup_wait (task);

      g_string_append_printf (
          report->text, "\n  --- %s%s%s  %s  %s", flatline_report_style (report, FLATLINE_REPORT_BOLD),
          flatline_report_clean (report, task->name, "?"), flatline_report_style (report, FLATLINE_REPORT_NORMAL),
          flatline_report_clean (report, task->coroutine, ""), flatline_report_clean (report, task->state, ""));
      if (wait)
        g_string_append_printf (report->text, ", %s", flatline_report_clean (report, wait, ""));
      g_string_append (report->text, " ---\n");
      for (guint k = flatline_list_length (task->frames); k-- > 0;)
        append_frame (report, flatline_list_peek (task->frames, k));
    }
}
