/* SPDX-License-Identifier: MIT */
/*
 * `flatline-cli run`: supervises a program in the terminal. Options come before the script; everything after its name
 * is the script's own, to the byte. The settings of config.ini hold where no option says otherwise.
 */
#include "config.h"

#include "flatline-cli.h"
#include "flatline-foreground.h"

#include <fcntl.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  const char *config_file;
  const char *python;
  const char *log_folder;
  const char *trace_exits;
  double threshold;
  gboolean pipes;
  gboolean follow;
  gboolean agent;
  gboolean store;
  FlatlineForegroundOptions foreground;
} RunOptions;

static const char DETAILS[] = N_ (
    "While the program runs, its keys are its own: Ctrl+C goes to it like every other key. Ctrl+\\ opens the console, "
    "and so\ndoes a second Ctrl+C within a second; without a console a second Ctrl+C kills the program and all its "
    "processes.\nWhen the program freezes, the console opens by itself; H lists its keys.\n\nThe program’s stdin, "
    "stdout and stderr are terminals where Flatline’s own are, else pipes; with --pipes always.\n\nThe exit status is "
    "the program’s own, 128 + the signal that ended it, or 2 when it could not be started.");

/* The same terminal, pipe or file. What nobody sees (/dev/null) needs no order. */
static gboolean
errors_go_with_output (void)
{
  struct stat output, error;

  return fstat (STDOUT_FILENO, &output) == 0 && fstat (STDERR_FILENO, &error) == 0 && output.st_dev == error.st_dev
         && output.st_ino == error.st_ino && (!S_ISCHR (output.st_mode) || isatty (STDOUT_FILENO));
}

/* No colours in a file, no echo of what a pipe brings. */
void
flatline_cli_give_streams (FlatlineConfig *config)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (!isatty (fd))
      config->piped |= 1 << fd;
  if ((config->piped & FLATLINE_STREAM_INPUT) && fcntl (STDIN_FILENO, F_GETFD) >= 0)
    config->piped |= FLATLINE_STREAM_GIVEN;
  if (errors_go_with_output ())
    config->piped |= FLATLINE_STREAM_JOINED;
}

static gboolean
apply_options (const RunOptions *options, FlatlineConfig *config)
{
  if (options->trace_exits && !flatline_trace_exits_parse (options->trace_exits, &config->trace_exits))
    {
      flatline_cli_complain (/* Translators: an option, what was given; the three words are typed as they stand */
                             _ ("--%s wants auto, always or never, not “%s”"), "trace-exits", options->trace_exits);
      return FALSE;
    }
  if (options->threshold > 0)
    config->freeze_threshold = options->threshold;
  if (options->pipes)
    config->pipes = TRUE;
  if (options->follow)
    config->follow = TRUE;
  if (!options->foreground.json)
    flatline_cli_give_streams (config);
  if (!options->agent)
    config->use_agent = FALSE;
  if (options->python)
    {
      g_free (config->python);
      config->python = g_strdup (options->python);
    }
  if (options->log_folder)
    {
      g_free (config->log_folder);
      config->log_folder = *options->log_folder ? g_canonicalize_filename (options->log_folder, NULL) : g_strdup ("");
    }
  return TRUE;
}

static int
supervise (const RunOptions *options, FlatlineConfig *config, const char *const *program)
{
  g_autoptr (FlatlineStore) store = NULL;
  g_autoptr (FlatlineSession) session = NULL;
  int status;

  if (options->store)
    store = flatline_cli_open_store (config, FALSE);
  session = flatline_session_new (config, store);
  flatline_session_set_program (session, program, NULL);
  status = flatline_foreground_run (session, store, &options->foreground);
  if (store)
    flatline_cli_close_store (store);
  return status;
}

int
flatline_cli_run (int argc, char **argv)
{
  RunOptions run = { .agent = TRUE, .store = TRUE, .foreground.console = TRUE };
  const FlatlineCliOption options[] = {
    { "json", 0, FLATLINE_CLI_OPTION_ON, &run.foreground.json, NULL,
      N_ ("one JSON object a line for all that happens") },
    { "exit-after-freeze", 0, FLATLINE_CLI_OPTION_ON, &run.foreground.exit_after_freeze, NULL,
      N_ ("kill the program once its first freeze has been captured") },
    { "no-console", 0, FLATLINE_CLI_OPTION_OFF, &run.foreground.console, NULL,
      N_ ("no console; a freeze is printed to stderr") },
    { "threshold", 0, FLATLINE_CLI_OPTION_SECONDS, &run.threshold, N_ ("S"),
      N_ ("silence of S seconds is a freeze; 2.5 without a setting") },
    { "python", 0, FLATLINE_CLI_OPTION_TEXT, &run.python, N_ ("EXE"), N_ ("the interpreter for the script") },
    { "pipes", 0, FLATLINE_CLI_OPTION_ON, &run.pipes, NULL, N_ ("pipes for the program instead of a terminal") },
    { "follow", 0, FLATLINE_CLI_OPTION_ON, &run.follow, NULL,
      N_ ("go on with a daemon that the program becomes, or leaves running") },
    { "no-agent", 0, FLATLINE_CLI_OPTION_OFF, &run.agent, NULL,
      N_ ("put nothing into the program; look from outside only") },
    { "trace-exits", 0, FLATLINE_CLI_OPTION_TEXT, &run.trace_exits, N_ ("MODE"),
      N_ ("let the kernel hold the program when it dies: always, never, or auto, without an agent") },
    { "no-store", 0, FLATLINE_CLI_OPTION_OFF, &run.store, NULL, N_ ("keep nothing for later") },
    { "log-folder", 0, FLATLINE_CLI_OPTION_TEXT, &run.log_folder, N_ ("DIR"),
      N_ ("folder of the log files; empty: none") },
    { "config", 0, FLATLINE_CLI_OPTION_TEXT, &run.config_file, N_ ("FILE"),
      N_ ("settings; without it config.ini of the working folder, when it has a [flatline] group") },
    { NULL },
  };
  const FlatlineCliUsage usage = {
    "run [OPTION…] [SCRIPT|-m MODULE|-c CODE [ARGUMENT…]]",
    N_ ("Starts a program, listens to its heart, and tells what every thread was doing when it stops.\n"
        "Without a script the one that config.ini names as app is run."),
    DETAILS,
    TRUE,
    "mc",
    options,
  };
  g_autofree char **words = NULL;
  g_autoptr (FlatlineConfig) config = NULL;
  int status;

  if (!flatline_cli_parse (&usage, argc, argv, &words, &status))
    return status;
  config = flatline_cli_load_config (run.config_file);
  if (!config)
    return FLATLINE_CLI_USAGE;
  if (!apply_options (&run, config))
    return FLATLINE_CLI_USAGE;
  if (!words[0] && !config->app)
    {
      flatline_cli_complain (_ ("say what to run: flatline-cli run SCRIPT [ARGUMENT…]"));
      return FLATLINE_CLI_USAGE;
    }
  if (words[0])
    return supervise (&run, config, (const char *const *)words);
  return supervise (&run, config, (const char *const[]){ config->app, NULL });
}
