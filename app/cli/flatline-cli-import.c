/* SPDX-License-Identifier: MIT */
/* `flatline-cli import`: freezes of .flatline and .json files into the store. Once imported, a file changes nothing. */
#include "config.h"

#include "flatline-cli.h"

#include "flatline-diagnose.h"

#include <glib/gi18n.h>

/* What the list shows of a snapshot. */
static FlatlineFreeze *
make_freeze (FlatlineSnapshot *snapshot)
{
  FlatlineFreeze *freeze = g_object_new (FLATLINE_TYPE_FREEZE, NULL);
  FlatlineProgram *program = snapshot->program;
  FlatlineVerdict *verdict = snapshot->verdict;
  guint n_beats = flatline_list_length (snapshot->beats);
  FlatlineBeat *newest = n_beats > 0 ? flatline_list_peek (snapshot->beats, n_beats - 1) : NULL;

  freeze->uid = snapshot->uid ? g_strdup (snapshot->uid) : flatline_new_uid ();
  freeze->host = g_strdup (snapshot->host);
  freeze->title = program ? flatline_program_dup_title (program) : NULL;
  freeze->pid = program ? program->pid : 0;
  freeze->kind = g_strdup (snapshot->reason ? snapshot->reason : "manual");
  freeze->cause = g_strdup ("imported");
  freeze->time_us = snapshot->captured_us;
  if (newest)
    {
      freeze->last_beat_us = newest->time_us;
      freeze->stale_ms = MAX (0, (snapshot->captured_us - newest->time_us) / 1000);
      freeze->last_reason = g_strdup (newest->reason);
      freeze->last_caller = g_strdup (newest->caller);
    }
  if (verdict)
    {
      freeze->verdict_kind = g_strdup (verdict->kind);
      freeze->summary = g_strdup (verdict->summary);
      freeze->location = g_strdup (verdict->location);
      freeze->confidence = g_strdup (verdict->confidence);
      freeze->signature = flatline_verdict_dup_signature (verdict);
    }
  return freeze;
}

int
flatline_cli_import (int argc, char **argv)
{
  const char *config_file = NULL;
  const FlatlineCliOption options[] = {
    { "config", 0, FLATLINE_CLI_OPTION_TEXT, &config_file, N_ ("FILE"), N_ ("settings, for where the store is") },
    { NULL },
  };
  const FlatlineCliUsage usage = {
    "import [OPTION…] FILE…",
    N_ ("Keeps the freezes of .flatline or .json files, so that freezes, show and the window have them."),
    NULL,
    FALSE,
    NULL,
    options,
  };
  g_autofree char **words = NULL;
  g_autoptr (FlatlineConfig) config = NULL;
  g_autoptr (FlatlineStore) store = NULL;
  int status;

  if (!flatline_cli_parse (&usage, argc, argv, &words, &status))
    return status;
  if (!words[0])
    {
      flatline_cli_complain (_ ("import needs files: flatline-cli import FILE…"));
      return FLATLINE_CLI_USAGE;
    }
  config = flatline_cli_load_config (config_file);
  store = config ? flatline_cli_open_store (config, TRUE) : NULL;
  if (!store)
    return FLATLINE_CLI_FAILED;
  /* What was told: who throws the files away now may have nothing tomorrow. */
  status = flatline_store_is_makeshift (store) ? FLATLINE_CLI_FAILED : FLATLINE_CLI_FINE;
  for (char **file = words; *file; file++)
    {
      g_autoptr (FlatlineSnapshot) snapshot = flatline_cli_load_file (*file);
      g_autoptr (FlatlineFreeze) freeze = snapshot ? make_freeze (snapshot) : NULL;

      if (freeze)
        flatline_store_add_freeze (store, NULL, freeze, snapshot);
      else
        status = FLATLINE_CLI_FAILED;
    }
  if (!flatline_cli_close_store (store))
    status = FLATLINE_CLI_FAILED;
  return status;
}
