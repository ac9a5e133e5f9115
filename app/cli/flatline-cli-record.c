/* SPDX-License-Identifier: MIT */
/*
 * `flatline-cli record`: supervises a program as `run` does and has its agent record it. `flatline-cli recordings`
 * lists what was recorded, in the user's data folder or where one says.
 */
#include "config.h"

#include "flatline-cli.h"
#include "flatline-foreground.h"
#include "flatline-paths.h"
#include "flatline-recording.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>

static void
tell_recording (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineRecording) recording = NULL;
  g_autofree char *ending = NULL;
  g_autofree char *quoted = g_shell_quote (path);
  guint n;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      flatline_cli_complain (
          _ ("nothing was recorded: it says above why, or the program ran no Python code of its own (--all, --only)"));
      return;
    }
  recording = flatline_recording_load (path, &error);
  if (!recording)
    {
      flatline_cli_complain ("%s", error->message);
      return;
    }
  n = flatline_recording_get_n_events (recording);
  flatline_cli_complain (
      ngettext ("%u event recorded: flatline-cli replay %s", "%u events recorded: flatline-cli replay %s", n), n,
      quoted);
  ending = flatline_recording_dup_ending (recording);
  if (ending)
    flatline_cli_complain ("%s", ending);
}

static int
record (FlatlineConfig *config, FlatlineForegroundOptions *foreground, gboolean keep, char **words)
{
  g_autoptr (FlatlineStore) store = keep ? flatline_cli_open_store (config, FALSE) : NULL;
  g_autoptr (FlatlineSession) session = flatline_session_new (config, store);
  int status;

  flatline_session_set_program (session, (const char *const *)words, NULL);
  status = flatline_foreground_run (session, store, foreground);
  if (store)
    flatline_cli_close_store (store);
  if (flatline_session_get_recording (session))
    tell_recording (flatline_session_get_recording (session));
  return status;
}

int
flatline_cli_record (int argc, char **argv)
{
  FlatlineForegroundOptions foreground = { .console = TRUE };
  gboolean everything = FALSE, variables = TRUE, keep = TRUE, pipes = FALSE;
  const char *output = NULL, *only = NULL, *python = NULL, *config_file = NULL;
  gint64 limit = 0;
  const FlatlineCliOption options[] = {
    { "output", 'o', FLATLINE_CLI_OPTION_TEXT, &output, N_ ("PATH"),
      N_ ("file or folder of the recording, instead of the user’s data folder") },
    { "all", 0, FLATLINE_CLI_OPTION_ON, &everything, NULL, N_ ("record Python’s library and installed packages, too") },
    { "only", 0, FLATLINE_CLI_OPTION_TEXT, &only, N_ ("GLOB"),
      N_ ("record only files that match, as orders.py or */shop/*; several with commas") },
    { "no-variables", 0, FLATLINE_CLI_OPTION_OFF, &variables, NULL, N_ ("only where it went: smaller and quicker") },
    { "limit", 0, FLATLINE_CLI_OPTION_COUNT, &limit, N_ ("MB"),
      N_ ("the recording ends at this size and the program goes on; 256 without it") },
    { "no-console", 0, FLATLINE_CLI_OPTION_OFF, &foreground.console, NULL,
      N_ ("no console; a freeze is printed to stderr") },
    { "python", 0, FLATLINE_CLI_OPTION_TEXT, &python, N_ ("EXE"), N_ ("the interpreter for the script") },
    { "pipes", 0, FLATLINE_CLI_OPTION_ON, &pipes, NULL, N_ ("pipes for the program instead of a terminal") },
    { "no-store", 0, FLATLINE_CLI_OPTION_OFF, &keep, NULL, N_ ("keep no freezes for later") },
    { "config", 0, FLATLINE_CLI_OPTION_TEXT, &config_file, N_ ("FILE"),
      N_ ("settings; without it config.ini of the working folder, when it has a [flatline] group") },
    { NULL },
  };
  const FlatlineCliUsage usage = {
    "record [OPTION…] SCRIPT|-m MODULE|-c CODE [ARGUMENT…]",
    N_ ("Runs a program as `run` does and records it: every call, line, return and exception of its own code, with "
        "the\n"
        "variables that changed. flatline-cli replay steps through that, forward and back."),
    N_ ("The program is many times slower while it is recorded. Each Python process that it starts has a recording of "
        "its\nown, with the process’s number in its name."),
    TRUE,
    "mc",
    options,
  };
  g_autofree char **words = NULL;
  g_autoptr (FlatlineConfig) config = NULL;
  int status;

  if (!flatline_cli_parse (&usage, argc, argv, &words, &status))
    return status;
  config = flatline_cli_load_config (config_file);
  if (!config)
    return FLATLINE_CLI_USAGE;
  if (!words[0])
    {
      flatline_cli_complain (_ ("say what to record: flatline-cli record SCRIPT [ARGUMENT…]"));
      return FLATLINE_CLI_USAGE;
    }
  config->pipes |= pipes;
  flatline_cli_give_streams (config);
  if (python)
    {
      g_free (config->python);
      config->python = g_strdup (python);
    }
  config->record = output ? g_strdup (output) : flatline_paths_dup_recordings_dir ();
  config->record_everything = everything;
  config->record_places_only = !variables;
  config->record_only = g_strdup (only);
  config->record_megabytes = limit;
  return record (config, &foreground, keep, words);
}

/* The list */

static int
compare_times (gconstpointer one, gconstpointer other)
{
  GStatBuf a = { 0 }, b = { 0 };

  g_stat (*(char *const *)one, &a);
  g_stat (*(char *const *)other, &b);
  return a.st_mtime < b.st_mtime   ? 1
         : a.st_mtime > b.st_mtime ? -1
                                   : g_strcmp0 (*(char *const *)other, *(char *const *)one);
}

GPtrArray *
flatline_cli_list_recordings (const char *folder)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    if (g_str_has_suffix (name, FLATLINE_RECORDING_ENDING))
      g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (paths, compare_times);
  return paths;
}

void
flatline_cli_complain_of_no_recording (void)
{
  flatline_cli_complain (_ ("nothing was recorded yet: flatline-cli record SCRIPT [ARGUMENT…]"));
}

static void
print_recording (const char *path, gboolean as_json)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineRecording) recording = flatline_recording_load (path, &error);
  FlatlineProgram *program = recording ? flatline_recording_peek_program (recording) : NULL;
  g_autofree char *command = program && program->argv ? g_strjoinv (" ", program->argv) : g_strdup ("");
  g_autofree char *ending = recording ? flatline_recording_dup_ending (recording) : NULL;
  guint n = recording ? flatline_recording_get_n_events (recording) : 0;
  gint64 length_us = n > 0 ? flatline_recording_peek_event (recording, n - 1)->time_us : 0;

  if (!recording)
    {
      flatline_cli_complain ("%s", error->message);
      return;
    }
  if (as_json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();
      g_autoptr (JsonNode) root = NULL;
      g_autofree char *json = NULL;

      json_builder_begin_object (builder);
      json_builder_add_string_value (json_builder_set_member_name (builder, "file"), path);
      json_builder_add_string_value (json_builder_set_member_name (builder, "program"), command);
      json_builder_add_string_value (json_builder_set_member_name (builder, "host"),
                                     flatline_recording_peek_host (recording));
      json_builder_add_int_value (json_builder_set_member_name (builder, "started_us"),
                                  flatline_recording_get_started_us (recording));
      json_builder_add_int_value (json_builder_set_member_name (builder, "length_us"), length_us);
      json_builder_add_int_value (json_builder_set_member_name (builder, "events"), n);
      json_builder_add_boolean_value (json_builder_set_member_name (builder, "whole"), ending == NULL);
      json_builder_end_object (builder);
      root = json_builder_get_root (builder);
      json = json_to_string (root, FALSE);
      flatline_cli_write_json (json);
    }
  else
    {
      g_autoptr (GDateTime) time =
          g_date_time_new_from_unix_local (flatline_recording_get_started_us (recording) / G_USEC_PER_SEC);
      g_autofree char *when = time ? g_date_time_format (time, "%Y-%m-%d %H:%M:%S") : g_strdup ("?");
      g_autofree char *name = g_path_get_basename (path);

      flatline_cli_print ("%s  %8.3f s  %9u  %s%s  %s", when, length_us / 1e6, n, name, ending ? " *" : "", command);
    }
}

int
flatline_cli_recordings (int argc, char **argv)
{
  gboolean as_json = FALSE;
  const FlatlineCliOption options[] = {
    { "json", 0, FLATLINE_CLI_OPTION_ON, &as_json, NULL, N_ ("one JSON object a line") },
    { NULL },
  };
  const FlatlineCliUsage usage = {
    "recordings [OPTION…] [FOLDER|FILE…]",
    N_ ("Lists recordings, newest first: when, how long, number of events, file (* without an end), program."),
    NULL,
    FALSE,
    NULL,
    options,
  };
  g_autofree char **words = NULL;
  g_autofree char *folder = NULL;
  int status;

  if (!flatline_cli_parse (&usage, argc, argv, &words, &status))
    return status;
  folder = words[0] ? NULL : flatline_paths_dup_recordings_dir ();
  for (char **word = folder ? (char *[]){ folder, NULL } : words; *word; word++)
    {
      g_autoptr (GPtrArray) paths =
          folder || g_file_test (*word, G_FILE_TEST_IS_DIR) ? flatline_cli_list_recordings (*word) : NULL;

      for (guint i = 0; paths && i < paths->len; i++)
        print_recording (paths->pdata[i], as_json);
      if (!paths)
        print_recording (*word, as_json);
      if (folder && !as_json && paths->len == 0)
        flatline_cli_complain_of_no_recording ();
    }
  return FLATLINE_CLI_FINE;
}
