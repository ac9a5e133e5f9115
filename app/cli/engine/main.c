/* SPDX-License-Identifier: MIT */
/* The commands of flatline-cli that need the whole engine; ../main.c gives way to this program for them. */
#include "config.h"

#include "flatline-cli.h"
#include "flatline-debug-servers.h"
#include "flatline-given.h"
#include "flatline-language.h"

#include <malloc.h>
#include <string.h>

typedef struct
{
  const char *name;
  int (*run) (int argc, char **argv);
} Command;

static const Command COMMANDS[] = {
  { "run", flatline_cli_run },       { "freezes", flatline_cli_freezes }, { "show", flatline_cli_show },
  { "export", flatline_cli_export }, { "import", flatline_cli_import },   { "prune", flatline_cli_prune },
  { "record", flatline_cli_record }, { "replay", flatline_cli_replay },   { "recordings", flatline_cli_recordings },
  { "trace", flatline_cli_live },    { "untrace", flatline_cli_live },    { "traces", flatline_cli_live },
  { "break", flatline_cli_live },    { "unbreak", flatline_cli_live },    { "continue", flatline_cli_live },
  { "patch", flatline_cli_live },    { "unpatch", flatline_cli_live },    { "patches", flatline_cli_live },
};

/* What the threads of the engine and a snapshot take, about. */
#define ROOM    ((gsize)64 << 20)
#define THREADS 6
#define FILES   6

int
main (int argc, char **argv)
{
  g_autofree char *lack = NULL;

  flatline_given_open_streams ();
  flatline_given_note_descriptors ();
  flatline_given_note_signals ();
  /* Each capture may be another thread's, and what it leaves in an arena of that thread's own no other one uses. */
  mallopt (M_ARENA_MAX, 1);
  flatline_debug_servers_leave ();
  flatline_language_start ();
  g_set_prgname ("flatline-cli");
  lack = flatline_given_fit_address_space (ROOM);
  if (!lack)
    lack = flatline_given_find_lack (THREADS, FILES);
  if (lack)
    {
      flatline_cli_complain ("%s", lack);
      return FLATLINE_CLI_FAILED;
    }
  for (gsize i = 0; argc > 1 && i < G_N_ELEMENTS (COMMANDS); i++)
    if (strcmp (argv[1], COMMANDS[i].name) == 0)
      return flatline_cli_finish (COMMANDS[i].run (argc - 1, argv + 1));
  return FLATLINE_CLI_USAGE;
}
