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

/* A process that becomes another one when it is told to, and somebody who traces its second thread. */
typedef struct
{
  GSubprocess *process;
  GDataInputStream *output;
  gint64 pid;
  GThread *thread;
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

/* Goes on until the process waits in execve() for the end of its second thread to be noted. */
static void
begin_obstacle (Obstacle *obstacle)
{
  static const char program[] = "import os, threading, time\n"
                                "threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()\n"
                                "print('ready', flush=True)\n"
                                "input()\n"
                                "os.execv('/bin/cat', ['cat'])\n";
  g_autoptr (GError) error = NULL;
  g_autofree char *ready = NULL;

  obstacle->process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDIN_PIPE, &error,
                                        "/usr/bin/python3", "-ISc", program, NULL);
  g_assert_no_error (error);
  obstacle->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (obstacle->process));
  ready = g_data_input_stream_read_line (obstacle->output, NULL, NULL, NULL);
  g_assert_cmpstr (ready, ==, "ready");
  obstacle->pid = g_ascii_strtoll (g_subprocess_get_identifier (obstacle->process), NULL, 10);
  g_mutex_init (&obstacle->lock);
  g_cond_init (&obstacle->changed);
  obstacle->thread = g_thread_new ("obstacle", be_an_obstacle, obstacle);
  g_mutex_lock (&obstacle->lock);
  while (!obstacle->is_there)
    g_cond_wait (&obstacle->changed, &obstacle->lock);
  g_mutex_unlock (&obstacle->lock);
  g_assert_cmpint (obstacle->tid, !=, 0);
  g_output_stream_write_all (g_subprocess_get_stdin_pipe (obstacle->process), "\n", 1, NULL, NULL, &error);
  g_assert_no_error (error);
  wait_for_end_of (obstacle->pid, obstacle->tid);
}

/* Nothing is in the way any more, and it has become what it was to be. */
static void
end_obstacle (Obstacle *obstacle)
{
  static const char line[] = "became another\n";
  g_autoptr (GError) error = NULL;
  g_autofree char *said = NULL;

  g_mutex_lock (&obstacle->lock);
  obstacle->is_over = TRUE;
  g_cond_signal (&obstacle->changed);
  g_mutex_unlock (&obstacle->lock);
  g_thread_join (g_steal_pointer (&obstacle->thread));
  g_output_stream_write_all (g_subprocess_get_stdin_pipe (obstacle->process), line, strlen (line), NULL, NULL, &error);
  g_assert_no_error (error);
  said = g_data_input_stream_read_line (obstacle->output, NULL, NULL, NULL);
  g_assert_cmpstr (said, ==, "became another");
}

static void
clear_obstacle (Obstacle *obstacle)
{
  g_subprocess_force_exit (obstacle->process);
  g_subprocess_wait (obstacle->process, NULL, NULL);
  g_object_unref (obstacle->output);
  g_object_unref (obstacle->process);
  g_mutex_clear (&obstacle->lock);
  g_cond_clear (&obstacle->changed);
}

static void
test_obstacle_of_others (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineStop) stop = NULL;
  Obstacle obstacle = { 0 };

  begin_obstacle (&obstacle);
  stop = flatline_stop_new (obstacle.pid, PAUSE_US);
  g_assert_false (flatline_stop_begin (stop, &error));
  g_assert_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED);
  end_obstacle (&obstacle);
  clear_obstacle (&obstacle);
}

/* --- called back though the time is up --- */

typedef struct
{
  Obstacle obstacle;
  guint n_called_back;
} CalledBack;

static void
take_away (gpointer data)
{
  CalledBack *self = data;

  if (self->n_called_back++ == 0)
    end_obstacle (&self->obstacle);
}

/*
 * The time is long up when it is called back for the first time, as where the thread had no processor meanwhile: that
 * says nothing of the process, which is asked for once more, and then can be had.
 */
static void
test_called_back_late (void)
{
  CalledBack self = { 0 };
  FlatlineSeizing seizing;

  begin_obstacle (&self.obstacle);
  flatline_seizing_begin (&seizing, take_away, &self);
  g_assert_true (seizing.has_timer);
  g_assert_cmpint (flatline_seizing_ask (&seizing, self.obstacle.pid, 0, 0), ==, 0);
  flatline_seizing_end (&seizing);
  g_assert_cmpuint (self.n_called_back, >, 0);
  clear_obstacle (&self.obstacle);
}

int
main (int argc, char **argv)
{
  if (argc == 3 && strcmp (argv[1], "--become") == 0)
    return become_another (argv[2]);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/inspect/seizing/is-no-obstacle", test_is_no_obstacle);
  g_test_add_func ("/inspect/seizing/obstacle-of-others", test_obstacle_of_others);
  g_test_add_func ("/inspect/seizing/called-back-late", test_called_back_late);
  return g_test_run ();
}
