/* SPDX-License-Identifier: MIT */
/*
 * flatline-cli: the same engine as the window, in the terminal. This program knows the commands by name and looks at
 * processes itself, so that it is there in two milliseconds and never in the way; for the commands that supervise or
 * open the store it gives way to the program in engine/, which needs many more libraries.
 */
#include "config.h"

#include "flatline-cli.h"
#include "flatline-given.h"
#include "flatline-language.h"
#include "flatline-paths.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  const char *name;
  int (*run) (int argc, char **argv); /* NULL: the engine's */
  const char *help;
} Command;

static const Command COMMANDS[] = {
  { "run", NULL, N_ ("supervise a program, with a console when it freezes") },
  { "record", NULL, N_ ("run a program and record every line of it") },
  { "replay", NULL, N_ ("step through a recording, forward and back") },
  { "recordings", NULL, N_ ("list what was recorded") },
  { "dump", flatline_cli_dump, N_ ("show every thread of a running process or a core file") },
  { "core", flatline_cli_core, N_ ("make a .flatline file of a core file, for the kernel too") },
  { "debug", flatline_cli_debug, N_ ("run another debugger at a program that Flatline traces") },
  { "trace", NULL, N_ ("tell each call of a function of a supervised program") },
  { "untrace", NULL, N_ ("end that") },
  { "traces", NULL, N_ ("list what is traced") },
  { "break", NULL, N_ ("hold the threads of a supervised program that come to a place") },
  { "unbreak", NULL, N_ ("end that") },
  { "continue", NULL, N_ ("let go of the threads that are held") },
  { "patch", NULL, N_ ("put another value or function into a supervised program") },
  { "unpatch", NULL, N_ ("put back what was there") },
  { "patches", NULL, N_ ("list what is patched") },
  { "freezes", NULL, N_ ("list the freezes that were kept") },
  { "show", NULL, N_ ("show a freeze that was kept, or a .flatline file") },
  { "export", NULL, N_ ("write a freeze as .flatline, HTML, text or JSON") },
  { "import", NULL, N_ ("keep the freezes of .flatline files") },
  { "prune", NULL, N_ ("delete what is too old") },
};

static void
append_help (GString *text)
{
  g_string_append (text,
                   _ ("Usage: flatline-cli COMMAND [OPTION…] [ARGUMENT…]\n\n"
                      "Finds out why a program stopped answering: what every thread was doing, with its variables.\n\n"
                      "Commands:\n"));
  for (gsize i = 0; i < G_N_ELEMENTS (COMMANDS); i++)
    g_string_append_printf (text, "  %-11s %s\n", COMMANDS[i].name, _ (COMMANDS[i].help));
  g_string_append (text, _ ("\nflatline-cli COMMAND --help tells more; --version and --license are answered too.\n"));
}

/* Returns only when there is no such program. */
static int
become_engine (char **argv)
{
  g_autofree char *program = flatline_paths_dup_cli_engine ();

  int failure;

  execv (program, argv);
  failure = errno;
  if (access ("/proc/self", F_OK) != 0)
    flatline_cli_complain (_ ("There is no /proc here, from which Flatline reads: mount -t proc proc /proc"));
  else
    flatline_cli_complain (_ ("“%s” cannot be run (%s): reinstall Flatline"), program, g_strerror (failure));
  return FLATLINE_CLI_FAILED;
}

static const Command *
find_command (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (COMMANDS); i++)
    if (strcmp (name, COMMANDS[i].name) == 0)
      return &COMMANDS[i];
  return NULL;
}

int
main (int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : NULL;
  const Command *command;
  g_autoptr (GString) text = g_string_new (NULL);
  char *topic[] = { argv[0], argc > 2 ? argv[2] : NULL, "--help", NULL };

  flatline_language_start ();
  g_set_prgname ("flatline-cli");

  if (!name)
    {
      flatline_cli_complain (_ ("say what to do: run, record, replay, recordings, dump, core, debug, trace, break, "
                                "patch, freezes, show, export, import or prune (--help tells more)"));
      return FLATLINE_CLI_USAGE;
    }
  /* `help run` is `run --help`. */
  if (strcmp (name, "help") == 0 && topic[1] && strcmp (topic[1], "help") != 0 && topic[1][0] != '-')
    {
      argv = topic;
      argc = 3;
      name = argv[1];
    }
  command = find_command (name);
  if (command && !command->run)
    return become_engine (argv);
  flatline_given_open_streams ();
  if (command)
    {
      flatline_given_note_signals ();
      return flatline_cli_finish (command->run (argc - 1, argv + 1));
    }
  if (strcmp (name, "--help") == 0 || strcmp (name, "-h") == 0 || strcmp (name, "help") == 0)
    append_help (text);
  else if (strcmp (name, "--version") == 0)
    g_string_append_printf (text, "flatline-cli %s\n", FLATLINE_VERSION);
  else if (strcmp (name, "--license") == 0)
    g_string_append_printf (
        text,
        _ ("Flatline %s is free software under the MIT licence: use it, change it and give it on as you like,\n"
           "without warranty. The text is in the file COPYING.\n"),
        FLATLINE_VERSION);
  else
    {
      flatline_cli_complain (_ ("unknown command “%s”; there are run, record, replay, recordings, dump, core, debug, "
                                "trace, break, patch, freezes, show, export, import and prune"),
                             name);
      return FLATLINE_CLI_USAGE;
    }
  return flatline_cli_write (text->str, text->len) ? FLATLINE_CLI_FINE : FLATLINE_CLI_FAILED;
}
