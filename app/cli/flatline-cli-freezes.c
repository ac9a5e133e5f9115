/* SPDX-License-Identifier: MIT */
/* `flatline-cli freezes`: what is in the store, newest first, as a table or as one JSON object a line. */
#include "config.h"

#include "flatline-cli.h"

#include <glib/gi18n.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void
append_json (GString *text, GPtrArray *freezes)
{
  for (guint i = 0; i < freezes->len; i++)
    {
      g_autofree char *json = flatline_record_to_json_string (freezes->pdata[i], FALSE);
      g_autofree char *line = flatline_cli_dup_json_line (json);

      g_string_append (text, line);
    }
}

static char *
dup_local_time (gint64 time_us)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = utc ? g_date_time_to_local (utc) : NULL;

  return local ? g_date_time_format (local, "%Y-%m-%d %H:%M:%S") : g_strdup ("?");
}

/* The last column is as wide as it likes. */
static void
append_row (GString *text,
            const char *number,
            const char *first,
            const char *second,
            int second_width,
            const char *why,
            const char *what)
{
  g_autofree char *number_cell = flatline_cli_dup_cell (number, -6);
  g_autofree char *first_cell = flatline_cli_dup_cell (first, 19);
  g_autofree char *second_cell = flatline_cli_dup_cell (second, second_width);
  g_autofree char *why_cell = flatline_cli_dup_cell (why, 14);
  g_autofree char *what_cell = flatline_cli_dup_cell (what, 0);

  g_string_append_printf (text, "%s  %s  %s  %s  %s\n", number_cell, first_cell, second_cell, why_cell, what_cell);
}

static char *
dup_what (FlatlineFreeze *freeze)
{
  const char *what = freeze->summary ? freeze->summary : freeze->cause ? freeze->cause : "";

  return g_strconcat (what, freeze->location ? " · " : "", freeze->location, NULL);
}

static void
append_table (GString *text, GPtrArray *freezes)
{
  append_row (text, _ ("ID"), _ ("WHEN"), _ ("PROGRAM"), 20, _ ("WHY"), _ ("WHAT AND WHERE"));
  for (guint i = 0; i < freezes->len; i++)
    {
      FlatlineFreeze *freeze = freezes->pdata[i];
      g_autofree char *when = dup_local_time (freeze->time_us);
      const char *why = freeze->verdict_kind ? freeze->verdict_kind : freeze->kind;

      g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, freeze->id);
      g_autofree char *what = dup_what (freeze);

      append_row (text, id, when, freeze->title, 20, why, what);
    }
}

static void
append_groups (GString *text, GPtrArray *groups)
{
  append_row (text, _ ("COUNT"), _ ("FIRST"), _ ("LAST"), 19, _ ("WHY"), _ ("WHAT AND WHERE"));
  for (guint i = 0; i < groups->len; i++)
    {
      FlatlineFreezeGroup *group = groups->pdata[i];
      FlatlineFreeze *freeze = group->newest;
      g_autofree char *first = dup_local_time (group->first_us);
      g_autofree char *last = dup_local_time (group->last_us);
      const char *why = freeze->verdict_kind ? freeze->verdict_kind : freeze->kind;

      g_autofree char *count = g_strdup_printf ("%" G_GINT64_FORMAT, group->count);
      g_autofree char *what = dup_what (freeze);

      append_row (text, count, first, last, 19, why, what);
    }
}

/* FALSE after a complaint. */
static gboolean
read_time (const char *text, gint64 *time_us)
{
  if (!text || flatline_cli_parse_time (text, time_us))
    return TRUE;
  flatline_cli_complain (_ ("“%s” is not a time: write 3d, 12h, 30m or 2026-11-21T04:12"), text);
  return FALSE;
}

int
flatline_cli_freezes (int argc, char **argv)
{
  gboolean as_json = FALSE, grouped = FALSE;
  const char *config_file = NULL, *text_filter = NULL, *kind = NULL, *host = NULL, *since = NULL, *until = NULL;
  gint64 limit = 100;
  const FlatlineCliOption options[] = {
    { "json", 0, FLATLINE_CLI_OPTION_ON, &as_json, NULL, N_ ("one JSON object a line") },
    { "limit", 'n', FLATLINE_CLI_OPTION_COUNT, &limit, N_ ("COUNT"), N_ ("at most so many, newest first; 100") },
    { "text", 0, FLATLINE_CLI_OPTION_TEXT, &text_filter, N_ ("TEXT"),
      N_ ("only those whose program, verdict, place or host contains it") },
    { "kind", 0, FLATLINE_CLI_OPTION_TEXT, &kind, N_ ("KIND"), N_ ("only verdicts of this kind, such as deadlock") },
    { "host", 0, FLATLINE_CLI_OPTION_TEXT, &host, N_ ("HOST"), N_ ("only those of this machine") },
    { "since", 0, FLATLINE_CLI_OPTION_TEXT, &since, N_ ("TIME"), N_ ("only later ones: 3d, 12h, or 2026-11-21T04:12") },
    { "until", 0, FLATLINE_CLI_OPTION_TEXT, &until, N_ ("TIME"), N_ ("only earlier ones") },
    { "group", 0, FLATLINE_CLI_OPTION_ON, &grouped, NULL,
      N_ ("one line for all with the same verdict at the same place: count, first, last") },
    { "config", 0, FLATLINE_CLI_OPTION_TEXT, &config_file, N_ ("FILE"), N_ ("settings, for where the store is") },
    { NULL },
  };
  const FlatlineCliUsage usage = {
    "freezes [OPTION…]", N_ ("Lists the freezes that were kept, newest first."), NULL, FALSE, NULL, options,
  };
  g_autofree char **words = NULL;
  g_autoptr (FlatlineConfig) config = NULL;
  g_autoptr (FlatlineStore) store = NULL;
  g_autoptr (GPtrArray) freezes = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  FlatlineStoreFilter filter = { 0 };
  int status;

  if (!flatline_cli_parse (&usage, argc, argv, &words, &status))
    return status;
  if (words[0])
    {
      flatline_cli_complain (_ ("freezes takes no argument; did you mean flatline-cli show %s?"), words[0]);
      return FLATLINE_CLI_USAGE;
    }
  if (!read_time (since, &filter.from_us) || !read_time (until, &filter.to_us))
    return FLATLINE_CLI_USAGE;
  config = flatline_cli_load_config (config_file);
  store = config ? flatline_cli_open_store (config, TRUE) : NULL;
  if (!store)
    return FLATLINE_CLI_FAILED;
  filter.text = text_filter;
  filter.kind = kind;
  filter.host = host;
  filter.limit = limit;
  freezes = grouped ? flatline_store_list_groups (store, &filter, &error)
                    : flatline_store_list_freezes (store, &filter, &error);
  if (!freezes)
    {
      flatline_cli_complain ("%s", error->message);
      return FLATLINE_CLI_FAILED;
    }
  if (as_json)
    append_json (text, freezes);
  else if (freezes->len == 0)
    flatline_cli_complain (_ ("no freeze was kept yet"));
  else if (grouped)
    append_groups (text, freezes);
  else
    append_table (text, freezes);
  return flatline_cli_write (text->str, text->len) ? FLATLINE_CLI_FINE : FLATLINE_CLI_FAILED;
}
