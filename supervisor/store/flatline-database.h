/* SPDX-License-Identifier: MIT */
/*
 * FlatlineDatabase: one connection to SQLite or MariaDB, for one thread at a time. What the two have in common is used
 * as it is: the same statements, the same schema. Where their dialects part, a statement has a {word}, which each
 * dialect spells its way (see the tables of words in flatline-sqlite-database.c and flatline-mariadb-database.c).
 *
 * Parameters are always bound ("?"), never pasted. A statement is prepared once a connection and kept.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _FlatlineDatabase FlatlineDatabase;
typedef struct _FlatlineStatement FlatlineStatement;

/* Where a MariaDB server is, and who we are there. NULL or 0: the client library's or the option group's choice. */
typedef struct
{
  char *host;
  guint port;
  char *socket; /* path of a Unix socket, goes before host and port */
  char *user;
  char *password;
  char *database;
  char *option_group; /* of my.cnf, read besides [client] */
  gboolean tls;
  gboolean tls_verify;
  char *tls_ca; /* file with the certificates that are trusted; NULL: the system's */
} FlatlineServer;

FlatlineServer *
flatline_server_copy (const FlatlineServer *self);
void
flatline_server_free (FlatlineServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineServer, flatline_server_free)

/* "db.example:3306" or the socket's path: for messages. Transfer full. */
char *
flatline_server_dup_name (const FlatlineServer *self);

/* NULL with FLATLINE_STORE_ERROR_OPEN when it will never work, FLATLINE_STORE_ERROR_AWAY when it may, later. */
FlatlineDatabase *
flatline_database_open_sqlite (const char *file, gboolean create, GError **error);

/* @timeout_s bounds the connecting and each later answer. Makes the database when it is missing and @create. */
FlatlineDatabase *
flatline_database_open_mariadb (const FlatlineServer *server, guint timeout_s, gboolean create, GError **error);

/* The same for somebody who tries settings: makes nothing, and the error says besides what can be done about it. */
FlatlineDatabase *
flatline_database_try_mariadb (const FlatlineServer *server, guint timeout_s, GError **error);

void
flatline_database_close (FlatlineDatabase *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FlatlineDatabase, flatline_database_close)

/* For messages: the file or the server. Borrowed. */
const char *
flatline_database_get_name (FlatlineDatabase *self);

gboolean
flatline_database_is_server (FlatlineDatabase *self);

/* From another thread: what waits for the server fails at once. The connection is good for nothing afterwards. */
void
flatline_database_abort (FlatlineDatabase *self);

/* Statements without parameters and results, divided by ";" at line ends of the schema; {words} are replaced. */
gboolean
flatline_database_execute (FlatlineDatabase *self, const char *sql, GError **error);

/* The statement of this text, ready to be bound from the first "?" on. Borrowed; NULL on error. */
FlatlineStatement *
flatline_database_prepare (FlatlineDatabase *self, const char *sql, GError **error);

/*
 * Binds the next "?". Texts that are not UTF-8 are made valid. What @text, @bytes point to must live until the
 * statement was stepped for the first time.
 */
void
flatline_statement_add_text (FlatlineStatement *self, const char *text);
void
flatline_statement_add_integer (FlatlineStatement *self, gint64 integer);

/* The same for many: @format has a letter a parameter: t text (const char *), i gint64, b GBytes *. */
void
flatline_statement_add (FlatlineStatement *self, const char *format, ...);

/* 1: there is a row; 0: there is none any more; -1: error. After 0 and -1 the statement is reset. */
int
flatline_statement_step (FlatlineStatement *self, GError **error);

/* To the end, whatever rows there are. */
gboolean
flatline_statement_run (FlatlineStatement *self, GError **error);

/* Ends the reading of rows early. */
void
flatline_statement_reset (FlatlineStatement *self);

/* Of the current row. Valid UTF-8, whatever is there; NULL for NULL. Transfer full. */
char *
flatline_statement_dup_text (FlatlineStatement *self, guint column);
gint64
flatline_statement_get_integer (FlatlineStatement *self, guint column, gint64 if_null);
GBytes *
flatline_statement_dup_bytes (FlatlineStatement *self, guint column);

/* Prepare, bind, run: for statements without rows. */
gboolean
flatline_database_run (FlatlineDatabase *self, GError **error, const char *sql, const char *format, ...);

/* Prepare and bind; step it. Borrowed. */
FlatlineStatement *
flatline_database_query (FlatlineDatabase *self, GError **error, const char *sql, const char *format, ...);

/* How many rows the last statement changed. */
guint64
flatline_database_count_changes (FlatlineDatabase *self);

G_END_DECLS
