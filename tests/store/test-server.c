/* SPDX-License-Identifier: MIT */
/* Servers that are wrong, slow, away or killed: nothing is lost, nobody waits, and one line says what happens. */
#include "store-fixture.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_US (60 * G_USEC_PER_SEC)

/* A store of a server that is not as it should be, and what it said. */
typedef struct
{
  char *folder;
  char *file;
  FlatlineServer *address;
  FlatlineStore *store;
  GPtrArray *lines; /* troubles */
} Case;

static void
on_trouble (FlatlineStore *store, const char *line, GPtrArray *lines)
{
  g_test_message ("%s", line);
  g_ptr_array_add (lines, g_strdup (line));
}

static void
case_open (Case *self)
{
  self->store = flatline_store_open_server (self->address, self->file);
  g_signal_connect (self->store, "trouble", G_CALLBACK (on_trouble), self->lines);
}

/* FALSE when there is no server here: the test is skipped. */
static gboolean
case_begin (Case *self, const char *database)
{
  *self = (Case){ 0 };
  if (!store_fixture_get_server ())
    {
      g_test_skip ("there is no mariadbd here (Debian: mariadb-server-core)");
      return FALSE;
    }
  self->folder = g_dir_make_tmp ("flatline-server-XXXXXX", NULL);
  self->file = g_build_filename (self->folder, "flatline.sqlite", NULL);
  self->address = mariadb_server_dup_address (store_fixture_get_server (), database);
  self->lines = g_ptr_array_new_with_free_func (g_free);
  return TRUE;
}

static void
case_end (Case *self)
{
  g_clear_object (&self->store);
  g_spawn_sync (NULL, (char *[]){ "rm", "-rf", self->folder, NULL }, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                NULL, NULL);
  g_free (self->folder);
  g_free (self->file);
  g_ptr_array_unref (self->lines);
  flatline_server_free (self->address);
}

static void
wait_for_line (Case *self, const char *part)
{
  gint64 deadline_us = g_get_monotonic_time () + PATIENCE_US;

  while (g_get_monotonic_time () < deadline_us)
    {
      for (guint i = 0; i < self->lines->len; i++)
        if (strstr (self->lines->pdata[i], part))
          return;
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (5000);
    }
  g_error ("Nobody said “%s”", part);
}

static void
wait_until_replayed (FlatlineStore *store)
{
  gint64 deadline_us = g_get_monotonic_time () + PATIENCE_US;

  while (flatline_store_count_spooled (store) > 0 && g_get_monotonic_time () < deadline_us)
    g_usleep (5000);
  g_assert_cmpuint (flatline_store_count_spooled (store), ==, 0);
}

static FlatlineRun *
add_run (FlatlineStore *store)
{
  FlatlineRun *run = store_fixture_make_run ("app.py");

  flatline_store_add_run (store, run);
  return run;
}

/* Beats number @from to @to - 1 of a run. */
static void
add_beats (FlatlineStore *store, FlatlineRun *run, guint from, guint to)
{
  for (guint i = from; i < to; i++)
    {
      g_autofree char *reason = g_strdup_printf ("%u", i);
      g_autoptr (FlatlineBeat) beat = store_fixture_make_beat (run->started_us + i, reason, "main.py");

      flatline_store_add_beat (store, run->uid, beat);
    }
}

/* All of them, in order, once. */
static void
assert_beats (FlatlineStore *store, const char *run_uid, guint n_beats)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) beats = flatline_store_list_beats (store, 0, run_uid, 0, 0, 0, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (beats->len, ==, n_beats);
  for (guint i = 0; i < n_beats; i++)
    g_assert_cmpint (g_ascii_strtoll (((FlatlineBeat *)beats->pdata[i])->reason, NULL, 10), ==, i);
}

/* The run goes on embedded, and one line says so. */
static void
assert_falls_back (Case *self, const char *part)
{
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (FlatlineStore) file = NULL;
  g_autoptr (GError) error = NULL;

  case_open (self);
  run = add_run (self->store);
  add_beats (self->store, run, 0, 10);
  wait_for_line (self, part);
  store_fixture_flush (self->store);
  wait_until_replayed (self->store);
  g_assert_cmpuint (self->lines->len, ==, 1);
  g_assert_nonnull (strstr (self->lines->pdata[0], self->file));
  g_assert_null (strchr (self->lines->pdata[0], '\n'));
  assert_beats (self->store, run->uid, 10);
  g_clear_object (&self->store);
  file = flatline_store_open_sqlite (self->file, &error);
  g_assert_no_error (error);
  assert_beats (file, run->uid, 10);
}

static void
test_wrong_password (void)
{
  Case self;

  if (!case_begin (&self, "wrong_password"))
    return;
  mariadb_server_execute (store_fixture_get_server (), "CREATE OR REPLACE USER somebody IDENTIFIED BY 'secret'");
  g_free (self.address->user);
  g_free (self.address->password);
  self.address->user = g_strdup ("somebody");
  self.address->password = g_strdup ("hunter2");
  assert_falls_back (&self, "Access denied");
  g_assert_null (strstr (self.lines->pdata[0], "hunter2"));
  case_end (&self);
}

static void
test_no_rights (void)
{
  Case self;

  if (!case_begin (&self, "no_rights"))
    return;
  mariadb_server_execute (
      store_fixture_get_server (),
      "CREATE OR REPLACE USER nobody; CREATE DATABASE no_rights; GRANT SELECT ON no_rights.* TO nobody");
  g_free (self.address->user);
  self.address->user = g_strdup ("nobody");
  assert_falls_back (&self, "denied");
  case_end (&self);
}

/* Whoever may only read sees what others write, and keeps what is his own on his machine. */
static void
test_reader (void)
{
  g_autoptr (FlatlineStore) writer = NULL;
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (FlatlineRun) own = NULL;
  Case self;

  if (!case_begin (&self, "watched"))
    return;
  writer = flatline_store_open_server (self.address, self.file);
  run = add_run (writer);
  add_beats (writer, run, 0, 5);
  store_fixture_flush (writer);
  g_assert_cmpuint (flatline_store_count_spooled (writer), ==, 0);
  mariadb_server_execute (store_fixture_get_server (),
                          "CREATE OR REPLACE USER watcher; GRANT SELECT ON watched.* TO watcher");
  g_free (self.address->user);
  self.address->user = g_strdup ("watcher");
  case_open (&self);
  assert_beats (self.store, run->uid, 5);
  g_assert_cmpuint (self.lines->len, ==, 0);
  own = add_run (self.store);
  store_fixture_flush (self.store);
  wait_for_line (&self, "denied");
  assert_beats (self.store, run->uid, 5);
  case_end (&self);
}

/* The rights that the README tells to give to a writer are enough. */
static void
test_writer_rights (void)
{
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (GError) error = NULL;
  FlatlinePruned pruned;
  Case self;

  if (!case_begin (&self, "granted"))
    return;
  mariadb_server_execute (store_fixture_get_server (),
                          "CREATE DATABASE granted CHARACTER SET utf8mb4; CREATE OR REPLACE USER writer;"
                          "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, REFERENCES, CREATE VIEW"
                          " ON granted.* TO writer");
  g_free (self.address->user);
  self.address->user = g_strdup ("writer");
  case_open (&self);
  run = add_run (self.store);
  add_beats (self.store, run, 0, 5);
  store_fixture_flush (self.store);
  assert_beats (self.store, run->uid, 5);
  g_assert_true (
      flatline_store_prune (self.store, &(FlatlineRetention){ .freeze_age_us = 1, .beat_age_us = 1 }, &pruned, &error));
  g_assert_no_error (error);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (self.lines->len, ==, 0);
  g_assert_false (g_file_test (self.file, G_FILE_TEST_EXISTS));
  case_end (&self);
}

static void
test_newer_schema (void)
{
  Case self;

  if (!case_begin (&self, "newer"))
    return;
  mariadb_server_execute (
      store_fixture_get_server (),
      "CREATE DATABASE newer; CREATE TABLE newer.flatline_version (id INT PRIMARY KEY, version INT);"
      "INSERT INTO newer.flatline_version VALUES (1, 1000)");
  assert_falls_back (&self, "newer Flatline");
  case_end (&self);
}

/* Something else listens there. */
static gboolean
speak_ssh (GSocketService *service, GSocketConnection *connection, GObject *source, gpointer unused)
{
  static const char banner[] = "SSH-2.0-OpenSSH_9.2\r\n";

  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), banner, strlen (banner), NULL,
                             NULL, NULL);
  return TRUE;
}

static void
test_no_database (void)
{
  g_autoptr (GSocketService) service = g_threaded_socket_service_new (4);
  Case self;

  if (!case_begin (&self, "any"))
    return;
  g_clear_pointer (&self.address->socket, g_free);
  self.address->host = g_strdup ("127.0.0.1");
  self.address->port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, NULL);
  g_signal_connect (service, "run", G_CALLBACK (speak_ssh), NULL);
  assert_falls_back (&self, "no MariaDB server");
  case_end (&self);
}

/* Between us and the server, drops each connection after ten commands. */
static gboolean
pass_ten_commands (GSocketService *service, GSocketConnection *client, GObject *source, gpointer socket_path)
{
  g_autoptr (GSocketClient) connector = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (socket_path);
  g_autoptr (GSocketConnection) server =
      g_socket_client_connect (connector, G_SOCKET_CONNECTABLE (address), NULL, NULL);
  GSocket *sockets[2] = { g_socket_connection_get_socket (client), g_socket_connection_get_socket (server) };
  char data[65536];
  gsize in_packet = 0;
  int n_commands = -1;

  while (TRUE)
    {
      GPollFD fds[2] = { { g_socket_get_fd (sockets[0]), G_IO_IN, 0 }, { g_socket_get_fd (sockets[1]), G_IO_IN, 0 } };

      g_poll (fds, 2, -1);
      for (int i = 0; i < 2; i++)
        {
          gssize n = fds[i].revents ? read (fds[i].fd, data, sizeof data) : 0;

          if (fds[i].revents && n <= 0)
            return TRUE;
          /* Packets of the client: three bytes of length, a number that is 0 for a command. */
          for (gssize at = 0; i == 0 && at < n;)
            {
              gsize part = MIN (in_packet, (gsize)(n - at));

              in_packet -= part;
              at += part;
              if (at + 4 > n)
                break;
              n_commands += data[at + 3] == 0;
              in_packet = 4 + ((guint8)data[at] | (guint8)data[at + 1] << 8 | (guint8)data[at + 2] << 16);
            }
          if (n_commands > 10)
            return TRUE;
          if (n > 0 && write (fds[1 - i].fd, data, n) != n)
            return TRUE;
        }
    }
}

/* From now on the address is a TCP port that leads to the server for ten commands. Transfer full. */
static GSocketService *
put_between (Case *self)
{
  GSocketService *service = g_threaded_socket_service_new (16);

  g_signal_connect_data (service, "run", G_CALLBACK (pass_ten_commands), g_steal_pointer (&self->address->socket),
                         (GClosureNotify)(gpointer)g_free, 0);
  self->address->host = g_strdup ("127.0.0.1");
  self->address->port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, NULL);
  return service;
}

/* A server that knows no TLS must not get our password without it. */
static void
test_no_tls (void)
{
  g_autoptr (GSocketService) service = NULL;
  Case self;

  if (!case_begin (&self, "no_tls"))
    return;
  service = put_between (&self);
  self.address->tls = TRUE;
  assert_falls_back (&self, "TLS");
  g_clear_object (&self.store);
  self.address->tls_verify = TRUE;
  g_ptr_array_set_size (self.lines, 0);
  g_unlink (self.file);
  assert_falls_back (&self, "SSL");
  g_socket_service_stop (service);
  case_end (&self);
}

static void
test_dropping_server (void)
{
  g_autoptr (GSocketService) service = NULL;
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (FlatlineStore) direct = NULL;
  g_autoptr (FlatlineServer) address = NULL;
  Case self;

  if (!case_begin (&self, "dropping"))
    return;
  address = flatline_server_copy (self.address);
  /* The tables are there: making them takes more than ten commands. */
  direct = flatline_store_open_server (address, self.file);
  g_assert_true (flatline_store_wait_for_server (direct, 60000));
  service = put_between (&self);
  case_open (&self);
  run = add_run (self.store);
  add_beats (self.store, run, 0, 600);
  store_fixture_flush (self.store);
  for (gint64 end_us = g_get_monotonic_time () + PATIENCE_US; flatline_store_count_spooled (self.store) > 0;)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end_us);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (5000);
    }
  store_fixture_flush (self.store);
  assert_beats (direct, run->uid, 600);
  g_socket_service_stop (service);
  case_end (&self);
}

/* Accepts nothing and refuses nothing: connecting to it never ends. */
static void
test_black_hole (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (FlatlineRun) run = NULL;
  gint64 start_us, longest_us = 0;
  Case self;

  if (!case_begin (&self, "any"))
    return;
  g_clear_pointer (&self.address->socket, g_free);
  self.address->host = g_strdup ("127.0.0.1");
  self.address->port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  start_us = g_get_monotonic_time ();
  case_open (&self);
  run = add_run (self.store);
  longest_us = g_get_monotonic_time () - start_us;
  add_beats (self.store, run, 0, 1000);
  g_assert_true (flatline_store_flush (self.store, 2000));
  g_assert_cmpuint (flatline_store_count_spooled (self.store), ==, 1001);
  g_test_message ("opening took %.1f ms", longest_us / 1000.0);
  g_clear_object (&self.store);
  case_end (&self);
}

typedef struct
{
  const FlatlineServer *address;
  char *file;
} Starter;

static gpointer
start_one (gpointer data)
{
  Starter *starter = data;
  g_autoptr (FlatlineStore) store = flatline_store_open_server (starter->address, starter->file);
  g_autoptr (FlatlineRun) run = add_run (store);

  add_beats (store, run, 0, 100);
  store_fixture_flush (store);
  g_assert_cmpuint (flatline_store_count_spooled (store), ==, 0);
  return g_strdup (run->uid);
}

static void
test_ten_at_once (void)
{
  GThread *threads[10];
  Starter starters[10];
  Case self;

  if (!case_begin (&self, "ten"))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_autofree char *name = g_strdup_printf ("%u.sqlite", i);

      starters[i] = (Starter){ self.address, g_build_filename (self.folder, name, NULL) };
      threads[i] = g_thread_new ("starter", start_one, &starters[i]);
    }
  case_open (&self);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_autofree char *uid = g_thread_join (threads[i]);

      g_assert_false (g_file_test (starters[i].file, G_FILE_TEST_EXISTS));
      assert_beats (self.store, uid, 100);
      g_free (starters[i].file);
    }
  case_end (&self);
}

/* The server is killed again and again while beats come in. */
static void
test_killed_server (void)
{
  const guint n_kills = g_getenv ("FLATLINE_TEST_SOAK") ? 50 : 3;
  g_autoptr (FlatlineRun) run = NULL;
  guint n_beats = 0;
  Case self;

  if (!case_begin (&self, "killed"))
    return;
  case_open (&self);
  run = add_run (self.store);
  for (guint i = 0; i < n_kills; i++)
    {
      const guint n_before = n_beats;
      gint64 kill_us = g_get_monotonic_time () + g_random_int_range (0, 400000);

      for (; g_get_monotonic_time () < kill_us; n_beats += 10)
        {
          add_beats (self.store, run, n_beats, n_beats + 10);
          g_usleep (100);
        }
      mariadb_server_stop (store_fixture_get_server (), SIGKILL);
      add_beats (self.store, run, n_beats, n_beats + 50);
      n_beats += 50;
      store_fixture_flush (self.store);
      g_assert_cmpuint (flatline_store_count_spooled (self.store), >, 0);
      g_test_message ("%u beats at kill %u", n_beats - n_before, i);
      mariadb_server_start (store_fixture_get_server ());
      if (i % 2 == 0)
        wait_until_replayed (self.store);
    }
  wait_until_replayed (self.store);
  store_fixture_flush (self.store);
  assert_beats (self.store, run->uid, n_beats);
  wait_for_line (&self, "is kept now");
  case_end (&self);
}

/* The server stops without a word. Whoever writes never notices, and what was flushed is safe. */
static void
test_stopped_server (void)
{
  g_autoptr (FlatlineRun) run = NULL;
  gint64 start_us, longest_us = 0;
  Case self;

  if (!case_begin (&self, "stopped"))
    return;
  case_open (&self);
  run = add_run (self.store);
  add_beats (self.store, run, 0, 100);
  store_fixture_flush (self.store);
  kill (store_fixture_get_server ()->pid, SIGSTOP);
  for (guint i = 100; i < 20000; i += 100)
    {
      start_us = g_get_monotonic_time ();
      add_beats (self.store, run, i, i + 100);
      longest_us = MAX (longest_us, g_get_monotonic_time () - start_us);
    }
  g_test_message ("a hundred beats took %.2f ms at most", longest_us / 1000.0);
  g_assert_true (flatline_store_flush (self.store, 3000));
  g_assert_cmpuint (flatline_store_count_spooled (self.store), >, 0);
  kill (store_fixture_get_server ()->pid, SIGCONT);
  wait_until_replayed (self.store);
  assert_beats (self.store, run->uid, 20000);
  case_end (&self);
}

/* The child of the test below: the server is away; tells its run, and how many beats are safe. */
static void
spool_until_killed (Case *self, int told)
{
  g_autoptr (FlatlineStore) store = flatline_store_open_server (self->address, self->file);
  g_autoptr (FlatlineRun) run = add_run (store);
  guint32 n = 0;

  g_assert_cmpint (write (told, run->uid, 32), ==, 32);
  while (TRUE)
    {
      add_beats (store, run, n, n + 100);
      n += 100;
      store_fixture_flush (store);
      g_assert_cmpint (write (told, &n, sizeof n), ==, sizeof n);
    }
}

/* The supervisor is killed too, while the server is away: the next one gives what it left to the server. */
static void
test_killed_supervisor (void)
{
  g_autoptr (GPtrArray) beats = NULL;
  char uid[33] = "";
  guint32 safe = 0, told = 0;
  int pipe_fds[2];
  pid_t child;
  Case self;

  if (!case_begin (&self, "orphaned"))
    return;
  mariadb_server_stop (store_fixture_get_server (), SIGKILL);
  g_assert_cmpint (pipe (pipe_fds), ==, 0);
  child = fork ();
  if (child == 0)
    {
      close (pipe_fds[0]);
      spool_until_killed (&self, pipe_fds[1]);
      _exit (0);
    }
  close (pipe_fds[1]);
  g_assert_cmpint (read (pipe_fds[0], uid, 32), ==, 32);
  while (safe < 2000)
    g_assert_cmpint (read (pipe_fds[0], &safe, sizeof safe), ==, sizeof safe);
  g_usleep (g_random_int_range (0, 3000));
  kill (child, SIGKILL);
  waitpid (child, NULL, 0);
  while (read (pipe_fds[0], &told, sizeof told) == sizeof told)
    safe = told;
  close (pipe_fds[0]);

  mariadb_server_start (store_fixture_get_server ());
  case_open (&self);
  wait_for_line (&self, "is kept now");
  wait_until_replayed (self.store);
  beats = flatline_store_list_beats (self.store, 0, uid, 0, 0, 0, NULL);
  g_assert_nonnull (beats);
  g_assert_cmpuint (beats->len, >=, safe);
  assert_beats (self.store, uid, beats->len);
  g_clear_object (&self.store);
  {
    g_autofree char *spool = g_build_filename (self.folder, "spool", NULL);
    g_autofree char *left = NULL;

    g_assert_true (g_spawn_sync (NULL, (char *[]){ "find", spool, "-type", "f", NULL }, NULL, G_SPAWN_SEARCH_PATH, NULL,
                                 NULL, &left, NULL, NULL, NULL));
    g_assert_cmpstr (left, ==, "");
  }
  case_end (&self);
}

/* Freezes with everything through the spool. */
static void
test_spooled_freeze (void)
{
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (FlatlineFreeze) freeze = store_fixture_make_freeze ("deadlock", "Größe 😀 ' \xff", 10);
  g_autoptr (FlatlineSnapshot) snapshot = store_fixture_make_snapshot ("x = 1\n");
  g_autoptr (FlatlineSnapshot) loaded = NULL;
  g_autoptr (GPtrArray) freezes = NULL;
  g_autoptr (GError) error = NULL;
  Case self;

  if (!case_begin (&self, "spooled"))
    return;
  mariadb_server_stop (store_fixture_get_server (), SIGKILL);
  case_open (&self);
  run = add_run (self.store);
  flatline_store_add_freeze (self.store, run->uid, freeze, snapshot);
  g_object_set (freeze, "ended-us", freeze->time_us + 5, NULL);
  flatline_store_update_freeze (self.store, freeze);
  g_object_set (run, "ended-us", run->started_us + 7, "end-reason", "exited", NULL);
  flatline_store_end_run (self.store, run);
  store_fixture_flush (self.store);
  g_assert_cmpuint (flatline_store_count_spooled (self.store), ==, 4);
  g_assert_null (flatline_store_list_freezes (self.store, NULL, &error));
  g_assert_error (error, FLATLINE_STORE_ERROR, FLATLINE_STORE_ERROR_AWAY);
  g_clear_error (&error);
  mariadb_server_start (store_fixture_get_server ());
  wait_until_replayed (self.store);
  freezes = flatline_store_list_freezes (self.store, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (freezes->len, ==, 1);
  g_assert_cmpstr (((FlatlineFreeze *)freezes->pdata[0])->summary, ==, "Größe 😀 ' \xef\xbf\xbd");
  g_assert_cmpint (((FlatlineFreeze *)freezes->pdata[0])->ended_us, ==, freeze->ended_us);
  loaded = flatline_store_load_snapshot (self.store, ((FlatlineFreeze *)freezes->pdata[0])->id, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (((FlatlineSourceFile *)flatline_list_peek (loaded->sources, 0))->text, ==, "x = 1\n");
  case_end (&self);
}

/* The server's clock decides, and knows by how much ours is off. */
static void
test_newest_beat_age (void)
{
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (FlatlineBeat) beat = NULL;
  g_autoptr (GError) error = NULL;
  gint64 age_us;
  Case self;

  if (!case_begin (&self, "age"))
    return;
  case_open (&self);
  run = add_run (self.store);
  store_fixture_flush (self.store);
  g_assert_cmpint (flatline_store_read_newest_beat_age_us (self.store, run->uid, &error), ==, -1);
  beat = store_fixture_make_beat (g_get_real_time () - 7 * G_USEC_PER_SEC, "LOAD", NULL);
  flatline_store_add_beat (self.store, run->uid, beat);
  store_fixture_flush (self.store);
  age_us = flatline_store_read_newest_beat_age_us (self.store, run->uid, &error);
  g_assert_no_error (error);
  g_assert_cmpint (age_us, >=, 6900 * 1000);
  g_assert_cmpint (age_us, <, 7 * G_USEC_PER_SEC + PATIENCE_US);
  /* Scripts written against the one table of old read the view. */
  mariadb_server_execute (store_fixture_get_server (),
                          "SELECT IF(COUNT(*) = 1, 1, (SELECT 1 UNION SELECT 2)) INTO @n FROM age.flatline_heartbeat"
                          " WHERE reason = 'LOAD' AND pid = 4711 AND UNIX_TIMESTAMP(created) - ts < 1e-5");
  case_end (&self);
}

/* A disk that is full, then not any more: what was kept back is written. */
static void
test_full_disk (void)
{
  g_autofree char *folder = g_dir_make_tmp ("flatline-full-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "flatline.sqlite", NULL);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (FlatlineStore) store = NULL;
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (GError) error = NULL;
  gint64 deadline_us = g_get_monotonic_time () + PATIENCE_US;

  if (mount ("tmpfs", folder, "tmpfs", 0, "size=1m") != 0)
    {
      g_rmdir (folder);
      g_test_skip ("a small disk can only be mounted by root");
      return;
    }
  store = flatline_store_open_sqlite (file, &error);
  g_assert_no_error (error);
  g_signal_connect (store, "trouble", G_CALLBACK (on_trouble), lines);
  run = add_run (store);
  add_beats (store, run, 0, 40000);
  while (lines->len == 0 && g_get_monotonic_time () < deadline_us)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (5000);
  g_assert_cmpuint (lines->len, ==, 1);
  g_assert_nonnull (strstr (lines->pdata[0], "full"));
  g_assert_false (flatline_store_flush (store, 100));
  g_assert_cmpint (mount ("tmpfs", folder, "tmpfs", MS_REMOUNT, "size=64m"), ==, 0);
  store_fixture_flush (store);
  assert_beats (store, run->uid, 40000);
  g_clear_object (&store);
  umount2 (folder, MNT_DETACH);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/wrong-password", test_wrong_password);
  g_test_add_func ("/server/no-rights", test_no_rights);
  g_test_add_func ("/server/reader", test_reader);
  g_test_add_func ("/server/writer-rights", test_writer_rights);
  g_test_add_func ("/server/newer-schema", test_newer_schema);
  g_test_add_func ("/server/no-database", test_no_database);
  g_test_add_func ("/server/no-tls", test_no_tls);
  g_test_add_func ("/server/dropping-server", test_dropping_server);
  g_test_add_func ("/server/black-hole", test_black_hole);
  g_test_add_func ("/server/ten-at-once", test_ten_at_once);
  g_test_add_func ("/server/newest-beat-age", test_newest_beat_age);
  g_test_add_func ("/server/killed-server", test_killed_server);
  g_test_add_func ("/server/stopped-server", test_stopped_server);
  g_test_add_func ("/server/killed-supervisor", test_killed_supervisor);
  g_test_add_func ("/server/spooled-freeze", test_spooled_freeze);
  g_test_add_func ("/server/full-disk", test_full_disk);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
