/* SPDX-License-Identifier: MIT */
/* Holding a real process still: all of it, not for longer than allowed whatever the reader does, and without a trace.
 */
#include "flatline-inspector.h"
#include "flatline-stop.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_US (60 * G_USEC_PER_SEC)
#define LONG_US     (60 * G_USEC_PER_SEC)
#define SHORT_US    (20 * 1000)
#define N_THREADS   5

static const char program[] =
    "import os, signal, threading, time\n"
    "signal.signal(signal.SIGUSR1, lambda *unused: os.write(1, b'signal\\n'))\n"
    "def stir():\n"
    "  while True: time.sleep(0.001)\n"
    "for _ in range(3): threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()\n"
    "threading.Thread(target=stir, daemon=True).start()\n"
    "print('ready', flush=True)\n"
    "while True: time.sleep(0.001)\n";

/* Its main thread stops for nobody until what it has started could open a FIFO. */
static const char late_program[] =
    "import os, sys, threading, time\n"
    "threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()\n"
    "print('ready', flush=True)\n"
    "os.posix_spawn('/bin/true', ['true'], {}, file_actions=[(os.POSIX_SPAWN_OPEN, 3, sys.argv[1], os.O_RDONLY, 0)])\n"
    "print('back', flush=True)\n"
    "time.sleep(3600)\n";

/* Waits in calls that a stop makes fail with EINTR, until SIGUSR1; tells what each has returned. */
static const char patient_program[] =
    "import ctypes, os, select, signal, struct, threading, time\n"
    "class Operation(ctypes.Structure):\n"
    "  _fields_ = [('number', ctypes.c_ushort), ('change', ctypes.c_short), ('flags', ctypes.c_short)]\n"
    "c, results, threads = ctypes.CDLL(None), {}, {}\n"
    "semaphores, poll, pipe = c.semget(0, 1, 0o1600), select.epoll(), os.pipe()\n"
    "poll.register(pipe[0], select.EPOLLIN)\n"
    "wanted = ctypes.create_string_buffer(struct.pack('QIIHhIQQqQII', 0, 0, 0, 5, 0, pipe[0], 1, 0, 0, 0, 0, 0))\n"
    "context, events = ctypes.c_ulong(), ctypes.create_string_buffer(99)\n"
    "c.syscall(206, 1, ctypes.byref(context))\n"
    "c.syscall(209, context, 1, ctypes.byref(ctypes.c_void_p(ctypes.addressof(wanted))))\n"
    "change = lambda by: c.semop(semaphores, ctypes.byref(Operation(0, by, 0)), 1)\n"
    "waits = {'semaphore': lambda: change(-1),\n"
    "         'epoll': lambda: c.epoll_wait(poll.fileno(), ctypes.create_string_buffer(99), 1, -1),\n"
    "         'events': lambda: c.syscall(208, context, 1, 1, events, None),\n"
    "         'signal': lambda: c.sigwaitinfo((ctypes.c_ulong * 16)(1 << signal.SIGUSR2 - 1), None)}\n"
    "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGUSR2])\n"
    "for name, wait in waits.items():\n"
    "  threads[name] = threading.Thread(target=lambda n, w: results.update({n: w()}), args=(name, wait))\n"
    "  threads[name].start()\n"
    "call = lambda thread: open(f'/proc/self/task/{thread.native_id}/syscall').read().split()[0]\n"
    "while {call(thread) for thread in threads.values()} - {'65', '220'} != {'232', '208', '128'}:\n"
    "  time.sleep(0.001)\n"
    "print('ready', flush=True)\n"
    "signal.sigwait([signal.SIGUSR1])\n"
    "change(1)\n"
    "os.write(pipe[1], b'x')\n"
    "if threads['signal'].is_alive(): signal.pthread_kill(threads['signal'].ident, signal.SIGUSR2)\n"
    "for thread in threads.values(): thread.join()\n"
    "c.semctl(semaphores, 0, 0)\n"
    "print(sorted(results.items()), flush=True)\n";

static gint threads_are_used_up;

/* As the C library's, but for a machine on which too many threads run. */
int
pthread_create (pthread_t *thread, const pthread_attr_t *attributes, void *(*function) (void *), void *data)
{
  int (*create) (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = dlsym (RTLD_NEXT, "pthread_create");

  return g_atomic_int_get (&threads_are_used_up) ? EAGAIN : create (thread, attributes, function, data);
}

typedef struct
{
  GSubprocess *process;
  GDataInputStream *output;
  gint64 pid;
} Fixture;

static char *
read_line (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  char *line = g_data_input_stream_read_line (fixture->output, NULL, NULL, &error);

  g_assert_no_error (error);
  return line;
}

static void
start (Fixture *fixture, const char *source, const char *argument)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;

  fixture->process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "/usr/bin/python3", "-ISc", source, argument, NULL);
  g_assert_no_error (error);
  fixture->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (fixture->process));
  fixture->pid = g_ascii_strtoll (g_subprocess_get_identifier (fixture->process), NULL, 10);
  line = read_line (fixture);
  g_assert_cmpstr (line, ==, "ready");
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  start (fixture, program, NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_subprocess_force_exit (fixture->process);
  g_subprocess_wait (fixture->process, NULL, NULL);
  g_object_unref (fixture->output);
  g_object_unref (fixture->process);
}

/* How many threads of @pid are held by a debugger. */
static guint
count_held (gint64 pid)
{
  g_autofree char *folder = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task", pid);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *tid;
  guint n = 0;

  while (dir && (tid = g_dir_read_name (dir)))
    {
      g_autofree char *file = g_build_filename (folder, tid, "stat", NULL);
      g_autofree char *text = NULL;
      const char *end;

      if (!g_file_get_contents (file, &text, NULL, NULL))
        continue;
      end = strrchr (text, ')');
      n += end && end[1] == ' ' && end[2] == 't';
    }
  return n;
}

static void
wait_until_none_is_held (gint64 pid)
{
  const gint64 deadline_us = g_get_monotonic_time () + PATIENCE_US;

  while (count_held (pid) > 0)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      g_usleep (1000);
    }
}

static void
begin (FlatlineStop *stop)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (flatline_stop_begin (stop, &error));
  g_assert_no_error (error);
}

static void
set_up_patient (Fixture *fixture, gconstpointer unused)
{
#if defined(__x86_64__)
  start (fixture, patient_program, NULL);
#endif
}

static void
tear_down_patient (Fixture *fixture, gconstpointer unused)
{
  if (fixture->process)
    tear_down (fixture, unused);
}

/* A call that the kernel does not begin again by itself goes on, too; what ends it still does. */
static void
test_calls_go_on (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *line = NULL;

  if (!fixture->process)
    {
      g_test_skip ("not on this machine");
      return;
    }
  for (guint round = 0; round < 5; round++)
    {
      g_autoptr (FlatlineStop) stop = flatline_stop_new (fixture->pid, LONG_US);

      begin (stop);
      flatline_stop_end (stop);
      wait_until_none_is_held (fixture->pid);
    }
  kill ((pid_t)fixture->pid, SIGUSR1);
  line = read_line (fixture);
  g_assert_cmpstr (line, ==, "[('epoll', 1), ('events', 1), ('semaphore', 0), ('signal', 12)]");
}

static void
test_holds_all (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (FlatlineStop) stop = flatline_stop_new (fixture->pid, LONG_US);

  for (guint round = 0; round < 5; round++)
    {
      begin (stop);
      /* One that waits for the disk just then is left out, and counted. */
      g_assert_cmpuint (flatline_stop_get_held (stop)->len + flatline_stop_get_n_running (stop), ==, N_THREADS);
      g_assert_cmpuint (count_held (fixture->pid), >=, flatline_stop_get_held (stop)->len);
      g_assert_true (flatline_stop_end (stop));
      g_assert_cmpuint (count_held (fixture->pid), ==, 0);
    }
  g_assert_false (flatline_stop_was_cut_short (stop));
  g_assert_cmpint (flatline_stop_get_held_us (stop), >, 0);
}

/* Those that sleep are left asleep; of one that stirs it is found out sooner or later. */
static void
test_spares_sleepers (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (FlatlineStop) stop = flatline_stop_new (fixture->pid, LONG_US);
  g_autoptr (FlatlineSleepers) sleepers = flatline_sleepers_new (fixture->pid);
  const gint64 deadline_us = g_get_monotonic_time () + PATIENCE_US;
  guint n_held;

  flatline_sleepers_look (sleepers);
  g_assert_cmpuint (flatline_sleepers_get_n_threads (sleepers), ==, N_THREADS);
  g_assert_false (flatline_sleepers_contains (sleepers, (pid_t)fixture->pid));
  /* One that has not yet come to its sleep, or that stirred just then, is held like the main thread. */
  do
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      flatline_sleepers_look (sleepers);
      flatline_stop_spare (stop, sleepers);
      begin (stop);
      n_held = flatline_stop_get_held (stop)->len;
      g_assert_cmpuint (n_held, >=, 1);
      flatline_stop_end (stop);
    }
  while (n_held > 2);
  do
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      /* At once: on a busy machine it stirs between any two rounds, and would never be taken for a sleeper. */
      flatline_sleepers_look (sleepers);
      flatline_sleepers_look (sleepers);
      g_usleep (1000);
    }
  while (flatline_sleepers_have_slept (sleepers));
  /* All others still do. */
  g_assert_true (flatline_sleepers_have_slept (sleepers));
}

/* A reader that hangs never says that it is done. */
static void
test_lets_go_by_itself (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (FlatlineStop) stop = flatline_stop_new (fixture->pid, SHORT_US);
  g_autoptr (GError) error = NULL;

  begin (stop);
  wait_until_none_is_held (fixture->pid);
  g_assert_false (flatline_stop_end (stop));
  g_assert_true (flatline_stop_was_cut_short (stop));
  /* The limit is for all pauses together. */
  g_assert_false (flatline_stop_begin (stop, &error));
  g_assert_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_FAILED);
  g_assert_cmpuint (count_held (fixture->pid), ==, 0);
}

/* What happens to it meanwhile reaches it, and its parent: us. */
static void
test_signal_arrives (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (FlatlineStop) stop = flatline_stop_new (fixture->pid, LONG_US);
  g_autofree char *line = NULL;

  begin (stop);
  g_subprocess_send_signal (fixture->process, SIGUSR1);
  flatline_stop_end (stop);
  line = read_line (fixture);
  g_assert_cmpstr (line, ==, "signal");
}

static void
test_end_is_the_parents (Fixture *fixture, gconstpointer unused)
{
  for (guint round = 0; round < 20; round++)
    {
      g_autoptr (GError) error = NULL;
      FlatlineStop *stop = flatline_stop_new (fixture->pid, LONG_US);

      begin (stop);
      g_subprocess_force_exit (fixture->process);
      flatline_stop_free (stop);
      g_assert_true (g_subprocess_wait (fixture->process, NULL, &error));
      g_assert_no_error (error);
      g_assert_true (g_subprocess_get_if_signaled (fixture->process));
      g_assert_cmpint (g_subprocess_get_term_sig (fixture->process), ==, SIGKILL);
      tear_down (fixture, NULL);
      set_up (fixture, NULL);
    }
}

static void
test_gone (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (FlatlineStop) stop = flatline_stop_new (fixture->pid, LONG_US);
  g_autoptr (GError) error = NULL;

  g_subprocess_force_exit (fixture->process);
  g_subprocess_wait (fixture->process, NULL, NULL);
  g_assert_false (flatline_stop_begin (stop, &error));
  g_assert_error (error, FLATLINE_INSPECT_ERROR, FLATLINE_INSPECT_ERROR_NO_PROCESS);
}

/*
 * --hold PID: a reader for whom a pause takes for ever. It says when it holds, and, once the target runs again, whether
 * it was cut short.
 */
static int
hold_for_the_test (gint64 pid)
{
  FlatlineStop *stop = flatline_stop_new (pid, SHORT_US * 10);

  /* A job of its own: one that no shell looks after is not stopped from the terminal. */
  setpgid (0, 0);
  begin (stop);
  g_print ("holds\n");
  while (getppid () != 1)
    {
      g_usleep (1000);
      if (count_held (pid) > 0)
        continue;
      flatline_stop_end (stop);
      g_print (flatline_stop_was_cut_short (stop) ? "cut short\n" : "not cut short\n");
      break;
    }
  flatline_stop_free (stop);
  return 0;
}

static char
read_state (const char *pid)
{
  g_autofree char *file = g_build_filename ("/proc", pid, "stat", NULL);
  g_autofree char *text = NULL;
  const char *end;

  if (!g_file_get_contents (file, &text, NULL, NULL))
    return 0;
  end = strrchr (text, ')');
  return end && end[1] == ' ' ? end[2] : 0;
}

static void
wait_for_state (const char *pid, char state)
{
  const gint64 deadline_us = g_get_monotonic_time () + PATIENCE_US;

  while (read_state (pid) != state)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      g_usleep (1000);
    }
}

/* Who stops the reader stops what would let go, too. It is to stay stopped, all the same, until it is told to go on. */
static void
test_reader_is_stopped (Fixture *fixture, gconstpointer signum)
{
  for (guint round = 0; round < 5; round++)
    {
      g_autofree char *pid = g_strdup_printf ("%" G_GINT64_FORMAT, fixture->pid);
      g_autoptr (GError) error = NULL;
      g_autoptr (GSubprocess) reader =
          g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "/proc/self/exe", "--hold", pid, NULL);
      g_autoptr (GDataInputStream) output = NULL;
      g_autofree char *holds = NULL;
      g_autofree char *end = NULL;
      const char *reader_pid;

      g_assert_no_error (error);
      output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (reader));
      reader_pid = g_subprocess_get_identifier (reader);
      holds = g_data_input_stream_read_line (output, NULL, NULL, NULL);
      g_assert_cmpstr (holds, ==, "holds");
      g_subprocess_send_signal (reader, GPOINTER_TO_INT (signum));
      wait_until_none_is_held (fixture->pid);
      wait_for_state (reader_pid, 'T');
      g_subprocess_send_signal (reader, SIGCONT);
      end = g_data_input_stream_read_line (output, NULL, NULL, NULL);
      g_assert_cmpstr (end, ==, "cut short");
      g_assert_true (g_subprocess_wait_check (reader, NULL, &error));
      g_assert_no_error (error);
    }
}

/* A thread that comes to its stop only after all were let go is not kept by a reader that is stopped again. */
static void
test_late_thread (void)
{
  g_autofree char *folder = g_dir_make_tmp ("flatline-stop-XXXXXX", NULL);
  g_autofree char *fifo = g_build_filename (folder, "fifo", NULL);
  g_autofree char *holds = NULL;
  g_autofree char *back = NULL;
  g_autoptr (GSubprocess) reader = NULL;
  g_autoptr (GDataInputStream) output = NULL;
  g_autoptr (GError) error = NULL;
  const char *pid;
  Fixture fixture;
  int end;

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  start (&fixture, late_program, fifo);
  pid = g_subprocess_get_identifier (fixture.process);
  wait_for_state (pid, 'D');
  reader = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "/proc/self/exe", "--hold", pid, NULL);
  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (reader));
  holds = g_data_input_stream_read_line (output, NULL, NULL, NULL);
  g_assert_cmpstr (holds, ==, "holds");
  g_assert_cmpuint (count_held (fixture.pid), ==, 1);
  g_subprocess_send_signal (reader, SIGSTOP);
  wait_until_none_is_held (fixture.pid);
  wait_for_state (g_subprocess_get_identifier (reader), 'T');
  end = open (fifo, O_WRONLY | O_CLOEXEC);
  g_assert_cmpint (end, >=, 0);
  wait_for_state (pid, 'S');
  back = read_line (&fixture);
  g_assert_cmpstr (back, ==, "back");
  close (end);
  g_subprocess_force_exit (reader);
  tear_down (&fixture, NULL);
  unlink (fifo);
  rmdir (folder);
}

/* No thread can be had that would hold it: that is said, and the next stop holds as ever. */
static void
test_no_thread (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (FlatlineStop) stop = flatline_stop_new (fixture->pid, LONG_US);
  g_autoptr (GError) error = NULL;

  g_atomic_int_set (&threads_are_used_up, TRUE);
  flatline_stop_prepare (stop);
  g_assert_false (flatline_stop_begin (stop, &error));
  g_atomic_int_set (&threads_are_used_up, FALSE);
  g_assert_nonnull (strstr (error->message, "no thread could be started"));
  begin (stop);
  g_assert_true (flatline_stop_end (stop));
}

#define ADD(name, function) g_test_add ("/inspect/stop/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  if (argc == 3 && strcmp (argv[1], "--hold") == 0)
    return hold_for_the_test (g_ascii_strtoll (argv[2], NULL, 10));
  g_test_init (&argc, &argv, NULL);
  ADD ("holds-all", test_holds_all);
  ADD ("spares-sleepers", test_spares_sleepers);
  ADD ("lets-go-by-itself", test_lets_go_by_itself);
  ADD ("signal-arrives", test_signal_arrives);
  ADD ("end-is-the-parents", test_end_is_the_parents);
  ADD ("gone", test_gone);
  ADD ("no-thread", test_no_thread);
  g_test_add ("/inspect/stop/reader-is-stopped", Fixture, GINT_TO_POINTER (SIGSTOP), set_up, test_reader_is_stopped,
              tear_down);
  g_test_add ("/inspect/stop/reader-goes-to-the-background", Fixture, GINT_TO_POINTER (SIGTSTP), set_up,
              test_reader_is_stopped, tear_down);
  g_test_add_func ("/inspect/stop/late-thread", test_late_thread);
  g_test_add ("/inspect/stop/calls-go-on", Fixture, NULL, set_up_patient, test_calls_go_on, tear_down_patient);
  return g_test_run ();
}
