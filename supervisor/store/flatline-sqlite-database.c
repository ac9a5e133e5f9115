/* SPDX-License-Identifier: MIT */
/* FlatlineDatabase by SQLite: a file in WAL mode, so that readers never wait for the writer. */
#include "flatline-database-private.h"
#include "flatline-store.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#define BUSY_TIMEOUT_MS 2000
#define BUSY_PAUSE_US   5000

typedef struct
{
  FlatlineDatabase parent;
  sqlite3 *db;
} SqliteDatabase;

typedef struct
{
  FlatlineStatement parent;
  sqlite3_stmt *statement;
} SqliteStatement;

static const FlatlineDialectWord words[] = {
  { "id", "INTEGER PRIMARY KEY" },
  { "int", "INTEGER" },
  { "name", "TEXT" },
  { "text", "TEXT" },
  { "bytes", "BLOB" },
  { "key_of", "INTEGER PRIMARY KEY REFERENCES @ (id) ON DELETE CASCADE" },
  { "table", "" },
  { "clustered", "WITHOUT ROWID" },
  { "created", "datetime (time_us / 1000000, 'unixepoch')" },
  { "now_us", "CAST ((julianday ('now') - 2440587.5) * 86400000000 AS INTEGER)" },
  { "once", "ON CONFLICT DO NOTHING" },
  { "join_group", "ON CONFLICT DO UPDATE SET freezes = freezes + 1, first_us = MIN(first_us, excluded.first_us),"
                  " last_us = MAX(last_us, excluded.last_us)" },
  { "recluster_beats",
    "DROP VIEW flatline_heartbeat;"
    "CREATE TABLE beat_by_lane (run INTEGER NOT NULL, lane TEXT NOT NULL, time_us INTEGER NOT NULL,"
    " seq INTEGER NOT NULL, reason TEXT, caller TEXT, pid INTEGER, PRIMARY KEY (run, lane, time_us, seq))"
    " WITHOUT ROWID;"
    "INSERT INTO beat_by_lane SELECT run, lane, time_us, seq, reason, caller, pid FROM beat"
    " ORDER BY run, lane, time_us, seq;"
    "DROP TABLE beat;"
    "ALTER TABLE beat_by_lane RENAME TO beat;"
    "CREATE VIEW flatline_heartbeat AS SELECT run * 1000000000 + seq AS id, time_us / 1e6 AS ts, reason, caller, pid,"
    " datetime (time_us / 1000000, 'unixepoch') AS created FROM beat WHERE lane = 'program'" },
  { "add_to", "ON CONFLICT DO UPDATE SET @ = @ + excluded.@" },
  { "along_signature", "INDEXED BY freeze_signature" },
  { "as_they_lie", "+@" },
  { "begin", "BEGIN IMMEDIATE" },
  { "if_missing", "" },
  { NULL },
};

static FlatlineStoreError
classify (sqlite3 *db)
{
  switch (sqlite3_errcode (db))
    {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
      return FLATLINE_STORE_ERROR_AWAY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return FLATLINE_STORE_ERROR_DAMAGED;
    case SQLITE_TOOBIG:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return FLATLINE_STORE_ERROR_REFUSED;
    default:
      return FLATLINE_STORE_ERROR_FAILED;
    }
}

/* In the words of the system where it said what is wrong: "disk I/O error" may be a disk that is full. */
static const char *
find_words (sqlite3 *db)
{
  const int number = sqlite3_system_errno (db);

  switch (sqlite3_errcode (db))
    {
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return number != 0 ? g_strerror (number) : sqlite3_errmsg (db);
    default:
      return sqlite3_errmsg (db);
    }
}

static void
set_error (SqliteDatabase *self, GError **error)
{
  const FlatlineStoreError code = classify (self->db);

  g_set_error (error, FLATLINE_STORE_ERROR, code,
               code == FLATLINE_STORE_ERROR_DAMAGED
                   ? _ ("The store “%s” is damaged (%s): move it away, and a new one is begun. “sqlite3 FILE .recover” "
                        "may save what is left in it")
                   : _ ("The store “%s” cannot be used: %s"),
               self->parent.name, find_words (self->db));
}

static void
sqlite_close (FlatlineDatabase *database)
{
  SqliteDatabase *self = (SqliteDatabase *)database;

  sqlite3_close (self->db);
  g_free (self);
}

static void
sqlite_abort (FlatlineDatabase *database)
{
  sqlite3_interrupt (((SqliteDatabase *)database)->db);
}

static gboolean
sqlite_execute (FlatlineDatabase *database, const char *sql, GError **error)
{
  SqliteDatabase *self = (SqliteDatabase *)database;

  if (sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  set_error (self, error);
  return FALSE;
}

static guint64
sqlite_count_changes (FlatlineDatabase *database)
{
  return sqlite3_changes (((SqliteDatabase *)database)->db);
}

static FlatlineStatement *
sqlite_prepare (FlatlineDatabase *database, const char *sql, GError **error)
{
  SqliteDatabase *self = (SqliteDatabase *)database;
  sqlite3_stmt *prepared = NULL;
  SqliteStatement *statement;

  if (sqlite3_prepare_v3 (self->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared, NULL) != SQLITE_OK)
    {
      set_error (self, error);
      return NULL;
    }
  statement = g_new0 (SqliteStatement, 1);
  statement->statement = prepared;
  return &statement->parent;
}

static void
sqlite_free_statement (FlatlineStatement *statement)
{
  sqlite3_finalize (((SqliteStatement *)statement)->statement);
  g_free (statement);
}

static void
sqlite_bind (FlatlineStatement *statement, guint index, const void *data, gsize size, gboolean is_text)
{
  sqlite3_stmt *prepared = ((SqliteStatement *)statement)->statement;

  if (!data)
    sqlite3_bind_null (prepared, index + 1);
  else if (is_text)
    sqlite3_bind_text64 (prepared, index + 1, data, size, SQLITE_STATIC, SQLITE_UTF8);
  else
    sqlite3_bind_blob64 (prepared, index + 1, data, size, SQLITE_STATIC);
}

static void
sqlite_bind_integer (FlatlineStatement *statement, guint index, gint64 integer)
{
  sqlite3_bind_int64 (((SqliteStatement *)statement)->statement, index + 1, integer);
}

static int
sqlite_step (FlatlineStatement *statement, GError **error)
{
  switch (sqlite3_step (((SqliteStatement *)statement)->statement))
    {
    case SQLITE_ROW:
      return 1;
    case SQLITE_DONE:
      return 0;
    default:
      set_error ((SqliteDatabase *)statement->database, error);
      return -1;
    }
}

static void
sqlite_reset (FlatlineStatement *statement)
{
  sqlite3_reset (((SqliteStatement *)statement)->statement);
  sqlite3_clear_bindings (((SqliteStatement *)statement)->statement);
}

static const char *
sqlite_get (FlatlineStatement *statement, guint column, gsize *size)
{
  sqlite3_stmt *prepared = ((SqliteStatement *)statement)->statement;
  const char *data = sqlite3_column_type (prepared, column) == SQLITE_BLOB
                         ? sqlite3_column_blob (prepared, column)
                         : (const char *)sqlite3_column_text (prepared, column);

  *size = sqlite3_column_bytes (prepared, column);
  return data;
}

static gboolean
sqlite_is_null (FlatlineStatement *statement, guint column)
{
  return sqlite3_column_type (((SqliteStatement *)statement)->statement, column) == SQLITE_NULL;
}

static gint64
sqlite_get_integer (FlatlineStatement *statement, guint column)
{
  return sqlite3_column_int64 (((SqliteStatement *)statement)->statement, column);
}

static const FlatlineDialect dialect = {
  .words = words,
  .close = sqlite_close,
  .abort = sqlite_abort,
  .execute = sqlite_execute,
  .count_changes = sqlite_count_changes,
  .prepare = sqlite_prepare,
  .free_statement = sqlite_free_statement,
  .bind = sqlite_bind,
  .bind_integer = sqlite_bind_integer,
  .step = sqlite_step,
  .reset = sqlite_reset,
  .get = sqlite_get,
  .is_null = sqlite_is_null,
  .get_integer = sqlite_get_integer,
};

/* Of a file that cannot be opened, or only for reading: what the folder says is clearer than what SQLite does. */
static const char *
explain (SqliteDatabase *self, gboolean create)
{
  g_autofree char *folder = g_path_get_dirname (self->parent.name);

  if (create
      && (g_mkdir_with_parents (folder, 0700) != 0 || access (folder, W_OK | X_OK) != 0
          || (access (self->parent.name, W_OK) != 0 && errno != ENOENT)))
    return g_strerror (errno);
  return sqlite3_errmsg (self->db);
}

/* SQLite does not wait, as it does elsewhere, for who else gives the same new file its log at this moment. */
static gboolean
set_up (SqliteDatabase *self, GError **error)
{
  const gint64 deadline_us = g_get_monotonic_time () + BUSY_TIMEOUT_MS * (gint64)1000;
  g_autoptr (GError) why = NULL;

  while (!flatline_database_execute (
      &self->parent, "PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", &why))
    {
      if (sqlite3_errcode (self->db) != SQLITE_BUSY || g_get_monotonic_time () > deadline_us)
        {
          g_propagate_error (error, g_steal_pointer (&why));
          return FALSE;
        }
      g_clear_error (&why);
      g_usleep (BUSY_PAUSE_US);
    }
  return TRUE;
}

FlatlineDatabase *
flatline_database_open_sqlite (const char *file, gboolean create, GError **error)
{
  SqliteDatabase *self = g_new0 (SqliteDatabase, 1);
  g_autoptr (GError) why = NULL;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);

  self->parent.dialect = &dialect;
  self->parent.name = g_strdup (file);
  self->parent.statements = flatline_database_new_statements ();
  if (sqlite3_open_v2 (file, &self->db, flags, NULL) != SQLITE_OK || (create && sqlite3_db_readonly (self->db, "main")))
    {
      g_set_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_OPEN, _ ("The store “%s” cannot be used: %s"),
                   file, explain (self, create));
      flatline_database_close (&self->parent);
      return NULL;
    }
  sqlite3_busy_timeout (self->db, BUSY_TIMEOUT_MS);
  if (!set_up (self, &why))
    {
      const int code = sqlite3_errcode (self->db);

      /* The file could be opened, what SQLite keeps beside it cannot. */
      if (code == SQLITE_CANTOPEN || code == SQLITE_READONLY || code == SQLITE_PERM)
        g_set_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_OPEN, _ ("The store “%s” cannot be used: %s"),
                     file, explain (self, create));
      else
        {
          if (why->code == FLATLINE_STORE_ERROR_FAILED)
            why->code = FLATLINE_STORE_ERROR_OPEN;
          g_propagate_error (error, g_steal_pointer (&why));
        }
      flatline_database_close (&self->parent);
      return NULL;
    }
  return &self->parent;
}
