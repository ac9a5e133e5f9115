/* SPDX-License-Identifier: MIT */
/*
 * kill -9 at random moments while beats come in: of the supervisor, of the server, of both. Every beat that was said to
 * be safe is there afterwards, once and in order. Three rounds each; two hundred with ./test --soak.
 */
#include "server-case.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

typedef enum
{
  KILL_SUPERVISOR,
  KILL_SERVER,
  KILL_BOTH,
} Victim;

/* The supervisor, a child: tells its run, then again and again how many beats are safe. */
static void
beat_until_killed (ServerCase *self, int told)
{
  g_autoptr (FlatlineStore) store = flatline_store_open_server (self->address, self->file);
  g_autoptr (FlatlineRun) run = store_fixture_add_run (store);
  guint32 n = 0;

  g_assert_cmpint (write (told, run->uid, 32), ==, 32);
  while (TRUE)
    {
      const guint more = g_random_int_range (1, 200);

      store_fixture_add_beats (store, run, n, n + more);
      n += more;
      store_fixture_flush (store);
      g_assert_cmpint (write (told, &n, sizeof n), ==, sizeof n);
      g_usleep (1000);
    }
}

static guint32
wait_until_safe (int told, guint32 wanted)
{
  guint32 safe = 0;

  while (safe < wanted)
    g_assert_cmpint (read (told, &safe, sizeof safe), ==, sizeof safe);
  return safe;
}

static void
pause_a_little (void)
{
  g_usleep (g_random_int_range (0, 50000));
}

/* Ends with both dead. How many beats are safe. */
static guint32
kill_victims (Victim victim, pid_t child, int told)
{
  MariadbServer *server = store_fixture_get_server ();
  guint32 safe = wait_until_safe (told, 1), last;

  pause_a_little ();
  if (victim != KILL_SUPERVISOR)
    mariadb_server_stop (server, SIGKILL);
  if (victim == KILL_SERVER)
    {
      /* It goes on without the server, and after its return. */
      safe = wait_until_safe (told, safe + 1000);
      mariadb_server_start (server);
      safe = wait_until_safe (told, safe + 1000);
    }
  pause_a_little ();
  kill (child, SIGKILL);
  waitpid (child, NULL, 0);
  while (read (told, &last, sizeof last) == sizeof last)
    safe = last;
  if (victim == KILL_BOTH)
    mariadb_server_start (server);
  return safe;
}

static void
run_round (ServerCase *self, Victim victim)
{
  g_autoptr (GPtrArray) beats = NULL;
  char uid[33] = "";
  int pipe_fds[2];
  guint32 safe;
  pid_t child;

  g_assert_cmpint (pipe (pipe_fds), ==, 0);
  child = store_fixture_fork ();
  if (child == 0)
    {
      close (pipe_fds[0]);
      beat_until_killed (self, pipe_fds[1]);
      _exit (0);
    }
  close (pipe_fds[1]);
  g_assert_cmpint (read (pipe_fds[0], uid, 32), ==, 32);
  safe = kill_victims (victim, child, pipe_fds[0]);
  close (pipe_fds[0]);

  server_case_open (self);
  g_assert_true (flatline_store_wait_for_server (self->store, 60000));
  store_fixture_wait_until_replayed (self->store);
  beats = store_fixture_list_beats (self->store, uid, 0, 0, 0);
  g_test_message ("%u beats were safe, %u are there", safe, beats->len);
  g_assert_cmpuint (beats->len, >=, safe);
  store_fixture_assert_beats (self->store, uid, beats->len);
  /* No thread of ours may be alive over the next fork(). */
  g_clear_object (&self->store);
}

static void
test_kills (gconstpointer data)
{
  const guint n_rounds = g_getenv ("FLATLINE_TEST_SOAK") ? 200 : 3;
  ServerCase self;

  if (!server_case_begin (&self, "kills"))
    return;
  for (guint i = 0; i < n_rounds; i++)
    run_round (&self, GPOINTER_TO_INT (data));
  server_case_end (&self);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/kills/supervisor", GINT_TO_POINTER (KILL_SUPERVISOR), test_kills);
  g_test_add_data_func ("/kills/server", GINT_TO_POINTER (KILL_SERVER), test_kills);
  g_test_add_data_func ("/kills/both", GINT_TO_POINTER (KILL_BOTH), test_kills);
  status = g_test_run ();
  store_fixture_stop_server ();
  return status;
}
