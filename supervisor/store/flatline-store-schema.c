/* SPDX-License-Identifier: MIT */
/*
 * Migrations. A file migrates in one transaction. A server cannot (each CREATE commits), so there one holds a lock, and
 * each migration can be begun again.
 */
#include "config.h"

#include "flatline-store-schema.h"

#include "flatline-store-statements.h"
#include "flatline-store.h"

#include <glib/gi18n.h>

#define NEWEST        ((int)G_N_ELEMENTS (flatline_store_migrations))
#define LOCK_ATTEMPTS 60 /* of a second */

/* One number, or -1 when it cannot be read. */
static gint64
ask_number (FlatlineDatabase *database, const char *sql)
{
  FlatlineStatement *statement = flatline_database_prepare (database, sql, NULL);
  gint64 number = -1;

  if (!statement)
    return -1;
  if (flatline_statement_step (statement, NULL) > 0)
    number = flatline_statement_get_integer (statement, 0, -1);
  flatline_statement_reset (statement);
  return number;
}

static int
read_version (FlatlineDatabase *database)
{
  if (!flatline_database_is_server (database))
    return ask_number (database, "PRAGMA user_version");
  return MAX (0, ask_number (database, "SELECT version FROM flatline_version"));
}

gboolean
flatline_store_schema_is_current (FlatlineDatabase *database)
{
  return read_version (database) == NEWEST;
}

static gboolean
check_version (FlatlineDatabase *database, int version, GError **error)
{
  if (version <= NEWEST)
    return TRUE;
  g_set_error (
      error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_VERSION,
      _ ("The store “%s” was written by a newer Flatline (version %d, this one knows %d): update Flatline here"),
      flatline_database_get_name (database), version, NEWEST);
  return FALSE;
}

static gboolean
migrate_file (FlatlineDatabase *database, int wanted, GError **error)
{
  g_autofree char *set_version = g_strdup_printf ("PRAGMA user_version = %d", wanted);
  int version;

  if (!flatline_database_execute (database, "BEGIN IMMEDIATE", error))
    return FALSE;
  version = read_version (database);
  if (!check_version (database, version, error))
    {
      flatline_database_execute (database, "ROLLBACK", NULL);
      return FALSE;
    }
  for (int i = MAX (0, version); i < wanted; i++)
    if (!flatline_database_execute (database, flatline_store_migrations[i], error))
      return FALSE;
  return (version >= wanted || flatline_database_execute (database, set_version, error))
         && flatline_database_execute (database, "COMMIT", error);
}

static gboolean
migrate_server (FlatlineDatabase *database, int wanted, GError **error)
{
  gint64 locked = 0;
  gboolean fine = TRUE;

  for (int i = 0; locked != 1 && i < LOCK_ATTEMPTS; i++)
    locked = ask_number (database, "SELECT GET_LOCK (CONCAT ('flatline.', DATABASE ()), 1)");
  fine = flatline_database_execute (
      database, "CREATE TABLE IF NOT EXISTS flatline_version (id BIGINT PRIMARY KEY, version BIGINT NOT NULL) {table}",
      error);
  /* What was prepared before the table was there knows nothing of it: ask anew. */
  for (int i = fine ? read_version (database) : wanted; fine && i < wanted; i++)
    {
      fine = flatline_database_execute (database, flatline_store_migrations[i], error)
             && flatline_database_run (database, error, "REPLACE INTO flatline_version (id, version) VALUES (1, ?)",
                                       "i", (gint64)(i + 1));
    }
  ask_number (database, "SELECT RELEASE_LOCK (CONCAT ('flatline.', DATABASE ()))");
  return fine;
}

gboolean
flatline_store_schema_migrate (FlatlineDatabase *database, int wanted, GError **error)
{
  const int version = read_version (database);

  if (!check_version (database, version, error))
    return FALSE;
  if (version == NEWEST)
    return TRUE;
  if (wanted == FLATLINE_STORE_SCHEMA_NEWEST)
    wanted = NEWEST;
  return flatline_database_is_server (database) ? migrate_server (database, wanted, error)
                                                : migrate_file (database, wanted, error);
}
