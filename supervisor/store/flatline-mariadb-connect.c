/* SPDX-License-Identifier: MIT */
/*
 * Connecting to MariaDB: options, TLS, making the database, and telling a server that will never do from one that is
 * away for now.
 */
#include "flatline-mariadb-private.h"

#include "flatline-keyring.h"
#include "flatline-store.h"

#include <glib/gi18n.h>
#include <errmsg.h>
#include <gio/gio.h>
#include <mysqld_error.h>
#include <string.h>

#define OLDEST_VERSION  100500
#define PROBE_TIMEOUT_S 2

static void
set_options (MYSQL *mysql, const FlatlineServer *server, guint timeout_s)
{
  const guint off = 0;
  const my_bool yes = 1, no = 0;

  flatline_mariadb.mysql_options (mysql, MYSQL_OPT_CONNECT_TIMEOUT, &timeout_s);
  flatline_mariadb.mysql_options (mysql, MYSQL_OPT_READ_TIMEOUT, &timeout_s);
  flatline_mariadb.mysql_options (mysql, MYSQL_OPT_WRITE_TIMEOUT, &timeout_s);
  flatline_mariadb.mysql_options (mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  flatline_mariadb.mysql_options (mysql, MYSQL_OPT_LOCAL_INFILE, &off);
  flatline_mariadb.mysql_options (
      mysql, MYSQL_INIT_COMMAND,
      "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_BACKSLASH_ESCAPES',"
      " time_zone = '+00:00', innodb_lock_wait_timeout = 3, autocommit = 1");
  flatline_mariadb.mysql_options (mysql, MYSQL_INIT_COMMAND, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  if (server->option_group)
    flatline_mariadb.mysql_options (mysql, MYSQL_READ_DEFAULT_GROUP, server->option_group);
  if (server->tls)
    {
      flatline_mariadb.mysql_ssl_set (mysql, NULL, NULL, server->tls_ca, NULL, NULL);
      flatline_mariadb.mysql_options (mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
      flatline_mariadb.mysql_options (mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, server->tls_verify ? &yes : &no);
    }
}

/*
 * TRUE when something speaks first, as MariaDB does, but in another language: a greeting is a packet number 0 with
 * protocol 10, or an error.
 */
static gboolean
speaks_another_language (const FlatlineServer *server)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  guint8 greeting[5];
  gsize n = 0;

  if (server->socket || !server->host)
    return FALSE;
  g_socket_client_set_timeout (client, PROBE_TIMEOUT_S);
  connection = g_socket_client_connect_to_host (client, server->host, server->port ? server->port : 3306, NULL, NULL);
  return connection
         && g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (connection)), greeting, sizeof greeting,
                                     &n, NULL, NULL)
         && n == sizeof greeting && (greeting[3] != 0 || (greeting[4] != 10 && greeting[4] != 0xff));
}

/* The client library goes on without TLS when the server knows none, unless certificates are verified. */
static gboolean
check_tls (MYSQL *mysql, const FlatlineServer *server, const char *name, GError **error)
{
  if (!server->tls || flatline_mariadb.mysql_get_ssl_cipher (mysql))
    return TRUE;
  g_set_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_OPEN,
               _ ("The database server %s does not support TLS, which the settings require"), name);
  return FALSE;
}

/*
 * All that the client library says of a certificate that is whole, trusted, and somebody else's: 3.3, then 3.4, which
 * asks for no name of a server at 127.0.0.1, ::1 or localhost.
 */
static gboolean
is_of_another_host (guint code, const char *message)
{
  return code == CR_SSL_CONNECTION_ERROR
         && (strstr (message, "Validation of SSL server") || strstr (message, "Hostname verification failed"));
}

/* @code: of the client library, 0: the message says all. */
static MYSQL *
connect_once (const FlatlineServer *server,
              const char *password,
              const char *database,
              guint timeout_s,
              guint *code,
              GError **error)
{
  g_autofree char *name = flatline_server_dup_name (server);
  MYSQL *mysql = flatline_mariadb.mysql_init (NULL);

  *code = 0;
  set_options (mysql, server, timeout_s);
  if (flatline_mariadb.mysql_real_connect (mysql, server->socket ? "localhost" : server->host, server->user, password,
                                           database, server->port, server->socket, 0))
    {
      if (!check_tls (mysql, server, name, error))
        g_clear_pointer (&mysql, flatline_mariadb.mysql_close);
      return mysql;
    }
  *code = flatline_mariadb.mysql_errno (mysql);
  if (*code == CR_SERVER_LOST && speaks_another_language (server))
    *code = CR_VERSION_ERROR;
  if (is_of_another_host (*code, flatline_mariadb.mysql_error (mysql)))
    {
      *code = 0;
      g_set_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_OPEN,
                   _ ("The certificate of the database server %s is for another host than “%s”"), name,
                   server->socket || !server->host ? "localhost" : server->host);
    }
  else
    flatline_mariadb_set_error (name, *code, flatline_mariadb.mysql_error (mysql), error);
  flatline_mariadb.mysql_close (mysql);
  return NULL;
}

/* A server that wants a password and was given none: the keyring may know it. */
static MYSQL *
connect_to (const FlatlineServer *server, const char *database, guint timeout_s, guint *code, GError **error)
{
  g_autofree char *name = flatline_server_dup_name (server);
  g_autofree char *password = NULL;
  g_autoptr (GError) why = NULL;
  MYSQL *mysql;

  if (!flatline_mariadb_library_load (error))
    return NULL;
  mysql = connect_once (server, server->password, database, timeout_s, code, &why);
  if (!mysql && (*code == ER_ACCESS_DENIED_ERROR || *code == ER_ACCESS_DENIED_NO_PASSWORD_ERROR)
      && (!server->password || !*server->password))
    password = flatline_keyring_dup_password (name, server->user);
  if (password)
    {
      g_clear_error (&why);
      mysql = connect_once (server, password, database, timeout_s, code, &why);
      explicit_bzero (password, strlen (password));
    }
  if (why)
    g_propagate_error (error, g_steal_pointer (&why));
  return mysql;
}

/* The server is there, the database is not yet. */
static MYSQL *
create_database (const FlatlineServer *server, guint timeout_s, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (server->database, "`", -1);
  g_autofree char *quoted = g_strjoinv ("``", parts);
  g_autofree char *sql = g_strdup_printf ("CREATE DATABASE IF NOT EXISTS `%s` CHARACTER SET utf8mb4", quoted);
  g_autofree char *name = flatline_server_dup_name (server);
  guint code = 0;
  MYSQL *mysql = connect_to (server, NULL, timeout_s, &code, error);

  if (!mysql)
    return NULL;
  if (flatline_mariadb.mysql_real_query (mysql, sql, strlen (sql)) != 0
      || flatline_mariadb.mysql_select_db (mysql, server->database) != 0)
    {
      flatline_mariadb_set_error (name, flatline_mariadb.mysql_errno (mysql), flatline_mariadb.mysql_error (mysql),
                                  error);
      g_clear_pointer (&mysql, flatline_mariadb.mysql_close);
    }
  return mysql;
}

/* What we speak to must be a MariaDB that knows what we need. */
static gboolean
check_version (MYSQL *mysql, const char *name, GError **error)
{
  const char *version = flatline_mariadb.mysql_get_server_info (mysql);

  if (strstr (version, "MariaDB") && flatline_mariadb.mysql_get_server_version (mysql) >= OLDEST_VERSION)
    return TRUE;
  g_set_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_OPEN,
               _ ("The database server %s is %s%s: Flatline needs MariaDB 10.5 or newer"), name,
               strstr (version, "MariaDB") ? "" : "MySQL ", version);
  return FALSE;
}

/* What a person at the settings can do about it; NULL: the message says all there is to say. */
static const char *
peek_advice (const FlatlineServer *server, guint code)
{
  switch (code)
    {
    case CR_CONNECTION_ERROR:
      /* Of a host, too; this one's name means its socket. */
      if (server->socket || !server->host || g_str_equal (server->host, "localhost"))
        return _ ("Is the server running, and is this the path of its socket?");
      G_GNUC_FALLTHROUGH;
    case CR_CONN_HOST_ERROR:
    case CR_SERVER_LOST:
      return _ ("Is the server running, does it listen on this host and port, and does a firewall let you through?");
    case CR_UNKNOWN_HOST:
      return _ ("Check the name of the host.");
    case CR_SSL_CONNECTION_ERROR:
      return _ (
          "Name the file of the authority that signed the server’s certificate, or, if it knows no TLS, switch Encrypt "
          "(TLS) off.");
    case ER_ACCESS_DENIED_ERROR:
    case ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
      return _ ("Check user and password; the server may also want encryption, or not let this user in from here.");
    case ER_DBACCESS_DENIED_ERROR:
      return _ ("The database’s name may be wrong, or this user needs all rights on it: GRANT ALL.");
    case ER_BAD_DB_ERROR:
      return _ ("The next start of Flatline makes it, when this user may.");
    default:
      return NULL;
    }
}

static FlatlineDatabase *
open_database (const FlatlineServer *server, guint timeout_s, gboolean create, guint *code, GError **error)
{
  g_autofree char *name = flatline_server_dup_name (server);
  g_autoptr (GError) why = NULL;
  MYSQL *mysql = connect_to (server, server->database, timeout_s, code, &why);

  if (!mysql && *code == ER_BAD_DB_ERROR && create)
    {
      g_clear_error (&why);
      mysql = create_database (server, timeout_s, &why);
    }
  if (!mysql)
    {
      /* Whatever it was, if it is not a matter of waiting, it is the wrong server or the wrong settings. */
      if (why->code != FLATLINE_STORE_ERROR_AWAY)
        why->code = FLATLINE_STORE_ERROR_OPEN;
      g_propagate_error (error, g_steal_pointer (&why));
      return NULL;
    }
  if (!check_version (mysql, name, error))
    {
      flatline_mariadb.mysql_close (mysql);
      return NULL;
    }
  return flatline_mariadb_database_new (mysql, name);
}

FlatlineDatabase *
flatline_database_open_mariadb (const FlatlineServer *server, guint timeout_s, gboolean create, GError **error)
{
  guint code = 0;

  return open_database (server, timeout_s, create, &code, error);
}

FlatlineDatabase *
flatline_database_try_mariadb (const FlatlineServer *server, guint timeout_s, GError **error)
{
  guint code = 0;
  g_autoptr (GError) why = NULL;
  FlatlineDatabase *database = open_database (server, timeout_s, FALSE, &code, &why);
  const char *advice = peek_advice (server, code);

  if (why && advice)
    g_set_error (error, why->domain, why->code, "%s. %s", why->message, advice);
  else if (why)
    g_propagate_error (error, g_steal_pointer (&why));
  return database;
}
