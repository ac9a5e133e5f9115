/* SPDX-License-Identifier: MIT */
/* Facts of real processes and threads, and signals that find their process or nobody. */
#include "flatline-proc-stat.h"
#include "flatline-process-tree.h"
#include "flatline-process.h"
#include "flatline-python-version.h"
#include "flatline-syscall-names.h"
#include "system-fixture.h"

#include <gio/gio.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOLD "--hold" /* this very program, as another one: see spawn_holder() */

static void
test_stat_line (void)
{
  static const char line[] = "42 (odd) name ( x) S 7 42 41 0 -1 4194560 1 2 3 4 11 22 5 6 20 0 9 0 12345 1000000 77 "
                             "18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 3 0 0 0 0 0 0 0 0 0 0 0 0 256";
  static const char far[] = "7 (x) S 1 7 7 0 -1 0 0 0 0 0 9223372036854775807 9223372036854775807 0 0 20 0 9 0 5 0 "
                            "9223372036854775807 0";
  FlatlineProcStat stat;

  g_assert_true (flatline_proc_stat_parse (line, &stat));
  g_assert_cmpint (stat.pid, ==, 42);
  g_assert_cmpstr (stat.comm, ==, "odd) name ( x");
  g_assert_cmpint (stat.state, ==, 'S');
  g_assert_cmpint (stat.ppid, ==, 7);
  g_assert_cmpint (stat.group, ==, 42);
  g_assert_cmpint (stat.session, ==, 41);
  g_assert_cmpint (stat.cpu_ticks, ==, 33);
  g_assert_cmpint (stat.threads, ==, 9);
  g_assert_cmpint (stat.start_ticks, ==, 12345);
  g_assert_cmpint (stat.rss_pages, ==, 77);
  g_assert_cmpint (stat.exit_code, ==, 256);
  g_assert_true (flatline_proc_stat_parse (far, &stat));
  g_assert_cmpint (flatline_proc_ticks_to_us (stat.cpu_ticks), >, 0);
  g_assert_cmpint (stat.rss_pages, <=, G_MAXINT64 >> 16);
  g_assert_false (flatline_proc_stat_parse ("", &stat));
  g_assert_false (flatline_proc_stat_parse ("1 (", &stat));
  g_assert_false (flatline_proc_stat_parse ("1 )x(", &stat));
  g_assert_false (flatline_proc_stat_parse ("1 (x)", &stat));
  g_assert_false (flatline_proc_stat_parse ("1 (x) S 2 3", &stat));
}

static void
test_own_facts (void)
{
  g_autoptr (FlatlineProgram) program = flatline_process_read_program (getpid ());
  g_autoptr (GArray) threads = flatline_process_list_threads (getpid ());
  g_autofree char *folder = g_get_current_dir ();
  gboolean has_main = FALSE;

  g_assert_cmpint (flatline_process_read_state (getpid ()), ==, 'R');
  g_assert_cmpint (flatline_process_read_start_ticks (getpid ()), >, 0);
  g_assert_cmpint (program->pid, ==, getpid ());
  g_assert_nonnull (strstr (program->argv[0], "test-system-process"));
  g_assert_true (g_str_has_suffix (program->executable, "test-system-process"));
  g_assert_cmpstr (program->cwd, ==, folder);
  g_assert_null (program->python);
  for (guint i = 0; i < threads->len; i++)
    has_main |= g_array_index (threads, gint64, i) == getpid ();
  g_assert_true (has_main);
}

static void
test_gone (void)
{
  GPid pid = fixture_spawn_shell ("exit 0", NULL);
  g_autoptr (FlatlineProgram) program = NULL;
  g_autoptr (FlatlineThread) thread = NULL;
  g_autoptr (GArray) threads = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  g_assert_cmpint (flatline_process_read_state (pid), ==, 0);
  g_assert_cmpint (flatline_process_read_start_ticks (pid), ==, 0);
  program = flatline_process_read_program (pid);
  g_assert_null (program->argv);
  threads = flatline_process_list_threads (pid);
  g_assert_cmpuint (threads->len, ==, 0);
  thread = g_object_new (FLATLINE_TYPE_THREAD, "pid", (gint64)pid, "native-id", (gint64)pid, NULL);
  flatline_thread_read_kernel_facts (thread);
  g_assert_null (thread->state);
  g_assert_false (flatline_process_send_signal (pid, 0, SIGTERM, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_names (void)
{
  g_autofree char *segv = flatline_signal_dup_name (SIGSEGV);
  g_autofree char *odd = flatline_signal_dup_name (199);
  g_autofree char *real_time = flatline_signal_dup_name (SIGRTMIN + 2);

  g_assert_cmpstr (segv, ==, "SIGSEGV");
  g_assert_cmpstr (odd, ==, "signal 199");
  g_assert_cmpstr (real_time, ==, "SIGRTMIN+2");
  g_assert_cmpstr (flatline_syscall_name (SYS_futex), ==, "futex");
  g_assert_cmpstr (flatline_syscall_name (SYS_read), ==, "read");
  g_assert_cmpstr (flatline_syscall_name (SYS_wait4), ==, "wait4");
  g_assert_cmpstr (flatline_syscall_name (SYS_epoll_pwait), ==, "epoll_pwait");
  g_assert_null (flatline_syscall_name (-1));
  g_assert_null (flatline_syscall_name (100000));
  g_assert_cmpstr (flatline_process_state_text ('T'), ==, "stopped");
  g_assert_cmpstr (flatline_process_state_text ('D'), ==, "waiting for disk");
}

static gboolean
reads_from_pipe (gpointer data)
{
  FlatlineThread *thread = data;

  flatline_thread_read_kernel_facts (thread);
  return g_strcmp0 (thread->syscall, "read") == 0;
}

static void
test_blocked_thread (void)
{
  const char *const argv[] = { "cat", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineThread) thread = NULL;
  int input = -1;
  GPid pid;

  g_spawn_async_with_pipes (NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH, NULL, NULL,
                            &pid, &input, NULL, NULL, &error);
  g_assert_no_error (error);
  thread = g_object_new (FLATLINE_TYPE_THREAD, "pid", (gint64)pid, "native-id", (gint64)pid, NULL);
  if (!fixture_wait_until (reads_from_pipe, thread))
    {
      fixture_end (pid);
      if (thread->state && !thread->syscall)
        {
          g_test_skip ("/proc/PID/syscall may not be read here");
          return;
        }
      g_assert_cmpstr (thread->syscall, ==, "read");
    }
  g_assert_cmpuint (g_strv_length (thread->syscall_args), ==, 6);
  g_assert_cmpstr (thread->syscall_args[0], ==, "0x0");
  g_assert_cmpstr (thread->state, ==, "S");
  g_assert_cmpstr (thread->state_text, ==, "sleeping");
  g_assert_cmpstr (thread->name, ==, "cat");
  close (input);
  fixture_end (pid);
}

/* Its line in /proc is all zeros, which is no read of standard input. */
static void
test_kernel_thread (void)
{
  const gint64 pid = 2;
  g_autoptr (FlatlineThread) thread = g_object_new (FLATLINE_TYPE_THREAD, "pid", pid, "native-id", pid, NULL);

  flatline_thread_read_kernel_facts (thread);
  if (g_strcmp0 (thread->name, "kthreadd") != 0)
    {
      g_test_skip ("threads of the kernel are not to be seen here");
      return;
    }
  g_assert_null (thread->syscall);
  g_assert_null (thread->syscall_args);
}

static gboolean
has_used_processor (gpointer data)
{
  FlatlineThread *thread = data;

  flatline_thread_read_kernel_facts (thread);
  return thread->cpu_time_us > 20000;
}

static void
test_busy_and_stopped_thread (void)
{
  GPid pid = fixture_spawn_shell ("while :; do :; done", NULL);
  g_autoptr (FlatlineThread) thread =
      g_object_new (FLATLINE_TYPE_THREAD, "pid", (gint64)pid, "native-id", (gint64)pid, "name", "own", NULL);
  g_autoptr (GError) error = NULL;
  int status;

  g_assert_true (fixture_wait_until (has_used_processor, thread));
  g_assert_cmpstr (thread->state, ==, "R");
  g_assert_null (thread->syscall);
  g_assert_cmpstr (thread->name, ==, "own");
  g_assert_true (flatline_process_send_signal (pid, flatline_process_read_start_ticks (pid), SIGSTOP, &error));
  g_assert_no_error (error);
  g_assert_cmpint (waitpid (pid, &status, WUNTRACED), ==, pid);
  g_assert_cmpint (flatline_process_read_state (pid), ==, 'T');
  flatline_thread_read_kernel_facts (thread);
  g_assert_cmpstr (thread->state_text, ==, "stopped");
  fixture_end (pid);
}

static gboolean
is_in_a_sleep (gpointer data)
{
  FlatlineThread *thread = data;

  flatline_thread_read_kernel_facts (thread);
  return g_strcmp0 (thread->syscall, "clock_nanosleep") == 0;
}

static int
hold_and_wait (pid_t pid)
{
  /* Not before the other lets go. */
  while (ptrace (PTRACE_SEIZE, pid, NULL, NULL) != 0 && errno == EPERM)
    g_usleep (1000);
  ptrace (PTRACE_INTERRUPT, pid, NULL, NULL);
  waitpid (pid, NULL, __WALL);
  pause ();
  return 0;
}

/* This program under @name holds the process @pid. */
static pid_t
spawn_holder (const char *name, pid_t pid)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("flatline-test-XXXXXX", &error);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *number = g_strdup_printf ("%d", (int)pid);
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autoptr (GFile) source = g_file_new_for_path (self);
  g_autoptr (GFile) copy = g_file_new_for_path (path);
  pid_t holder;

  g_assert_true (g_file_copy (source, copy, G_FILE_COPY_NONE, NULL, NULL, NULL, &error));
  holder = fork ();
  if (holder == 0)
    {
      execl (path, path, HOLD, number, NULL);
      _exit (127);
    }
  while (flatline_process_read_state (pid) != 't')
    g_usleep (1000);
  g_assert_cmpint (unlink (path), ==, 0);
  g_assert_cmpint (rmdir (folder), ==, 0);
  return holder;
}

/* Who is held by this process, or another of Flatline's, does what it did before; by another, it is being debugged. */
static void
test_held_thread (void)
{
  GPid pid = fixture_spawn_shell ("exec sleep 600", NULL);
  g_autoptr (FlatlineThread) thread =
      g_object_new (FLATLINE_TYPE_THREAD, "pid", (gint64)pid, "native-id", (gint64)pid, NULL);
  g_autoptr (FlatlineProcess) process = NULL;
  pid_t debugger;

  g_assert_true (fixture_wait_until (is_in_a_sleep, thread));
  g_assert_cmpint (thread->timeout_ms, >, 0);
  g_assert_cmpint (thread->timeout_ms, <=, 600000);
  g_assert_cmpint (ptrace (PTRACE_SEIZE, pid, NULL, NULL), ==, 0);
  g_assert_cmpint (ptrace (PTRACE_INTERRUPT, pid, NULL, NULL), ==, 0);
  g_assert_cmpint (waitpid (pid, NULL, __WALL), ==, pid);
  g_assert_cmpint (flatline_process_read_state (pid), ==, 't');
  flatline_thread_read_kernel_facts (thread);
  g_assert_cmpstr (thread->state, ==, "S");
  g_assert_cmpstr (thread->state_text, ==, "sleeping");
  flatline_thread_read_state (thread);
  g_assert_cmpstr (thread->state, ==, "S");
  process = flatline_process_read_tree (pid);
  g_assert_cmpstr (process->state, ==, "S");
  g_clear_object (&process);

  g_assert_cmpint (ptrace (PTRACE_DETACH, pid, NULL, NULL), ==, 0);
  debugger = spawn_holder ("flatline-other", pid);
  flatline_thread_read_kernel_facts (thread);
  g_assert_cmpstr (thread->state, ==, "S");
  g_assert_cmpint (thread->tracer_pid, ==, 0);
  kill (debugger, SIGKILL);
  waitpid (debugger, NULL, 0);

  debugger = spawn_holder ("debugger", pid);
  flatline_thread_read_kernel_facts (thread);
  g_assert_cmpstr (thread->state_text, ==, "being debugged");
  g_assert_cmpint (thread->tracer_pid, ==, debugger);
  process = flatline_process_read_tree (pid);
  g_assert_cmpstr (process->state_text, ==, "being debugged");
  kill (debugger, SIGKILL);
  waitpid (debugger, NULL, 0);
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
}

static void
test_reused_pid (void)
{
  GPid pid = fixture_spawn_shell ("exec sleep 100", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (flatline_process_send_signal (pid, flatline_process_read_start_ticks (pid) + 1, SIGKILL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpint (waitpid (pid, NULL, WNOHANG), ==, 0);
  fixture_end (pid);
}

static gboolean
is_gone (gpointer data)
{
  char state = flatline_process_read_state (*(gint64 *)data);

  return state == 0 || state == 'Z';
}

static void
test_signal_tree (void)
{
  int output;
  GPid pid = fixture_spawn_shell ("sh -c 'sleep 100 & echo $!; wait' & echo $!; wait", &output);
  gint64 children[2];
  int status;

  for (gsize i = 0; i < G_N_ELEMENTS (children); i++)
    {
      g_autofree char *line = fixture_read_line (output);
      children[i] = g_ascii_strtoll (line, NULL, 10);
      g_assert_cmpint (children[i], >, 1);
    }
  g_assert_cmpuint (flatline_process_send_signal_to_tree (pid, SIGKILL), ==, 3);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpint (WTERMSIG (status), ==, SIGKILL);
  for (gsize i = 0; i < G_N_ELEMENTS (children); i++)
    g_assert_true (fixture_wait_until (is_gone, &children[i]));
  close (output);
  g_assert_cmpuint (flatline_process_send_signal_to_tree (pid, SIGKILL), ==, 0);
}

static void
test_python_version (void)
{
  const char *const argv[] = { "python3", "-c",
                               "import platform, sys; print(platform.python_version(), flush=True); sys.stdin.read()",
                               NULL };
  g_autofree char *found = g_find_program_in_path ("python3");
  g_autofree char *told = NULL;
  g_autofree char *version = NULL;
  g_autoptr (GError) error = NULL;
  int input, output;
  GPid pid;

  if (!found)
    {
      g_test_skip ("no python3 on the path");
      return;
    }
  g_spawn_async_with_pipes (NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH, NULL, NULL,
                            &pid, &input, &output, NULL, &error);
  g_assert_no_error (error);
  told = fixture_read_line (output);
  version = flatline_python_version_read (pid);
  g_assert_cmpstr (version, ==, told);
  close (input);
  close (output);
  fixture_end (pid);
}

int
main (int argc, char **argv)
{
  if (argc == 3 && strcmp (argv[1], HOLD) == 0)
    return hold_and_wait (atoi (argv[2]));
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/system/process/stat-line", test_stat_line);
  g_test_add_func ("/system/process/own-facts", test_own_facts);
  g_test_add_func ("/system/process/gone", test_gone);
  g_test_add_func ("/system/process/names", test_names);
  g_test_add_func ("/system/process/blocked-thread", test_blocked_thread);
  g_test_add_func ("/system/process/kernel-thread", test_kernel_thread);
  g_test_add_func ("/system/process/busy-and-stopped-thread", test_busy_and_stopped_thread);
  g_test_add_func ("/system/process/held-thread", test_held_thread);
  g_test_add_func ("/system/process/reused-pid", test_reused_pid);
  g_test_add_func ("/system/process/signal-tree", test_signal_tree);
  g_test_add_func ("/system/process/python-version", test_python_version);
  return g_test_run ();
}
