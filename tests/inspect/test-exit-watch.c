/* SPDX-License-Identifier: MIT */
/*
 * A process whose end is watched is paused again and again by somebody else, and dies at any moment, in a pause or
 * between two: its end is told, with its threads. Nobody who dies is kept from it, nobody who lives is kept. Of SIGKILL
 * the kernel tells only the way out, and whoever was just let go of from another stop goes on from that one, too:
 * ptrace has no word for "go on, unless you are dying". So a few of these may be missed, and are then told by nobody
 * else.
 */
#include "flatline-exit-watch.h"
#include "flatline-inspector.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_THREADS      5
#define PAUSE_US       (50 * 1000)
#define ROUNDS         60
#define MAX_LIFE_US    3000
#define ROUNDS_STOPPED 150
#define MAX_STOPPED_US 1500
#define PATIENCE_US    (60 * G_USEC_PER_SEC)

typedef struct
{
  int signal;
  guint n_held;
  guint n_told;
} Told;

static gpointer
go_round (gpointer unused)
{
  while (TRUE)
    g_usleep (100);
  return NULL;
}

static gpointer
come_and_go (gpointer unused)
{
  return NULL;
}

/* --live: does so, with threads that come and go. */
static int
live (void)
{
  signal (SIGSEGV, SIG_DFL); /* a sanitizer would make it a mere exit */
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_unref (g_thread_new ("lives", go_round, NULL));
  if (write (STDOUT_FILENO, ".", 1) != 1)
    return 1;
  while (TRUE)
    g_thread_join (g_thread_new ("comes", come_and_go, NULL));
  return 0;
}

static pid_t
start (void)
{
  int ready[2];
  char byte;
  pid_t pid;

  g_assert_cmpint (pipe (ready), ==, 0);
  pid = fork ();
  if (pid == 0)
    {
      dup2 (ready[1], STDOUT_FILENO);
      execl ("/proc/self/exe", "test-exit-watch", "--live", NULL);
      _exit (127);
    }
  close (ready[1]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  return pid;
}

static gboolean
on_last_moment (FlatlineExitWatch *watch, const FlatlineLastMoment *moment, gpointer user_data)
{
  Told *told = user_data;

  told->signal = moment->signal;
  told->n_held = moment->held->len;
  told->n_told++;
  return FALSE;
}

typedef struct
{
  pid_t pid;
  gint n_pauses; /* atomic */
} Reader;

static gpointer
pause_again_and_again (gpointer user_data)
{
  Reader *reader = user_data;
  gboolean is_there = TRUE;

  while (is_there)
    {
      g_autoptr (FlatlineStop) stop = flatline_stop_new (reader->pid, PAUSE_US);
      g_autoptr (GError) error = NULL;

      is_there = flatline_stop_begin (stop, &error);
      if (is_there && flatline_stop_get_held (stop)->len > N_THREADS)
        g_atomic_int_inc (&reader->n_pauses);
    }
  return NULL;
}

static void
wait_for_pause (Reader *reader)
{
  const gint64 deadline_us = g_get_monotonic_time () + PATIENCE_US;

  while (g_atomic_int_get (&reader->n_pauses) == 0)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      g_usleep (200);
    }
}

static int
wait_for_end (pid_t pid)
{
  const gint64 deadline_us = g_get_monotonic_time () + PATIENCE_US;
  siginfo_t info = { 0 };

  /* As the launcher does: plain waitpid() would take what the tracer waits for. */
  while (waitid (P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | WNOHANG | __WNOTHREAD) != 0 || info.si_pid == 0
         || info.si_code == CLD_TRAPPED)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      info.si_pid = 0;
      g_usleep (200);
    }
  g_assert_cmpint (waitid (P_PID, (id_t)pid, &info, WEXITED | __WNOTHREAD), ==, 0);
  return info.si_status;
}

static void
test_ends_are_told (gconstpointer user_data)
{
  const int number = GPOINTER_TO_INT (user_data);
  guint n_told = 0, n_whole = 0;

  for (guint round = 0; round < ROUNDS; round++)
    {
      Told told = { 0 };
      const pid_t pid = start ();
      FlatlineExitWatch *watch = flatline_exit_watch_new (pid, on_last_moment, &told, NULL);
      Reader reader = { .pid = pid };
      GThread *thread;

      flatline_exit_watch_wait_until_begun (watch);
      thread = g_thread_new ("reads", pause_again_and_again, &reader);
      /* On a busy machine none of them might live until the first pause. */
      if (round == 0)
        wait_for_pause (&reader);
      g_usleep (g_test_rand_int_range (0, MAX_LIFE_US));
      g_assert_cmpint (kill (pid, number), ==, 0);
      g_assert_cmpint (wait_for_end (pid), ==, number);
      g_thread_join (thread);
      flatline_exit_watch_end (watch);
      flatline_exit_watch_unref (watch);
      g_assert_cmpuint (told.n_told, <=, 1);
      g_assert_true (told.n_told == 1 || number == SIGKILL);
      if (told.n_told == 0)
        continue;
      g_assert_cmpint (told.signal, ==, number);
      g_assert_cmpuint (told.n_held, >, 0);
      n_told++;
      n_whole += told.n_held > N_THREADS;
    }
  g_test_message ("%u of %u told, %u with all threads", n_told, ROUNDS, n_whole);
  g_assert_cmpuint (n_told, >, ROUNDS / 2);
  /* Those who are killed end one by one. */
  if (number != SIGKILL)
    g_assert_cmpuint (n_whole, >=, ROUNDS - ROUNDS / 10);
}

/*
 * Whoever kills a tree stops it first: the tracer steps aside, and the blow falls in the middle of that. Its end comes
 * all the same.
 */
static void
test_stopped_before (gconstpointer user_data)
{
  const gboolean is_paused = GPOINTER_TO_INT (user_data);

  for (guint round = 0; round < ROUNDS_STOPPED; round++)
    {
      Told told = { 0 };
      const pid_t pid = start ();
      FlatlineExitWatch *watch = flatline_exit_watch_new (pid, on_last_moment, &told, NULL);
      Reader reader = { .pid = pid };
      GThread *thread = NULL;

      flatline_exit_watch_wait_until_begun (watch);
      if (is_paused)
        thread = g_thread_new ("reads", pause_again_and_again, &reader);
      g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
      g_usleep (g_test_rand_int_range (0, MAX_STOPPED_US));
      g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
      g_assert_cmpint (wait_for_end (pid), ==, SIGKILL);
      if (thread)
        g_thread_join (thread);
      flatline_exit_watch_end (watch);
      flatline_exit_watch_unref (watch);
    }
}

int
main (int argc, char **argv)
{
  if (argc == 2 && strcmp (argv[1], "--live") == 0)
    return live ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/inspect/exit-watch/killed", GINT_TO_POINTER (SIGKILL), test_ends_are_told);
  g_test_add_data_func ("/inspect/exit-watch/fault", GINT_TO_POINTER (SIGSEGV), test_ends_are_told);
  g_test_add_data_func ("/inspect/exit-watch/asked-to-end", GINT_TO_POINTER (SIGTERM), test_ends_are_told);
  g_test_add_data_func ("/inspect/exit-watch/stopped-and-killed", GINT_TO_POINTER (FALSE), test_stopped_before);
  g_test_add_data_func ("/inspect/exit-watch/stopped-paused-and-killed", GINT_TO_POINTER (TRUE), test_stopped_before);
  return g_test_run ();
}
