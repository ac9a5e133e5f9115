/* SPDX-License-Identifier: MIT */
/*
 * flatline-cli: the same engine as the window, in the terminal. This file knows the commands by name and nothing else;
 * each command has a file of its own. It starts in a few milliseconds: nothing is set up that a command does not need.
 */
#include "config.h"

#include "flatline-cli.h"
#include "flatline-language.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

typedef struct
{
  const char *name;
  int (*run) (int argc, char **argv);
  const char *help;
} Command;

static const Command COMMANDS[] = {
  { "run", flatline_cli_run, N_ ("supervise a program, with a console when it freezes") },
  { "dump", flatline_cli_dump, N_ ("show every thread of a running process or a core file") },
  { "freezes", flatline_cli_freezes, N_ ("list the freezes that were kept") },
  { "show", flatline_cli_show, N_ ("show a freeze that was kept, or a .flatline file") },
  { "export", flatline_cli_export, N_ ("write a freeze as .flatline, HTML, text or JSON") },
  { "import", flatline_cli_import, N_ ("keep the freezes of .flatline files") },
  { "prune", flatline_cli_prune, N_ ("delete what is too old") },
};

static void
print_help (void)
{
  g_print (_ ("Usage: flatline-cli COMMAND [OPTION…] [ARGUMENT…]\n\n"
              "Finds out why a program stopped answering: what every thread was doing, with its variables.\n\n"
              "Commands:\n"));
  for (gsize i = 0; i < G_N_ELEMENTS (COMMANDS); i++)
    g_print ("  %-10s %s\n", COMMANDS[i].name, _ (COMMANDS[i].help));
  g_print (_ ("\nflatline-cli COMMAND --help tells more; --version and --license are answered too.\n"));
}

int
main (int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : NULL;

  flatline_language_start ();
  g_set_prgname ("flatline-cli");

  if (!name)
    {
      flatline_cli_complain (
          _ ("say what to do: run, dump, freezes, show, export, import or prune (--help tells more)"));
      return FLATLINE_CLI_USAGE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (COMMANDS); i++)
    if (strcmp (name, COMMANDS[i].name) == 0)
      return COMMANDS[i].run (argc - 1, argv + 1);
  if (strcmp (name, "--help") == 0 || strcmp (name, "-h") == 0 || strcmp (name, "help") == 0)
    print_help ();
  else if (strcmp (name, "--version") == 0)
    g_print ("flatline-cli %s\n", FLATLINE_VERSION);
  else if (strcmp (name, "--license") == 0)
    g_print (_ ("Flatline %s is free software under the MIT licence: use it, change it and give it on as you like,\n"
                "without warranty. The text is in the file COPYING.\n"),
             FLATLINE_VERSION);
  else
    {
      flatline_cli_complain (_ ("unknown command “%s”; there are run, dump, freezes, show, export, import and prune"),
                             name);
      return FLATLINE_CLI_USAGE;
    }
  return FLATLINE_CLI_FINE;
}
