/* SPDX-License-Identifier: MIT */
/*
 * `flatline-cli dump`: one look at a process that Flatline did not start, or at a core file. It opens no store, reads
 * no settings and waits for nothing, so that it is quick enough to be called in a loop.
 */
#include "config.h"

#include "flatline-cli.h"

#include "flatline-capture.h"
#include "flatline-debug-servers.h"
#include "flatline-process.h"
#include "flatline-process-tree.h"
#include "flatline-report-text.h"

#include <glib/gi18n.h>
#include <string.h>

/* Where the first thread has ended before the others, the process was read as if it were another's. */
static void
mark_first_thread (FlatlineSnapshot *snapshot, gint64 pid)
{
  if (snapshot->program)
    snapshot->program->pid = pid;
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (snapshot->threads, i);

      thread->is_main = thread->native_id == pid;
    }
}

/* Nobody frees it: the program ends, and of a thousand threads there are a million parts. */
static FlatlineSnapshot *
capture_process (gint64 id, const FlatlineCaptureBudget *budget)
{
  const gint64 pid = flatline_process_find_of_thread (id);
  const gint64 readable = flatline_process_find_living_thread (pid);
  FlatlineInspector *inspector = flatline_inspector_new (readable);
  g_autoptr (GError) error = NULL;
  FlatlineSnapshot *snapshot = budget->locals || budget->pause || budget->native
                                   ? flatline_capture (inspector, readable, "dump", budget, NULL, &error)
                                   : flatline_capture_stacks (inspector, readable, "dump", budget->max_frames, &error);

  if (!snapshot)
    flatline_cli_complain ("%s", error->message);
  else if (readable != pid)
    mark_first_thread (snapshot, pid);
  return snapshot;
}

static FlatlineSnapshot *
capture_core (const char *core_file, const char *executable, const FlatlineCaptureBudget *budget)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineInspector) inspector = flatline_inspector_new_for_core (core_file, executable, &error);
  FlatlineSnapshot *snapshot = inspector ? flatline_capture_core (inspector, "dump", budget, NULL, &error) : NULL;

  if (!snapshot)
    flatline_cli_complain ("%s", error->message);
  return snapshot;
}

static int
save (FlatlineSnapshot *snapshot, const char *path)
{
  g_autoptr (GBytes) document = flatline_cli_make_document (snapshot, flatline_cli_guess_format (path));

  return flatline_cli_write_document (document, path) ? FLATLINE_CLI_FINE : FLATLINE_CLI_FAILED;
}

/* On stdout. */
static int
show (FlatlineSnapshot *snapshot, gboolean as_json, gboolean locals)
{
  g_autofree char *text = NULL;

  if (as_json)
    {
      text = flatline_record_to_json_string (FLATLINE_RECORD (snapshot), FALSE);
      return flatline_cli_write_json (text) ? FLATLINE_CLI_FINE : FLATLINE_CLI_FAILED;
    }
  text = flatline_report_text (snapshot, FLATLINE_REPORT_STACKS | (locals ? FLATLINE_REPORT_VARIABLES : 0)
                                             | (flatline_cli_wants_color () ? FLATLINE_REPORT_COLOR : 0));
  return flatline_cli_write (text, strlen (text)) ? FLATLINE_CLI_FINE : FLATLINE_CLI_FAILED;
}

/* Those below the process that was shown, each as that one was: parents first, a JSON object a line. */
static int
show_children (FlatlineProcess *parent, const FlatlineCaptureBudget *budget, gboolean as_json)
{
  for (guint i = 0; parent && i < flatline_list_length (parent->children); i++)
    {
      FlatlineProcess *child = flatline_list_peek (parent->children, i);
      FlatlineSnapshot *snapshot = child->alive ? capture_process (child->pid, budget) : NULL;

      if (snapshot && !as_json && !flatline_cli_write ("\n", 1))
        return FLATLINE_CLI_FAILED;
      if ((snapshot && show (snapshot, as_json, budget->locals) != FLATLINE_CLI_FINE)
          || show_children (child, budget, as_json) != FLATLINE_CLI_FINE)
        return FLATLINE_CLI_FAILED;
    }
  return FLATLINE_CLI_FINE;
}

/* FALSE after a complaint. @pid becomes the process that is named, or stays 0 for a core file. */
static gboolean
check_use (char **words, gint64 *pid, const char *output, gboolean as_json, gboolean with_children)
{
  gboolean is_pid;

  if (!words[0] || (words[1] && words[2]))
    {
      flatline_cli_complain (_ ("dump needs a process id or a core file: flatline-cli dump PID|CORE [EXECUTABLE]"));
      return FALSE;
    }
  is_pid = g_ascii_string_to_signed (words[0], 10, 1, G_MAXINT, pid, NULL);
  if (is_pid && words[1])
    {
      flatline_cli_complain (_ ("an executable is named with a core file only, not with a process id"));
      return FALSE;
    }
  if (!is_pid && !g_file_test (words[0], G_FILE_TEST_EXISTS))
    {
      flatline_cli_complain (_ ("“%s” is neither a process id nor a file"), words[0]);
      return FALSE;
    }
  if (output && !flatline_cli_guess_format (output))
    {
      flatline_cli_complain (
          _ ("the name “%s” does not say which format is wanted: end it in .flatline, .html, .txt or .json"), output);
      return FALSE;
    }
  if (with_children && (output || !is_pid))
    {
      flatline_cli_complain (_ ("--children is for a process id, and shows each of them on stdout"));
      return FALSE;
    }
  if (output && as_json)
    {
      flatline_cli_complain (_ ("--json goes to stdout; for a file, name one that ends in .json"));
      return FALSE;
    }
  return TRUE;
}

int
flatline_cli_dump (int argc, char **argv)
{
  FlatlineCaptureBudget budget = flatline_capture_budget_default ();
  gboolean as_json = FALSE, with_children = FALSE;
  const char *output = NULL;
  const FlatlineCliOption options[] = {
    { "json", 0, FLATLINE_CLI_OPTION_ON, &as_json, NULL, N_ ("the whole snapshot as one JSON object") },
    { "output", 'o', FLATLINE_CLI_OPTION_TEXT, &output, N_ ("FILE"),
      N_ ("into a file to keep or send: .flatline, .html, .txt or .json") },
    { "children", 0, FLATLINE_CLI_OPTION_ON, &with_children, NULL,
      N_ ("the processes that it started too, one after the other") },
    { "no-locals", 0, FLATLINE_CLI_OPTION_OFF, &budget.locals, NULL, N_ ("stacks only, no variables") },
    { "native", 0, FLATLINE_CLI_OPTION_ON, &budget.native, NULL, N_ ("native (C) frames too") },
    { "no-pause", 0, FLATLINE_CLI_OPTION_OFF, &budget.pause, NULL,
      N_ ("do not stop the process while reading; values that change meanwhile may be misread") },
    { NULL },
  };
  const FlatlineCliUsage usage = {
    "dump [OPTION…] PID|CORE [EXECUTABLE]",
    N_ ("Shows what every thread of a process is doing, from outside; the process needs to know nothing of it.\n"
        "With a core file the same is read from the file. --no-locals --no-pause together are the quickest look:\n"
        "the stacks alone, without a verdict, in a few milliseconds."),
    NULL,
    FALSE,
    NULL,
    options,
  };
  g_autofree char **words = NULL;
  FlatlineSnapshot *snapshot;
  gint64 pid = 0;
  int status;

  if (!flatline_cli_parse (&usage, argc, argv, &words, &status))
    return status;
  if (!check_use (words, &pid, output, as_json, with_children))
    return FLATLINE_CLI_USAGE;
  flatline_debug_servers_leave ();
  snapshot = pid != 0 ? capture_process (pid, &budget) : capture_core (words[0], words[1], &budget);
  if (!snapshot)
    return FLATLINE_CLI_FAILED;
  status = output ? save (snapshot, output) : show (snapshot, as_json, budget.locals);
  if (with_children && status == FLATLINE_CLI_FINE)
    {
      g_autoptr (FlatlineProcess) tree = flatline_process_read_tree (flatline_process_find_of_thread (pid));

      status = show_children (tree, &budget, as_json);
    }
  return status;
}
