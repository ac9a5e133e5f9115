/* SPDX-License-Identifier: MIT */
/* `flatline-cli prune`: deletes at once what the settings, or the options, say is too old. */
#include "config.h"

#include "flatline-cli.h"

#include "flatline-config-store.h"

#include <glib/gi18n.h>
#include <inttypes.h>

#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

int
flatline_cli_prune (int argc, char **argv)
{
  const char *config_file = NULL;
  gint64 days = 0, beat_days = 0, megabytes = 0;
  const FlatlineCliOption options[] = {
    { "days", 0, FLATLINE_CLI_OPTION_COUNT, &days, N_ ("DAYS"), N_ ("delete older freezes, and runs without any") },
    { "beats-days", 0, FLATLINE_CLI_OPTION_COUNT, &beat_days, N_ ("DAYS"),
      N_ ("make a number a minute of older beats") },
    { "megabytes", 0, FLATLINE_CLI_OPTION_COUNT, &megabytes, N_ ("MIB"),
      N_ ("delete the oldest until the file is no larger; not for a server") },
    { "config", 0, FLATLINE_CLI_OPTION_TEXT, &config_file, N_ ("FILE"), N_ ("settings, for where the store is") },
    { NULL },
  };
  const FlatlineCliUsage usage = {
    "prune [OPTION…]",
    N_ ("Deletes what is too old. Without options, what keep_days, keep_beats_days and keep_megabytes of [store] say."),
    NULL,
    FALSE,
    NULL,
    options,
  };
  g_autofree char **words = NULL;
  g_autoptr (FlatlineConfig) config = NULL;
  g_autoptr (FlatlineStore) store = NULL;
  g_autoptr (GError) error = NULL;
  FlatlineRetention retention;
  FlatlinePruned pruned = { 0 };
  g_autofree char *freezes = NULL;
  g_autofree char *runs = NULL;
  g_autofree char *beats = NULL;
  gboolean fine;
  int status;

  if (!flatline_cli_parse (&usage, argc, argv, &words, &status))
    return status;
  if (words[0])
    {
      flatline_cli_complain (_ ("prune takes options only; --help lists them"));
      return FLATLINE_CLI_USAGE;
    }
  config = flatline_cli_load_config (config_file);
  store = config ? flatline_cli_open_store (config, TRUE) : NULL;
  if (!store)
    return FLATLINE_CLI_FAILED;
  retention = flatline_config_get_retention (config);
  if (days > 0 || beat_days > 0 || megabytes > 0)
    retention = (FlatlineRetention){ days * DAY_US, beat_days * DAY_US, megabytes * 1024 * 1024 };
  fine = flatline_store_prune (store, &retention, &pruned, &error);
  freezes = g_strdup_printf (ngettext ("%" PRIu64 " freeze", "%" PRIu64 " freezes", (gulong)pruned.n_freezes),
                             pruned.n_freezes);
  runs = g_strdup_printf (ngettext ("%" PRIu64 " run", "%" PRIu64 " runs", (gulong)pruned.n_runs), pruned.n_runs);
  beats = g_strdup_printf (ngettext ("%" PRIu64 " single beat", "%" PRIu64 " single beats", (gulong)pruned.n_beats),
                           pruned.n_beats);
  /* Translators: "3 freezes", "1 run", "500 single beats" */
  flatline_cli_complain (_ ("deleted: %s, %s, %s"), freezes, runs, beats);
  if (!fine)
    flatline_cli_complain ("%s", error->message);
  return fine ? FLATLINE_CLI_FINE : FLATLINE_CLI_FAILED;
}
