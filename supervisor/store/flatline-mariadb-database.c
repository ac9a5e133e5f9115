/* SPDX-License-Identifier: MIT */
/*
 * FlatlineDatabase by MariaDB: a connection with prepared statements. Every answer has a time limit, so that a server
 * that stopped costs seconds and not a thread. Errors are told apart by what they mean for us: the server is the wrong
 * one (OPEN), it is away (AWAY), or it does not want this row (REFUSED).
 */
#include "flatline-mariadb-private.h"

#include "flatline-store.h"

#include <glib/gi18n.h>
#include <errmsg.h>
#include <errno.h>
#include <mysqld_error.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define FIRST_CELL 256 /* bytes; longer values are read once more into what they need */

/* Of Galera, and of the server going down; not in every version of the header. */
#define ERROR_NOT_READY         1047
#define ERROR_CONNECTION_KILLED 1927

typedef struct
{
  FlatlineDatabase parent;
  MYSQL *mysql;
} MariadbDatabase;

/* A column of the current row. */
typedef struct
{
  gboolean is_integer;
  gint64 integer;
  char *data;
  gsize capacity;
  unsigned long length;
  my_bool is_null;
  my_bool truncated;
} Cell;

typedef struct
{
  FlatlineStatement parent;
  MYSQL_STMT *statement;
  gboolean executed;
  guint n_parameters;
  MYSQL_BIND *parameters;
  gint64 *integers;
  unsigned long *lengths;
  guint n_columns;
  MYSQL_BIND *columns;
  Cell *cells;
} MariadbStatement;

static const FlatlineDialectWord words[] = {
  { "id", "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY" },
  { "int", "BIGINT" },
  { "name", "VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin" },
  { "text", "MEDIUMTEXT" },
  { "bytes", "LONGBLOB" },
  { "key_of", "BIGINT NOT NULL PRIMARY KEY REFERENCES @ (id) ON DELETE CASCADE" },
  { "table", "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci" },
  { "clustered", "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci" },
  { "created", "FROM_UNIXTIME (time_us / 1000000)" },
  { "now_us", "CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)" },
  { "once", "ON DUPLICATE KEY UPDATE @ = @" },
  { "join_group", "ON DUPLICATE KEY UPDATE freezes = freezes + 1, first_us = LEAST(first_us, VALUES(first_us)),"
                  " last_us = GREATEST(last_us, VALUES(last_us))" },
  { "recluster_beats", "ALTER TABLE beat DROP PRIMARY KEY, ADD PRIMARY KEY (run, lane, time_us, seq)" },
  { "add_to", "ON DUPLICATE KEY UPDATE @ = beat_rate.@ + VALUES(@)" },
  { "along_signature", "FORCE INDEX (freeze_signature)" },
  { "as_they_lie", "@" },
  { "begin", "START TRANSACTION" },
  { "if_missing", "IF NOT EXISTS" },
  { NULL },
};

static FlatlineStoreError
classify (guint code)
{
  switch (code)
    {
    case CR_VERSION_ERROR:
    case CR_MALFORMED_PACKET:
    case CR_SSL_CONNECTION_ERROR:
    case CR_AUTH_PLUGIN_CANNOT_LOAD:
    case ER_HANDSHAKE_ERROR:
    case ER_ACCESS_DENIED_ERROR:
    case ER_DBACCESS_DENIED_ERROR:
    case ER_TABLEACCESS_DENIED_ERROR:
    case ER_COLUMNACCESS_DENIED_ERROR:
    case ER_SPECIFIC_ACCESS_DENIED_ERROR:
    case ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
    case ER_HOST_NOT_PRIVILEGED:
    case ER_HOST_IS_BLOCKED:
    case ER_NOT_SUPPORTED_AUTH_MODE:
      return FLATLINE_STORE_ERROR_OPEN;
    case CR_NET_PACKET_TOO_LARGE:
    case ER_NET_PACKET_TOO_LARGE:
    case ER_DATA_TOO_LONG:
    case ER_TRUNCATED_WRONG_VALUE_FOR_FIELD:
    case ER_WARN_DATA_OUT_OF_RANGE:
    case ER_BAD_NULL_ERROR:
    case ER_TOO_BIG_ROWSIZE:
      return FLATLINE_STORE_ERROR_REFUSED;
    case ER_LOCK_WAIT_TIMEOUT:
    case ER_LOCK_DEADLOCK:
      return FLATLINE_STORE_ERROR_CONFLICT;
    case ERROR_NOT_READY:
    case ERROR_CONNECTION_KILLED:
    case ER_CON_COUNT_ERROR:
    case ER_USER_LIMIT_REACHED:
    case ER_TOO_MANY_USER_CONNECTIONS:
    case ER_SERVER_SHUTDOWN:
    case ER_NORMAL_SHUTDOWN:
    case ER_QUERY_INTERRUPTED:
    case ER_DISK_FULL:
    case ER_RECORD_FILE_FULL:
    case ER_OPTION_PREVENTS_STATEMENT:
    case ER_OUT_OF_RESOURCES:
      return FLATLINE_STORE_ERROR_AWAY;
    default:
      return code >= CR_MIN_ERROR && code <= CR_MAX_ERROR ? FLATLINE_STORE_ERROR_AWAY : FLATLINE_STORE_ERROR_FAILED;
    }
}

/* The client ends such messages with the number of the system's error: "(111)", "system error: 110". Here with its
 * words; or without, where it has the one of connecting meanwhile, whatever came of that. */
static char *
dup_words (guint code, const char *message)
{
  static const guint codes[] = { CR_CONNECTION_ERROR, CR_CONN_HOST_ERROR, CR_SERVER_LOST, CR_SERVER_LOST_EXTENDED };
  g_autoptr (GRegex) ending = g_regex_new ("^(.*)( \\(|: )([1-9][0-9]{0,2})(\\)?)$", G_REGEX_DOTALL, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_auto (GStrv) parts = NULL;
  gboolean is_of_system = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    is_of_system = is_of_system || code == codes[i];
  if (!is_of_system || !g_regex_match (ending, message, 0, &match))
    return g_strdup (message);
  parts = g_match_info_fetch_all (match);
  if (atoi (parts[3]) == EINPROGRESS)
    return g_strdup (parts[1]);
  return g_strconcat (parts[1], parts[2], g_strerror (atoi (parts[3])), parts[4], NULL);
}

void
flatline_mariadb_set_error (const char *name, guint code, const char *said, GError **error)
{
  const FlatlineStoreError kind = classify (code);
  g_autofree char *message = dup_words (code, said);

  if (code == CR_VERSION_ERROR || code == CR_MALFORMED_PACKET || code == ER_HANDSHAKE_ERROR)
    g_set_error (error, FLATLINE_STORE_ERROR, kind, _ ("What answers at %s is not a MariaDB server: %s"), name,
                 message);
  else if (kind == FLATLINE_STORE_ERROR_AWAY && code >= CR_MIN_ERROR && code <= CR_MAX_ERROR)
    g_set_error (error, FLATLINE_STORE_ERROR, kind, _ ("The database server %s cannot be reached: %s"), name, message);
  else
    g_set_error (error, FLATLINE_STORE_ERROR, kind, _ ("The database server %s says: %s"), name, message);
}

static void
mariadb_close (FlatlineDatabase *database)
{
  MariadbDatabase *self = (MariadbDatabase *)database;

  flatline_mariadb.mysql_close (self->mysql);
  g_free (self);
}

static void
mariadb_abort (FlatlineDatabase *database)
{
  shutdown (flatline_mariadb.mysql_get_socket (((MariadbDatabase *)database)->mysql), SHUT_RDWR);
}

static gboolean
mariadb_execute (FlatlineDatabase *database, const char *sql, GError **error)
{
  MariadbDatabase *self = (MariadbDatabase *)database;

  if (flatline_mariadb.mysql_real_query (self->mysql, sql, strlen (sql)) == 0)
    return TRUE;
  flatline_mariadb_set_error (database->name, flatline_mariadb.mysql_errno (self->mysql),
                              flatline_mariadb.mysql_error (self->mysql), error);
  return FALSE;
}

static guint64
mariadb_count_changes (FlatlineDatabase *database)
{
  return flatline_mariadb.mysql_affected_rows (((MariadbDatabase *)database)->mysql);
}

static void
mariadb_free_statement (FlatlineStatement *statement)
{
  MariadbStatement *self = (MariadbStatement *)statement;

  if (self->statement)
    flatline_mariadb.mysql_stmt_close (self->statement);
  for (guint i = 0; i < self->n_columns; i++)
    g_free (self->cells[i].data);
  g_free (self->parameters);
  g_free (self->integers);
  g_free (self->lengths);
  g_free (self->columns);
  g_free (self->cells);
  g_free (self);
}

static gboolean
is_integer_type (enum enum_field_types type)
{
  return type == MYSQL_TYPE_LONGLONG || type == MYSQL_TYPE_LONG || type == MYSQL_TYPE_SHORT || type == MYSQL_TYPE_TINY
         || type == MYSQL_TYPE_INT24;
}

static void
bind_cell (MYSQL_BIND *column, Cell *cell)
{
  column->buffer_type = cell->is_integer ? MYSQL_TYPE_LONGLONG : MYSQL_TYPE_STRING;
  column->buffer = cell->is_integer ? (void *)&cell->integer : cell->data;
  column->buffer_length = cell->is_integer ? sizeof cell->integer : cell->capacity;
  column->length = &cell->length;
  column->is_null = &cell->is_null;
  column->error = &cell->truncated;
}

static void
make_cells (MariadbStatement *self)
{
  MYSQL_RES *metadata = flatline_mariadb.mysql_stmt_result_metadata (self->statement);

  if (!metadata)
    return;
  self->n_columns = flatline_mariadb.mysql_num_fields (metadata);
  self->columns = g_new0 (MYSQL_BIND, self->n_columns);
  self->cells = g_new0 (Cell, self->n_columns);
  for (guint i = 0; i < self->n_columns; i++)
    {
      Cell *cell = &self->cells[i];

      cell->is_integer = is_integer_type (flatline_mariadb.mysql_fetch_field_direct (metadata, i)->type);
      cell->capacity = FIRST_CELL;
      cell->data = cell->is_integer ? NULL : g_malloc (cell->capacity + 1);
      bind_cell (&self->columns[i], cell);
    }
  flatline_mariadb.mysql_free_result (metadata);
}

static FlatlineStatement *
mariadb_prepare (FlatlineDatabase *database, const char *sql, GError **error)
{
  MariadbDatabase *database_self = (MariadbDatabase *)database;
  MariadbStatement *self = g_new0 (MariadbStatement, 1);

  self->statement = flatline_mariadb.mysql_stmt_init (database_self->mysql);
  if (!self->statement || flatline_mariadb.mysql_stmt_prepare (self->statement, sql, strlen (sql)) != 0)
    {
      if (self->statement)
        flatline_mariadb_set_error (database->name, flatline_mariadb.mysql_stmt_errno (self->statement),
                                    flatline_mariadb.mysql_stmt_error (self->statement), error);
      else
        flatline_mariadb_set_error (database->name, flatline_mariadb.mysql_errno (database_self->mysql),
                                    flatline_mariadb.mysql_error (database_self->mysql), error);
      mariadb_free_statement (&self->parent);
      return NULL;
    }
  self->n_parameters = flatline_mariadb.mysql_stmt_param_count (self->statement);
  self->parameters = g_new0 (MYSQL_BIND, self->n_parameters);
  self->integers = g_new0 (gint64, self->n_parameters);
  self->lengths = g_new0 (unsigned long, self->n_parameters);
  make_cells (self);
  return &self->parent;
}

static void
mariadb_bind (FlatlineStatement *statement, guint index, const void *data, gsize size, gboolean is_text)
{
  MariadbStatement *self = (MariadbStatement *)statement;
  MYSQL_BIND *parameter = &self->parameters[index];

  g_assert (index < self->n_parameters);
  self->lengths[index] = size;
  parameter->buffer_type = !data ? MYSQL_TYPE_NULL : is_text ? MYSQL_TYPE_STRING : MYSQL_TYPE_LONG_BLOB;
  parameter->buffer = (void *)data;
  parameter->buffer_length = size;
  parameter->length = &self->lengths[index];
}

static void
mariadb_bind_integer (FlatlineStatement *statement, guint index, gint64 integer)
{
  MariadbStatement *self = (MariadbStatement *)statement;
  MYSQL_BIND *parameter = &self->parameters[index];

  g_assert (index < self->n_parameters);
  self->integers[index] = integer;
  parameter->buffer_type = MYSQL_TYPE_LONGLONG;
  parameter->buffer = &self->integers[index];
  parameter->length = NULL;
}

/* Values that were longer than their cells, once more. */
static void
fetch_long_cells (MariadbStatement *self)
{
  for (guint i = 0; i < self->n_columns; i++)
    {
      Cell *cell = &self->cells[i];

      if (cell->is_integer || cell->is_null || cell->length <= cell->capacity)
        continue;
      cell->capacity = cell->length;
      cell->data = g_realloc (cell->data, cell->capacity + 1);
      bind_cell (&self->columns[i], cell);
      flatline_mariadb.mysql_stmt_fetch_column (self->statement, &self->columns[i], i, 0);
    }
  flatline_mariadb.mysql_stmt_bind_result (self->statement, self->columns);
}

static gboolean
execute_statement (MariadbStatement *self)
{
  self->executed = TRUE;
  return (self->n_parameters == 0 || flatline_mariadb.mysql_stmt_bind_param (self->statement, self->parameters) == 0)
         && flatline_mariadb.mysql_stmt_execute (self->statement) == 0
         && (self->n_columns == 0 || flatline_mariadb.mysql_stmt_bind_result (self->statement, self->columns) == 0);
}

static int
mariadb_step (FlatlineStatement *statement, GError **error)
{
  MariadbStatement *self = (MariadbStatement *)statement;
  int result = 1;

  if (self->executed || execute_statement (self))
    result = self->n_columns == 0 ? MYSQL_NO_DATA : flatline_mariadb.mysql_stmt_fetch (self->statement);
  if (result == MYSQL_DATA_TRUNCATED)
    fetch_long_cells (self);
  if (result == 1)
    {
      flatline_mariadb_set_error (statement->database->name, flatline_mariadb.mysql_stmt_errno (self->statement),
                                  flatline_mariadb.mysql_stmt_error (self->statement), error);
      return -1;
    }
  return result == MYSQL_NO_DATA ? 0 : 1;
}

static void
mariadb_reset (FlatlineStatement *statement)
{
  MariadbStatement *self = (MariadbStatement *)statement;

  if (self->executed && self->n_columns > 0)
    flatline_mariadb.mysql_stmt_free_result (self->statement);
  self->executed = FALSE;
}

static const char *
mariadb_get (FlatlineStatement *statement, guint column, gsize *size)
{
  Cell *cell = &((MariadbStatement *)statement)->cells[column];

  g_assert (!cell->is_integer);
  if (cell->is_null)
    return NULL;
  *size = cell->length;
  cell->data[cell->length] = '\0';
  return cell->data;
}

static gboolean
mariadb_is_null (FlatlineStatement *statement, guint column)
{
  return ((MariadbStatement *)statement)->cells[column].is_null;
}

/* SUM() and the like are decimal numbers, which come as text. */
static gint64
mariadb_get_integer (FlatlineStatement *statement, guint column)
{
  Cell *cell = &((MariadbStatement *)statement)->cells[column];

  if (cell->is_integer)
    return cell->integer;
  cell->data[cell->length] = '\0';
  return g_ascii_strtoll (cell->data, NULL, 10);
}

static const FlatlineDialect dialect = {
  .words = words,
  .is_server = TRUE,
  .close = mariadb_close,
  .abort = mariadb_abort,
  .execute = mariadb_execute,
  .count_changes = mariadb_count_changes,
  .prepare = mariadb_prepare,
  .free_statement = mariadb_free_statement,
  .bind = mariadb_bind,
  .bind_integer = mariadb_bind_integer,
  .step = mariadb_step,
  .reset = mariadb_reset,
  .get = mariadb_get,
  .is_null = mariadb_is_null,
  .get_integer = mariadb_get_integer,
};

FlatlineDatabase *
flatline_mariadb_database_new (MYSQL *mysql, const char *name)
{
  MariadbDatabase *self = g_new0 (MariadbDatabase, 1);

  self->parent.dialect = &dialect;
  self->parent.name = g_strdup (name);
  self->parent.statements = flatline_database_new_statements ();
  self->mysql = mysql;
  return &self->parent;
}
