/* SPDX-License-Identifier: MIT */
/* From [database] to a store. With option_group, what the settings leave at its default is left to my.cnf. */
#include "flatline-config-store.h"

#include <string.h>

static char *
unless_default (FlatlineDatabaseConfig *database, char *value, const char *by_default)
{
  return database->option_group && g_strcmp0 (value, by_default) == 0 ? NULL : value;
}

FlatlineRetention
flatline_config_get_retention (FlatlineConfig *config)
{
  const gint64 day_us = G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC;

  return (FlatlineRetention){
    .freeze_age_us = config->keep_days * day_us,
    .beat_age_us = config->keep_beats_days * day_us,
    .file_bytes = config->keep_megabytes * 1024 * 1024,
  };
}

FlatlineServer *
flatline_config_dup_server (FlatlineConfig *config)
{
  FlatlineDatabaseConfig *database = &config->database;

  return flatline_server_copy (&(FlatlineServer){
      .host = unless_default (database, database->host, "127.0.0.1"),
      .port = database->option_group && database->port == 3306 ? 0 : (guint)database->port,
      .socket = database->socket,
      .user = unless_default (database, database->user, "root"),
      .password = unless_default (database, database->password, ""),
      .database = database->database,
      .option_group = database->option_group,
      .tls = database->tls,
      .tls_verify = database->tls_verify,
      .tls_ca = database->tls_ca,
  });
}

/* Out of the environment, for children, and out of the memory that /proc/PID/environ and "ps e" show. */
static char *
take_password (void)
{
  char *value = (char *)g_getenv (FLATLINE_DB_PASSWORD_VARIABLE);
  char *password = g_strdup (value);

  if (!value)
    return NULL;
  explicit_bzero (value, strlen (value));
  g_unsetenv (FLATLINE_DB_PASSWORD_VARIABLE);
  return password;
}

static FlatlineStore *
open_store (FlatlineConfig *config, GError **error)
{
  FlatlineDatabaseConfig *database = &config->database;
  g_autofree char *password = take_password ();
  g_autoptr (FlatlineServer) server = NULL;

  if (password)
    {
      g_free (database->password);
      database->password = g_steal_pointer (&password);
    }
  if (!database->enabled)
    return flatline_store_open_sqlite (NULL, error);
  server = flatline_config_dup_server (config);
  return flatline_store_open_server (server, NULL);
}

FlatlineStore *
flatline_config_open_store (FlatlineConfig *config, GError **error)
{
  const FlatlineRetention retention = flatline_config_get_retention (config);
  FlatlineStore *store = open_store (config, error);

  if (store)
    flatline_store_set_retention (store, &retention);
  return store;
}
