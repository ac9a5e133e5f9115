/* SPDX-License-Identifier: MIT */
/* Where the commands get settings, the store and snapshots from, and how data leaves to stdout. */
#include "config.h"

#include "flatline-cli.h"

#include "flatline-config-store.h"
#include "flatline-file.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_CONFIG_FILE "config.ini"
#define FLUSH_TIMEOUT_MS    3000
#define SERVER_TIMEOUT_MS   8000

static gboolean
is_our_config (const char *file)
{
  g_autoptr (GError) error = NULL;

  if (flatline_config_is_ours (file, &error))
    return TRUE;
  if (g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_ACCES))
    flatline_cli_complain (_ ("“%s” cannot be read (%s): settings for Flatline in it do not hold"), file,
                           error->message);
  return FALSE;
}

FlatlineConfig *
flatline_cli_load_config (const char *file)
{
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  FlatlineConfig *config;

  if (!file && is_our_config (DEFAULT_CONFIG_FILE))
    file = DEFAULT_CONFIG_FILE;
  if (!file)
    return flatline_config_new ();
  config = flatline_config_load (file, warnings, &error);
  for (guint i = 0; i < warnings->len; i++)
    flatline_cli_complain ("%s", (char *)warnings->pdata[i]);
  if (!config)
    flatline_cli_complain ("%s", error->message);
  return config;
}

static void
on_trouble (FlatlineStore *store, const char *line)
{
  flatline_cli_complain ("%s", line);
}

FlatlineStore *
flatline_cli_open_store (FlatlineConfig *config, gboolean wait)
{
  g_autoptr (GError) error = NULL;
  FlatlineStore *store = flatline_config_open_store (config, &error);

  if (!store)
    flatline_cli_complain ("%s", error->message);
  else
    g_signal_connect (store, "trouble", G_CALLBACK (on_trouble), NULL);
  if (store && wait)
    {
      flatline_store_wait_for_server (store, SERVER_TIMEOUT_MS);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  return store;
}

gboolean
flatline_cli_close_store (FlatlineStore *store)
{
  const gboolean is_safe = flatline_store_flush (store, FLUSH_TIMEOUT_MS);
  guint64 n_left;

  if (!is_safe)
    flatline_cli_complain (_ ("not everything could be kept in time"));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  n_left = flatline_store_count_spooled (store);
  if (n_left > 0)
    flatline_cli_complain (ngettext ("%" PRIu64 " record waits on this machine for the database",
                                     "%" PRIu64 " records wait on this machine for the database", (gulong)n_left),
                           n_left);
  return is_safe;
}

static FlatlineSnapshot *
load_from_store (gint64 id, const char *config_file)
{
  g_autoptr (FlatlineConfig) config = flatline_cli_load_config (config_file);
  g_autoptr (FlatlineStore) store = config ? flatline_cli_open_store (config, TRUE) : NULL;
  g_autoptr (GError) error = NULL;
  FlatlineSnapshot *snapshot;

  if (!store)
    return NULL;
  snapshot = flatline_store_load_snapshot (store, id, &error);
  if (!snapshot && g_error_matches (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_NOT_FOUND))
    flatline_cli_complain (_ ("there is no freeze %" PRId64 "; flatline-cli freezes lists them"), id);
  else if (!snapshot)
    flatline_cli_complain ("%s", error->message);
  return snapshot;
}

FlatlineSnapshot *
flatline_cli_load_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  FlatlineSnapshot *snapshot = flatline_file_load (path, &error);

  if (!snapshot)
    flatline_cli_complain ("%s", error->message);
  return snapshot;
}

FlatlineSnapshot *
flatline_cli_load_snapshot (const char *id_or_file, const char *config_file)
{
  gint64 id;

  if (g_ascii_string_to_signed (id_or_file, 10, 1, G_MAXINT64, &id, NULL))
    return load_from_store (id, config_file);
  if (!g_file_test (id_or_file, G_FILE_TEST_EXISTS))
    {
      flatline_cli_complain (_ ("“%s” is neither the number of a freeze nor a file"), id_or_file);
      return NULL;
    }
  return flatline_cli_load_file (id_or_file);
}

gboolean
flatline_cli_parse_time (const char *text, gint64 *time_us)
{
  static const struct
  {
    const char *unit;
    gint64 seconds;
  } units[] = { { "d", 86400 }, { "h", 3600 }, { "m", 60 }, { "s", 1 } };
  g_autoptr (GTimeZone) local = g_time_zone_new_local ();
  g_autofree char *with_time = NULL;
  g_autoptr (GDateTime) time = NULL;
  char *end;
  gint64 number = g_ascii_strtoll (text, &end, 10);

  for (gsize i = 0; end != text && number >= 0 && number <= 1000000 && i < G_N_ELEMENTS (units); i++)
    if (strcmp (end, units[i].unit) == 0)
      {
        *time_us = g_get_real_time () - number * units[i].seconds * G_USEC_PER_SEC;
        return TRUE;
      }
  with_time = strchr (text, 'T') || strchr (text, ' ') ? g_strdup (text) : g_strconcat (text, "T00:00:00", NULL);
  time = g_date_time_new_from_iso8601 (with_time, local);
  if (!time)
    return FALSE;
  *time_us = g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
  return TRUE;
}
