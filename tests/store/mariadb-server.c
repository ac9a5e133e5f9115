/* SPDX-License-Identifier: MIT */
#include "mariadb-server.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_TIMEOUT_US (240 * G_USEC_PER_SEC)

static char *
find_program (const char *name)
{
  g_autofree char *path = g_find_program_in_path (name);

  return path ? g_steal_pointer (&path)
              : g_find_program_in_path (g_strcmp0 (name, "mariadbd") == 0 ? "/usr/sbin/mariadbd" : name);
}

/* A server must not outlive the test, whatever becomes of it. */
static void
die_with_parent (gpointer unused)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static FlatlineDatabase *
try_to_connect (MariadbServer *self)
{
  g_autoptr (FlatlineServer) address = mariadb_server_dup_address (self, "mysql");

  return flatline_database_open_mariadb (address, 5, FALSE, NULL);
}

void
mariadb_server_start (MariadbServer *self)
{
  g_autofree char *program = find_program ("mariadbd");
  g_autofree char *data = g_strconcat ("--datadir=", self->folder, "/data", NULL);
  g_autofree char *socket = g_strconcat ("--socket=", self->socket, NULL);
  g_autofree char *log = g_strconcat ("--log-error=", self->folder, "/error.log", NULL);
  /* A server that starts removes what others have of the same name there. */
  g_autofree char *temporary = g_strconcat ("--tmpdir=", self->folder, NULL);
  g_autofree char *pid_file = g_strconcat ("--pid-file=", self->folder, "/pid", NULL);
  g_autofree char *port = g_strdup_printf ("--port=%u", self->port);
  g_autofree char *certificate = g_strconcat ("--ssl-cert=", self->folder, "/server.pem", NULL);
  g_autofree char *key = g_strconcat ("--ssl-key=", self->folder, "/server.key", NULL);
  const char *const own[] = { program, "--no-defaults", data, socket, log, pid_file, temporary,
                              self->port ? "--bind-address=127.0.0.1,127.0.0.2" : "--skip-networking", "--skip-log-bin",
                              /* Millions of rows want what a server has; a test starts the faster the less there is. */
                              g_getenv ("FLATLINE_BENCHMARK_SCALE") ? "--innodb-buffer-pool-size=512M"
                                                                    : "--innodb-buffer-pool-size=64M",
                              "--innodb-flush-log-at-trx-commit=2", "--innodb-log-file-size=96M",
                              "--performance-schema=OFF", self->port ? port : "--port=3306",
                              self->port ? certificate : "--skip-ssl", self->port ? key : "--skip-ssl",
                              geteuid () == 0 ? "--user=root" : NULL, NULL };
  g_autoptr (GError) error = NULL;
  gint64 deadline_us = g_get_monotonic_time () + START_TIMEOUT_US;
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
  g_auto (GStrv) words = NULL;
  FlatlineDatabase *database = NULL;

  g_strv_builder_addv (argv, (const char **)own);
  if (self->options)
    g_strv_builder_addv (argv, (const char **)self->options);
  words = g_strv_builder_end (argv);
  g_spawn_async (NULL, words, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                 die_with_parent, NULL, &self->pid, &error);
  g_assert_no_error (error);
  while (!database && g_get_monotonic_time () < deadline_us)
    {
      database = try_to_connect (self);
      if (!database)
        g_usleep (20000);
    }
  g_assert_nonnull (database);
  flatline_database_close (database);
}

/* What mariadb-install-db does, without what it needs of other packages. */
static gboolean
make_system_tables (const char *program, const char *folder)
{
  static const char *const parts[] = { "system_tables.sql", "system_tables_data.sql" };
  g_autoptr (GString) sql = g_string_new ("CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n"
                                          "SET @skip_auth_anonymous=1;\n");
  g_autofree char *data = g_build_filename (folder, "data", NULL);
  g_autofree char *temporary = g_strconcat ("--tmpdir=", folder, NULL);
  g_autofree char *data_option = g_strconcat ("--datadir=", data, NULL);
  g_autofree char *file = g_build_filename (folder, "bootstrap.sql", NULL);
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autofree char *words = NULL;
  g_autoptr (GSubprocess) bootstrap = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *path = g_strconcat ("/usr/share/mariadb/mariadb_", parts[i], NULL);
      g_autofree char *older = g_strconcat ("/usr/share/mysql/mysql_", parts[i], NULL);
      g_autofree char *text = NULL;

      if (!g_file_get_contents (path, &text, NULL, NULL) && !g_file_get_contents (older, &text, NULL, NULL))
        return FALSE;
      g_string_append (sql, text);
    }
  g_mkdir (data, 0700);
  g_file_set_contents (file, sql->str, sql->len, NULL);
  g_subprocess_launcher_set_stdin_file_path (launcher, file);
  bootstrap = g_subprocess_launcher_spawn (launcher, NULL, program, "--no-defaults", "--bootstrap", data_option,
                                           temporary, "--innodb-log-file-size=96M", "--innodb-buffer-pool-size=32M",
                                           geteuid () == 0 ? "--user=root" : NULL, NULL);
  if (bootstrap && g_subprocess_communicate_utf8 (bootstrap, NULL, NULL, NULL, &words, NULL)
      && g_subprocess_get_successful (bootstrap))
    return TRUE;
  g_test_message ("mariadbd could make no tables: %s", words);
  return FALSE;
}

static gboolean
run_openssl (MariadbServer *self, const char *arguments)
{
  g_autofree char *line = g_strconcat ("openssl ", arguments, NULL);
  g_auto (GStrv) argv = NULL;
  int status;

  return g_shell_parse_argv (line, NULL, &argv, NULL)
         && g_spawn_sync (self->folder, argv, NULL,
                          G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                          NULL, NULL, &status, NULL)
         && g_spawn_check_wait_status (status, NULL);
}

/* A port that was free a moment ago. */
static guint
find_port (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();

  return g_socket_listener_add_any_inet_port (listener, NULL, NULL);
}

gboolean
mariadb_server_use_tls (MariadbServer *self, const char *host_name)
{
  g_autofree char *extensions = g_build_filename (self->folder, "extensions", NULL);
  g_autofree char *text =
      g_strdup_printf ("subjectAltName=%s:%s\n", g_hostname_is_ip_address (host_name) ? "IP" : "DNS", host_name);
  g_autofree char *request =
      g_strdup_printf ("req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj '/CN=%s'", host_name);

  self->port = find_port ();
  return g_file_set_contents (extensions, text, -1, NULL)
         && run_openssl (self, "req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.pem -subj '/CN=Test'")
         && run_openssl (self, request)
         && run_openssl (self,
                         "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out server.pem"
                         " -extfile extensions");
}

gboolean
mariadb_server_is_alive (MariadbServer *self)
{
  if (self->pid && waitpid (self->pid, NULL, WNOHANG) != 0)
    self->pid = 0;
  return self->pid != 0;
}

MariadbServer *
mariadb_server_new (const char *parent)
{
  g_autofree char *program = find_program ("mariadbd");
  MariadbServer *self;

  if (!program)
    return NULL;
  self = g_new0 (MariadbServer, 1);
  /* A socket's path must be short. */
  self->folder = parent ? g_build_filename (parent, "fl-mariadb-XXXXXX", NULL) : NULL;
  if (!self->folder || !g_mkdtemp (self->folder))
    {
      g_free (self->folder);
      self->folder = g_dir_make_tmp ("fl-mariadb-XXXXXX", NULL);
    }
  self->socket = g_build_filename (self->folder, "socket", NULL);
  if (!make_system_tables (program, self->folder))
    {
      mariadb_server_free (self);
      return NULL;
    }
  mariadb_server_start (self);
  return self;
}

void
mariadb_server_stop (MariadbServer *self, int signal)
{
  if (!self->pid)
    return;
  kill (self->pid, signal);
  waitpid (self->pid, NULL, 0);
  self->pid = 0;
}

void
mariadb_server_free (MariadbServer *self)
{
  if (!self)
    return;
  mariadb_server_stop (self, SIGKILL);
  if (self->folder)
    g_spawn_sync (NULL, (char *[]){ "rm", "-rf", self->folder, NULL }, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                  NULL, NULL, NULL);
  g_free (self->folder);
  g_free (self->socket);
  g_free (self);
}

FlatlineServer *
mariadb_server_dup_address (MariadbServer *self, const char *database)
{
  FlatlineServer address = { .socket = self->socket, .user = "root", .password = "", .database = (char *)database };

  return flatline_server_copy (&address);
}

void
mariadb_server_execute (MariadbServer *self, const char *sql)
{
  g_autoptr (FlatlineDatabase) database = try_to_connect (self);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (database);
  flatline_database_execute (database, sql, &error);
  g_assert_no_error (error);
}
