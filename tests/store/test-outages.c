/* SPDX-License-Identifier: MIT */
/* Servers that are slow, away or killed: nothing is lost, nobody waits, one line says what happens. */
#include "server-case.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_US (300 * G_USEC_PER_SEC)

static void
test_dropping_server (void)
{
  g_autoptr (GSocketService) service = NULL;
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (FlatlineStore) direct = NULL;
  g_autoptr (FlatlineServer) address = NULL;
  ServerCase self;

  if (!server_case_begin (&self, "dropping"))
    return;
  address = flatline_server_copy (self.address);
  /* The tables are there: making them takes more than ten commands. */
  direct = flatline_store_open_server (address, self.file);
  g_assert_true (flatline_store_wait_for_server (direct, 60000));
  service = server_case_put_between (&self);
  server_case_open (&self);
  run = store_fixture_add_run (self.store);
  store_fixture_add_beats (self.store, run, 0, 600);
  store_fixture_flush (self.store);
  for (gint64 end_us = g_get_monotonic_time () + PATIENCE_US; flatline_store_count_spooled (self.store) > 0;)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end_us);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (5000);
    }
  store_fixture_flush (self.store);
  store_fixture_assert_beats (direct, run->uid, 600);
  g_socket_service_stop (service);
  server_case_end (&self);
}

/* Accepts nothing and refuses nothing: connecting to it never ends. */
static void
test_black_hole (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (FlatlineRun) run = NULL;
  gint64 start_us, longest_us = 0;
  ServerCase self;

  if (!server_case_begin (&self, "any"))
    return;
  g_clear_pointer (&self.address->socket, g_free);
  self.address->host = g_strdup ("127.0.0.1");
  self.address->port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  start_us = g_get_monotonic_time ();
  server_case_open (&self);
  run = store_fixture_add_run (self.store);
  longest_us = g_get_monotonic_time () - start_us;
  store_fixture_add_beats (self.store, run, 0, 1000);
  g_assert_true (flatline_store_flush (self.store, 2000));
  g_assert_cmpuint (flatline_store_count_spooled (self.store), ==, 1001);
  g_test_message ("opening took %.1f ms", longest_us / 1000.0);
  g_clear_object (&self.store);
  server_case_end (&self);
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
  g_autoptr (FlatlineRun) run = store_fixture_add_run (store);

  store_fixture_add_beats (store, run, 0, 100);
  store_fixture_flush (store);
  store_fixture_wait_until_replayed (store);
  return g_strdup (run->uid);
}

static void
test_ten_at_once (void)
{
  GThread *threads[10];
  Starter starters[10];
  ServerCase self;

  if (!server_case_begin (&self, "ten"))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_autofree char *name = g_strdup_printf ("%u.sqlite", i);

      starters[i] = (Starter){ self.address, g_build_filename (self.folder, name, NULL) };
      threads[i] = g_thread_new ("starter", start_one, &starters[i]);
    }
  server_case_open (&self);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      g_autofree char *uid = g_thread_join (threads[i]);

      g_assert_false (g_file_test (starters[i].file, G_FILE_TEST_EXISTS));
      store_fixture_assert_beats (self.store, uid, 100);
      g_free (starters[i].file);
    }
  server_case_end (&self);
}

/* The server's clock decides, and knows by how much ours is off. */
static void
test_newest_beat_age (void)
{
  g_autoptr (FlatlineRun) run = NULL;
  g_autoptr (FlatlineBeat) beat = NULL;
  g_autoptr (GError) error = NULL;
  gint64 age_us;
  ServerCase self;

  if (!server_case_begin (&self, "age"))
    return;
  server_case_open (&self);
  run = store_fixture_add_run (self.store);
  store_fixture_flush (self.store);
  g_assert_cmpint (flatline_store_read_newest_beat_age_us (self.store, run->uid, 4711, 0, &error), ==, -1);
  beat = store_fixture_make_beat (g_get_real_time () - 7 * G_USEC_PER_SEC, "LOAD", NULL);
  flatline_store_add_beat (self.store, run->uid, beat);
  store_fixture_flush (self.store);
  age_us = flatline_store_read_newest_beat_age_us (self.store, run->uid, 4711, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpint (age_us, >=, 6900 * 1000);
  g_assert_cmpint (age_us, <, 7 * G_USEC_PER_SEC + PATIENCE_US);
  /* Scripts written against the one table of old read the view. */
  mariadb_server_execute (store_fixture_get_server (),
                          "SELECT IF(COUNT(*) = 1, 1, (SELECT 1 UNION SELECT 2)) INTO @n FROM age.flatline_heartbeat"
                          " WHERE reason = 'LOAD' AND pid = 4711 AND UNIX_TIMESTAMP(created) - ts < 1e-5");
  server_case_end (&self);
}

/* The server is killed again and again while beats come in. */
static void
test_killed_server (void)
{
  const guint n_kills = g_getenv ("FLATLINE_TEST_SOAK") ? 200 : 3;
  g_autoptr (FlatlineRun) run = NULL;
  guint n_beats = 0;
  ServerCase self;

  if (!server_case_begin (&self, "killed"))
    return;
  server_case_open (&self);
  run = store_fixture_add_run (self.store);
  for (guint i = 0; i < n_kills; i++)
    {
      const guint n_before = n_beats;
      gint64 kill_us = g_get_monotonic_time () + g_random_int_range (0, 400000);

      for (; g_get_monotonic_time () < kill_us; n_beats += 10)
        {
          store_fixture_add_beats (self.store, run, n_beats, n_beats + 10);
          g_usleep (100);
        }
      mariadb_server_stop (store_fixture_get_server (), SIGKILL);
      store_fixture_add_beats (self.store, run, n_beats, n_beats + 50);
      n_beats += 50;
      store_fixture_flush (self.store);
      g_assert_cmpuint (flatline_store_count_spooled (self.store), >, 0);
      g_test_message ("%u beats at kill %u", n_beats - n_before, i);
      mariadb_server_start (store_fixture_get_server ());
      if (i % 2 == 0)
        store_fixture_wait_until_replayed (self.store);
    }
  store_fixture_wait_until_replayed (self.store);
  store_fixture_flush (self.store);
  store_fixture_assert_beats (self.store, run->uid, n_beats);
  server_case_wait_for_line (&self, "is kept now");
  server_case_end (&self);
}

/* The server stops without a word. Whoever writes never notices, and what was flushed is safe. */
static void
test_stopped_server (void)
{
  g_autoptr (FlatlineRun) run = NULL;
  gint64 start_us, longest_us = 0;
  ServerCase self;

  if (!server_case_begin (&self, "stopped"))
    return;
  server_case_open (&self);
  run = store_fixture_add_run (self.store);
  store_fixture_add_beats (self.store, run, 0, 100);
  store_fixture_flush (self.store);
  kill (store_fixture_get_server ()->pid, SIGSTOP);
  for (guint i = 100; i < 20000; i += 100)
    {
      start_us = g_get_monotonic_time ();
      store_fixture_add_beats (self.store, run, i, i + 100);
      longest_us = MAX (longest_us, g_get_monotonic_time () - start_us);
    }
  g_test_message ("a hundred beats took %.2f ms at most", longest_us / 1000.0);
  g_assert_true (flatline_store_flush (self.store, 3000));
  g_assert_cmpuint (flatline_store_count_spooled (self.store), >, 0);
  kill (store_fixture_get_server ()->pid, SIGCONT);
  store_fixture_wait_until_replayed (self.store);
  store_fixture_assert_beats (self.store, run->uid, 20000);
  server_case_end (&self);
}

/* The child of the test below: the server is away; tells its run, and how many beats are safe. */
static void
spool_until_killed (ServerCase *self, int told)
{
  g_autoptr (FlatlineStore) store = flatline_store_open_server (self->address, self->file);
  g_autoptr (FlatlineRun) run = store_fixture_add_run (store);
  guint32 n = 0;

  g_assert_cmpint (write (told, run->uid, 32), ==, 32);
  while (TRUE)
    {
      store_fixture_add_beats (store, run, n, n + 100);
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
  ServerCase self;

  if (!server_case_begin (&self, "orphaned"))
    return;
  mariadb_server_stop (store_fixture_get_server (), SIGKILL);
  g_assert_cmpint (pipe (pipe_fds), ==, 0);
  child = store_fixture_fork ();
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
  server_case_open (&self);
  server_case_wait_for_line (&self, "is kept now");
  store_fixture_wait_until_replayed (self.store);
  beats = flatline_store_list_beats (self.store, 0, uid, 0, 0, 0, NULL);
  g_assert_nonnull (beats);
  g_assert_cmpuint (beats->len, >=, safe);
  store_fixture_assert_beats (self.store, uid, beats->len);
  g_clear_object (&self.store);
  {
    g_autofree char *spool = g_build_filename (self.folder, "spool", NULL);
    g_autofree char *left = NULL;

    g_assert_true (g_spawn_sync (NULL, (char *[]){ "find", spool, "-type", "f", NULL }, NULL, G_SPAWN_SEARCH_PATH, NULL,
                                 NULL, &left, NULL, NULL, NULL));
    g_assert_cmpstr (left, ==, "");
  }
  server_case_end (&self);
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
  ServerCase self;

  if (!server_case_begin (&self, "spooled"))
    return;
  mariadb_server_stop (store_fixture_get_server (), SIGKILL);
  server_case_open (&self);
  run = store_fixture_add_run (self.store);
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
  store_fixture_wait_until_replayed (self.store);
  freezes = flatline_store_list_freezes (self.store, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (freezes->len, ==, 1);
  g_assert_cmpstr (((FlatlineFreeze *)freezes->pdata[0])->summary, ==, "Größe 😀 ' \xef\xbf\xbd");
  g_assert_cmpint (((FlatlineFreeze *)freezes->pdata[0])->ended_us, ==, freeze->ended_us);
  loaded = flatline_store_load_snapshot (self.store, ((FlatlineFreeze *)freezes->pdata[0])->id, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (((FlatlineSourceFile *)flatline_list_peek (loaded->sources, 0))->text, ==, "x = 1\n");
  server_case_end (&self);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/outages/dropping-server", test_dropping_server);
  g_test_add_func ("/outages/black-hole", test_black_hole);
  g_test_add_func ("/outages/ten-at-once", test_ten_at_once);
  g_test_add_func ("/outages/newest-beat-age", test_newest_beat_age);
  g_test_add_func ("/outages/killed-server", test_killed_server);
  g_test_add_func ("/outages/stopped-server", test_stopped_server);
  g_test_add_func ("/outages/killed-supervisor", test_killed_supervisor);
  g_test_add_func ("/outages/spooled-freeze", test_spooled_freeze);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
