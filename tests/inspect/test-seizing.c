/* SPDX-License-Identifier: MIT */
/*
 * A process that becomes another program waits until its other threads have ended, and that is told to whoever traces
 * them; and nobody can trace it meanwhile. Neither waits for the other here.
 */
#include "flatline-inspector.h"
#include "flatline-seizing.h"
#include "flatline-stop.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_US (60 * G_USEC_PER_SEC)
#define PAUSE_US    (50 * 1000)
#define N_THREADS   50
#define ROUNDS      10000

#define N_CALLED_BACK 1000
#define N_DELAYS      100
#define DELAY_NS      100

static gpointer
wait_for_ever (gpointer unused)
{
  while (TRUE)
    pause ();
  return NULL;
}

/* --become NUMBER: is the same with the next number a moment later, again and again. */
static int
become_another (const char *number)
{
  g_autofree char *next = g_strdup_printf ("%d", atoi (number) + 1);
  char *const arguments[] = { (char *)"test-seizing", (char *)"--become", next, NULL };

  for (guint i = 0; i < N_THREADS; i++)
    g_thread_unref (g_thread_new ("waits", wait_for_ever, NULL));
  execv ("/proc/self/exe", arguments);
  return 1;
}

/* Which of the programs it is by now. */
static int
read_number (gint64 pid)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/cmdline", pid);
  g_autofree char *text = NULL;
  gsize length;
  const char *last;

  if (!g_file_get_contents (file, &text, &length, NULL) || length < 2)
    return -1;
  last = memrchr (text, '\0', length - 1);
  return last ? atoi (last + 1) : -1;
}

static void
test_is_no_obstacle (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "/proc/self/exe", "--become", "1", NULL);
  gint64 pid, deadline_us;
  int number;

  g_assert_no_error (error);
  pid = g_ascii_strtoll (g_subprocess_get_identifier (process), NULL, 10);
  for (guint round = 0; round < ROUNDS; round++)
    {
      g_autoptr (FlatlineStop) stop = flatline_stop_new (pid, PAUSE_US);
      g_autoptr (GError) why_not = NULL;

      if (!flatline_stop_begin (stop, &why_not))
        g_assert_error (why_not, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED);
    }
  number = read_number (pid);
  deadline_us = g_get_monotonic_time () + PATIENCE_US;
  while (read_number (pid) <= number)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      g_usleep (1000);
    }
  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);
}

/* --- somebody else is the obstacle --- */

typedef struct
{
  gint64 pid;
  pid_t tid; /* its second thread; 0: not to be had */
  gboolean is_there, is_over;
  GMutex lock;
  GCond changed;
} Obstacle;

static pid_t
find_second_thread (gint64 pid)
{
  g_autofree char *folder = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task", pid);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    if (g_ascii_strtoll (name, NULL, 10) != pid)
      return atoi (name);
  return 0;
}

/* Takes no note of its end, until it ends itself. */
static gpointer
be_an_obstacle (gpointer data)
{
  Obstacle *obstacle = data;

  obstacle->tid = find_second_thread (obstacle->pid);
  g_mutex_lock (&obstacle->lock);
  if (ptrace (PTRACE_SEIZE, obstacle->tid, NULL, NULL) != 0)
    obstacle->tid = 0;
  obstacle->is_there = TRUE;
  g_cond_signal (&obstacle->changed);
  while (!obstacle->is_over)
    g_cond_wait (&obstacle->changed, &obstacle->lock);
  g_mutex_unlock (&obstacle->lock);
  return NULL;
}

static char
read_state (gint64 pid, pid_t tid)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task/%d/stat", pid, (int)tid);
  g_autofree char *text = NULL;
  const char *end;

  if (!g_file_get_contents (file, &text, NULL, NULL))
    return 0;
  end = strrchr (text, ')');
  return end && end[1] == ' ' ? end[2] : 0;
}

static void
wait_for_end_of (gint64 pid, pid_t tid)
{
  const gint64 deadline_us = g_get_monotonic_time () + PATIENCE_US;

  while (read_state (pid, tid) != 'Z')
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      g_usleep (1000);
    }
}

static void
test_obstacle_of_others (void)
{
  static const char program[] = "import os, threading, time\n"
                                "threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()\n"
                                "print('ready', flush=True)\n"
                                "input()\n"
                                "os.execv('/bin/echo', ['echo', 'became another'])\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDIN_PIPE,
                                                      &error, "/usr/bin/python3", "-ISc", program, NULL);
  g_autoptr (GDataInputStream) output = NULL;
  g_autofree char *ready = NULL;
  g_autofree char *end = NULL;
  Obstacle obstacle = { 0 };
  g_autoptr (FlatlineStop) stop = NULL;
  GThread *thread;

  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  ready = g_data_input_stream_read_line (output, NULL, NULL, NULL);
  g_assert_cmpstr (ready, ==, "ready");
  obstacle.pid = g_ascii_strtoll (g_subprocess_get_identifier (process), NULL, 10);
  g_mutex_init (&obstacle.lock);
  g_cond_init (&obstacle.changed);
  thread = g_thread_new ("obstacle", be_an_obstacle, &obstacle);
  g_mutex_lock (&obstacle.lock);
  while (!obstacle.is_there)
    g_cond_wait (&obstacle.changed, &obstacle.lock);
  g_mutex_unlock (&obstacle.lock);
  g_assert_cmpint (obstacle.tid, !=, 0);

  g_output_stream_write_all (g_subprocess_get_stdin_pipe (process), "\n", 1, NULL, NULL, &error);
  g_assert_no_error (error);
  wait_for_end_of (obstacle.pid, obstacle.tid);
  stop = flatline_stop_new (obstacle.pid, PAUSE_US);
  g_assert_false (flatline_stop_begin (stop, &error));
  g_assert_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED);
  g_clear_error (&error);

  g_mutex_lock (&obstacle.lock);
  obstacle.is_over = TRUE;
  g_cond_signal (&obstacle.changed);
  g_mutex_unlock (&obstacle.lock);
  g_thread_join (thread);
  end = g_data_input_stream_read_line (output, NULL, NULL, NULL);
  g_assert_cmpstr (end, ==, "became another");
  g_assert_true (g_subprocess_wait_check (process, NULL, &error));
  g_assert_no_error (error);
  g_mutex_clear (&obstacle.lock);
  g_cond_clear (&obstacle.changed);
}

/* --- called back though nothing is in the way --- */

static void
take_no_ends (gpointer unused)
{
}

/* The time is long up, as where the thread had no processor meanwhile, and the timer strikes in the very question. */
static void
test_called_back_in_vain (void)
{
  for (guint round = 0; round < N_CALLED_BACK; round++)
    {
      const struct itimerspec once = { { 0, 0 }, { 0, 1 + round % N_DELAYS * DELAY_NS } };
      FlatlineSeizing seizing;
      const pid_t pid = fork ();
      int status;

      if (pid == 0)
        wait_for_ever (NULL);
      g_assert_cmpint (pid, >, 0);
      flatline_seizing_begin (&seizing, take_no_ends, NULL);
      g_assert_true (seizing.has_timer);
      g_assert_cmpint (timer_settime (seizing.timer, 0, &once, NULL), ==, 0);
      g_assert_cmpint (flatline_seizing_ask (&seizing, pid, 0, 0), ==, 0);
      flatline_seizing_end (&seizing);
      g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
      g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
    }
}

int
main (int argc, char **argv)
{
  if (argc == 3 && strcmp (argv[1], "--become") == 0)
    return become_another (argv[2]);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/inspect/seizing/is-no-obstacle", test_is_no_obstacle);
  g_test_add_func ("/inspect/seizing/obstacle-of-others", test_obstacle_of_others);
  g_test_add_func ("/inspect/seizing/called-back-in-vain", test_called_back_in_vain);
  return g_test_run ();
}
