/* SPDX-License-Identifier: MIT */
/* Real children: terminals and pipes, exact ends, orphans, and what happens when the supervisor dies. */
#include "flatline-launcher.h"
#include "flatline-orphan-reaper.h"
#include "flatline-output.h"
#include "flatline-session.h"
#include "wait-for.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  FlatlineLauncher *launcher;
  FlatlineOutput *outputs[2];
  FlatlineInput *input;
  GString *texts[2];
  gboolean ended;
  int status;
  int signum;
} Child;

static void
on_ended (FlatlineLauncher *launcher, int status, int signum, Child *child)
{
  g_assert_false (child->ended);
  child->ended = TRUE;
  child->status = status;
  child->signum = signum;
}

static void
on_data (FlatlineOutput *output, GBytes *data, Child *child)
{
  gsize length;
  const char *bytes = g_bytes_get_data (data, &length);

  g_string_append_len (child->texts[output == child->outputs[1]], bytes, length);
}

static void
child_start_with (Child *child, const char *script, FlatlineStreamSet piped, gboolean kill_with_supervisor)
{
  const char *const argv[] = { "/bin/sh", "-c", script, NULL };
  g_auto (GStrv) environment = g_get_environ ();
  g_autoptr (GError) error = NULL;
  g_autoptr (FlatlineCommand) command = flatline_command_resolve (argv, NULL, NULL, environment, &error);

  g_assert_no_error (error);
  *child = (Child){ .launcher = flatline_launcher_new () };
  g_signal_connect (child->launcher, "ended", G_CALLBACK (on_ended), child);
  flatline_launcher_start (child->launcher, command, "/", environment, piped, NULL, kill_with_supervisor, &error);
  g_assert_no_error (error);
  child->outputs[0] = flatline_output_new (flatline_launcher_take_output (child->launcher));
  child->outputs[1] = flatline_output_new (flatline_launcher_take_error (child->launcher));
  child->input = flatline_input_new (flatline_launcher_take_input (child->launcher));
  for (int i = 0; i < 2; i++)
    {
      child->texts[i] = g_string_new (NULL);
      g_signal_connect (child->outputs[i], "data", G_CALLBACK (on_data), child);
    }
}

static void
child_start (Child *child, const char *script, gboolean pipes, gboolean kill_with_supervisor)
{
  child_start_with (child, script, pipes ? FLATLINE_STREAM_ALL : FLATLINE_STREAM_NONE, kill_with_supervisor);
}

static void
child_wait (Child *child)
{
  WAIT_FOR (child->ended && flatline_output_is_closed (child->outputs[0])
            && flatline_output_is_closed (child->outputs[1]));
}

static void
child_clear (Child *child)
{
  flatline_launcher_release_terminal (child->launcher, TRUE);
  for (int i = 0; i < 2; i++)
    {
      g_object_unref (child->outputs[i]);
      g_string_free (child->texts[i], TRUE);
    }
  g_object_unref (child->input);
  g_object_unref (child->launcher);
}

static guint
count_children (void)
{
  g_autofree char *text = NULL;
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/children", getpid ());
  g_auto (GStrv) words = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  words = g_strsplit (g_strstrip (text), " ", -1);
  return words[0] && *words[0] ? g_strv_length (words) : 0;
}

static guint
count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

static gboolean
collect_all (void)
{
  flatline_orphan_reaper_collect ();
  return count_children () == 0;
}

static void
test_streams (gconstpointer pipes)
{
  Child child;

  child_start (&child, "[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo terminal; echo out; echo err >&2; pwd",
               GPOINTER_TO_INT (pipes), FALSE);
  child_wait (&child);
  g_assert_cmpint (child.status, ==, 0);
  g_assert_cmpstr (child.texts[0]->str, ==, GPOINTER_TO_INT (pipes) ? "out\n/\n" : "terminal\nout\nerr\n/\n");
  g_assert_cmpstr (child.texts[1]->str, ==, GPOINTER_TO_INT (pipes) ? "err\n" : "");
  child_clear (&child);
}

/* Any stream may be a pipe alone; what is typed is seen where the other one still is a terminal. */
static void
test_mixed_streams (void)
{
  static const char script[] = "for i in 0 1 2; do [ -t $i ] && s=$s$i; done; read -r line; echo \"$s $line\"; "
                               "echo typed </dev/tty >/dev/tty && echo has one";
  static const struct
  {
    FlatlineStreamSet piped;
    const char *terminals;
  } cases[] = { { FLATLINE_STREAM_INPUT, "12" },
                { FLATLINE_STREAM_OUTPUT, "02" },
                { FLATLINE_STREAM_ERROR, "01" },
                { FLATLINE_STREAM_INPUT | FLATLINE_STREAM_OUTPUT, "2" },
                { FLATLINE_STREAM_INPUT | FLATLINE_STREAM_ERROR, "1" } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const gboolean is_piped = cases[i].piped & FLATLINE_STREAM_OUTPUT;
      g_autofree char *said = g_strdup_printf ("%s hello\n", cases[i].terminals);
      Child child;

      child_start_with (&child, script, cases[i].piped, FALSE);
      g_assert_true (flatline_input_write (child.input, "hello\n", 6));
      child_wait (&child);
      g_assert_nonnull (strstr (child.texts[0]->str, said));
      g_assert_nonnull (strstr (child.texts[0]->str, "has one\n"));
      g_assert_nonnull (strstr (child.texts[is_piped ? 1 : 0]->str, "typed\n"));
      child_clear (&child);
    }
  g_assert_cmpint (flatline_streams_settle (FLATLINE_STREAM_OUTPUT | FLATLINE_STREAM_ERROR), ==, FLATLINE_STREAM_ALL);
}

static void
test_input (gconstpointer pipes)
{
  Child child;

  child_start (&child, "read -r line; echo \"<$line>\"", GPOINTER_TO_INT (pipes), FALSE);
  g_assert_true (flatline_input_write (child.input, "hello\n", 6));
  child_wait (&child);
  g_assert_nonnull (strstr (child.texts[0]->str, "<hello>\n"));
  child_clear (&child);
}

static void
test_exact_ends (void)
{
  static const int signals[] = { SIGTERM, SIGKILL, SIGSEGV, SIGHUP, SIGUSR1, SIGPIPE };

  for (int status = 0; status < 256; status += 51)
    {
      g_autofree char *script = g_strdup_printf ("exit %d", status);
      Child child;

      child_start (&child, script, FALSE, FALSE);
      child_wait (&child);
      g_assert_cmpint (child.status, ==, status);
      g_assert_cmpint (child.signum, ==, 0);
      child_clear (&child);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      g_autofree char *script = g_strdup_printf ("kill -%d $$", signals[i]);
      Child child;

      child_start (&child, script, i % 2, FALSE);
      child_wait (&child);
      g_assert_cmpint (child.status, ==, -1);
      g_assert_cmpint (child.signum, ==, signals[i]);
      child_clear (&child);
    }
}

static void
test_interrupt_key (void)
{
  Child child;

  child_start (&child, "echo ready; exec sleep 60", FALSE, FALSE);
  WAIT_FOR (strstr (child.texts[0]->str, "ready"));
  g_assert_true (flatline_input_write (child.input, "\003", 1));
  child_wait (&child);
  g_assert_cmpint (child.signum, ==, SIGINT);
  child_clear (&child);
}

static void
test_descriptors (void)
{
  Child child;

  child_start (&child, "ls /proc/self/fd | tr '\\n' ' '", FALSE, FALSE);
  child_wait (&child);
  /* 3 is ls reading the folder. */
  g_assert_cmpstr (child.texts[0]->str, ==, "0 1 2 3 ");
  child_clear (&child);
}

static void
test_group_signal (void)
{
  Child child;

  child_start (&child, "sleep 60 & echo $!; wait", FALSE, FALSE);
  WAIT_FOR (strchr (child.texts[0]->str, '\n'));
  g_assert_true (flatline_launcher_send_signal_to_group (child.launcher, SIGTERM));
  child_wait (&child);
  g_assert_cmpint (child.signum, ==, SIGTERM);
  g_assert_false (flatline_launcher_send_signal (child.launcher, SIGTERM));
  child_clear (&child);
}

static void
test_orphans_live_and_are_collected (void)
{
  Child child;
  pid_t orphan;

  /* Neither a SIGHUP when the program ends, nor a zombie when the orphan does. */
  child_start (&child, "sleep 60 & echo $!", FALSE, FALSE);
  WAIT_FOR (child.ended && strchr (child.texts[0]->str, '\n'));
  orphan = atoi (child.texts[0]->str);
  g_assert_false (flatline_output_is_closed (child.outputs[0]));
  {
    g_autoptr (GArray) orphans =
        flatline_orphan_reaper_list (flatline_launcher_get_terminal_session (child.launcher), "none");

    g_assert_cmpuint (orphans->len, ==, 1);
    g_assert_cmpint (g_array_index (orphans, gint64, 0), ==, orphan);
  }
  g_assert_cmpint (kill (orphan, 0), ==, 0);
  kill (orphan, SIGKILL);
  child_wait (&child);
  child_clear (&child);
  WAIT_FOR (collect_all ());
}

static gboolean
is_running (gint64 pid, const char *program)
{
  g_autofree char *link = g_strdup_printf ("/proc/%d/exe", (int)pid);
  g_autofree char *path = g_file_read_link (link, NULL);

  return path && g_str_has_suffix (path, program);
}

static void
test_keeper_is_small (void)
{
  Child child;

  /* A program of its own: a fork would keep the memory of the window that started it. */
  child_start (&child, "exec cat", FALSE, FALSE);
  WAIT_FOR (is_running (flatline_launcher_get_terminal_session (child.launcher), "/flatline-keeper"));
  flatline_launcher_send_signal (child.launcher, SIGTERM);
  child_wait (&child);
  child_clear (&child);
  WAIT_FOR (collect_all ());
}

static void
on_born (FlatlineLauncher *launcher, gint64 pid, gint64 *born)
{
  g_autofree char *own = g_file_read_link ("/proc/self/exe", NULL);

  /* Not yet the program, however long this takes. */
  *born = pid;
  for (int i = 0; i < 20; i++)
    {
      g_assert_true (is_running (pid, own));
      g_usleep (1000);
    }
}

static void
test_birth_is_waited_for (gconstpointer pipes)
{
  const char *const argv[] = { "/bin/sh", "-c", "kill -SEGV $$", NULL };
  g_autoptr (FlatlineCommand) command = flatline_command_resolve (argv, NULL, NULL, NULL, NULL);
  g_autoptr (GError) error = NULL;
  Child child = { .launcher = flatline_launcher_new () };
  gint64 born = 0;

  g_signal_connect (child.launcher, "born", G_CALLBACK (on_born), &born);
  g_signal_connect (child.launcher, "ended", G_CALLBACK (on_ended), &child);
  flatline_launcher_start (child.launcher, command, "/", NULL, GPOINTER_TO_INT (pipes), NULL, FALSE, &error);
  g_assert_no_error (error);
  g_assert_cmpint (born, ==, flatline_launcher_get_pid (child.launcher));
  WAIT_FOR (child.ended);
  g_assert_cmpint (child.signum, ==, SIGSEGV);
  flatline_launcher_release_terminal (child.launcher, TRUE);
  g_object_unref (child.launcher);
  WAIT_FOR (collect_all ());
}

static void
test_other_children_are_left_alone (void)
{
  Child child;
  int status;
  pid_t other = fork ();

  if (other == 0)
    _exit (7);
  child_start (&child, "exit 0", FALSE, FALSE);
  child_wait (&child);
  for (int i = 0; i < 100; i++)
    flatline_orphan_reaper_collect ();
  g_assert_cmpint (waitpid (other, &status, 0), ==, other);
  g_assert_cmpint (WEXITSTATUS (status), ==, 7);
  child_clear (&child);
}

static void
test_failures_leave_nothing (void)
{
  g_autofree char *folder = g_dir_make_tmp ("flatline-launcher-XXXXXX", NULL);
  g_autofree char *garbage = g_build_filename (folder, "garbage", NULL);
  g_auto (GStrv) environment = g_get_environ ();
  guint n_fds;

  g_assert_true (g_file_set_contents (garbage, "neither ELF nor script", -1, NULL));
  g_assert_cmpint (chmod (garbage, 0755), ==, 0);
  WAIT_FOR (collect_all ());
  n_fds = count_fds ();
  for (int i = 0; i < 4; i++)
    {
      const char *const argv[] = { i % 2 ? garbage : "/bin/true", NULL };
      g_autoptr (GError) error = NULL;
      g_autoptr (FlatlineCommand) command = flatline_command_resolve (argv, NULL, NULL, environment, NULL);
      g_autoptr (FlatlineLauncher) launcher = flatline_launcher_new ();

      g_assert_false (flatline_launcher_start (launcher, command, i % 2 ? NULL : "/nowhere", environment, i / 2, NULL,
                                               FALSE, &error));
      g_assert_error (error, FLATLINE_SESSION_ERROR, FLATLINE_SESSION_ERROR_USAGE);
      g_assert_null (strchr (error->message, '\n'));
    }
  g_assert_cmpuint (count_fds (), ==, n_fds);
  g_assert_cmpuint (count_children (), ==, 0);
  unlink (garbage);
  rmdir (folder);
}

static void
test_rounds_leave_nothing (void)
{
  const char *wanted = g_getenv ("FLATLINE_TEST_ROUNDS");
  int n_rounds = wanted ? atoi (wanted) : 20;
  guint n_fds = 0;

  for (int i = 0; i < n_rounds; i++)
    {
      Child child;

      child_start (&child, "echo x; exec sleep 60", i % 2, FALSE);
      WAIT_FOR (child.texts[0]->len > 0);
      g_assert_true (flatline_launcher_send_signal (child.launcher, SIGKILL));
      child_wait (&child);
      child_clear (&child);
      if (i == 1)
        n_fds = count_fds ();
    }
  WAIT_FOR (collect_all ());
  g_assert_cmpuint (count_fds (), ==, n_fds);
}

static gboolean
is_gone (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *text = NULL;

  flatline_orphan_reaper_collect ();
  return !g_file_get_contents (path, &text, NULL, NULL) || strstr (text, ") Z ");
}

/* A supervisor of its own in a child process, which is then killed. */
static pid_t
let_supervisor_die (const char *script, gboolean pipes, gboolean kill_with_supervisor)
{
  int report[2];
  pid_t program = 0;
  pid_t supervisor;

  g_assert_cmpint (pipe (report), ==, 0);
  supervisor = fork ();
  if (supervisor == 0)
    {
      Child child;
      pid_t pid;

      child_start (&child, script, pipes, kill_with_supervisor);
      WAIT_FOR (strstr (child.texts[0]->str, "ready"));
      pid = flatline_launcher_get_pid (child.launcher);
      if (write (report[1], &pid, sizeof pid) != sizeof pid)
        _exit (1);
      kill (getpid (), SIGKILL);
    }
  close (report[1]);
  g_assert_cmpint (read (report[0], &program, sizeof program), ==, sizeof program);
  close (report[0]);
  g_assert_cmpint (waitpid (supervisor, NULL, 0), ==, supervisor);
  return program;
}

static void
test_supervisor_dies (gconstpointer pipes)
{
  g_autofree char *folder = g_dir_make_tmp ("flatline-launcher-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "done", NULL);
  /* Prints more than a terminal or a pipe holds, to both, reads its end of input, and tells with what success. */
  g_autofree char *script = g_strdup_printf (
      "echo ready; sleep 0.3; i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789 || exit 1; "
      "echo 0123456789012345678901234567890123456789 >&2 || exit 2; i=$((i+1)); done; read line; echo fine > %s",
      file);
  pid_t program = let_supervisor_die (script, GPOINTER_TO_INT (pipes), FALSE);

  WAIT_FOR (is_gone (program));
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  unlink (file);
  rmdir (folder);
}

static void
test_program_dies_with_supervisor (void)
{
  pid_t program = let_supervisor_die ("echo ready; exec sleep 60", FALSE, TRUE);

  WAIT_FOR (is_gone (program));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  flatline_orphan_reaper_watch ();
  g_test_add_data_func ("/session/launcher/streams/terminal", GINT_TO_POINTER (FALSE), test_streams);
  g_test_add_data_func ("/session/launcher/streams/pipes", GINT_TO_POINTER (TRUE), test_streams);
  g_test_add_data_func ("/session/launcher/input/terminal", GINT_TO_POINTER (FALSE), test_input);
  g_test_add_data_func ("/session/launcher/input/pipes", GINT_TO_POINTER (TRUE), test_input);
  g_test_add_func ("/session/launcher/streams/mixed", test_mixed_streams);
  g_test_add_func ("/session/launcher/exact-ends", test_exact_ends);
  g_test_add_func ("/session/launcher/interrupt-key", test_interrupt_key);
  g_test_add_func ("/session/launcher/descriptors", test_descriptors);
  g_test_add_func ("/session/launcher/group-signal", test_group_signal);
  g_test_add_func ("/session/launcher/orphans", test_orphans_live_and_are_collected);
  g_test_add_func ("/session/launcher/keeper", test_keeper_is_small);
  g_test_add_data_func ("/session/launcher/birth/terminal", GINT_TO_POINTER (FALSE), test_birth_is_waited_for);
  g_test_add_data_func ("/session/launcher/birth/pipes", GINT_TO_POINTER (TRUE), test_birth_is_waited_for);
  g_test_add_func ("/session/launcher/other-children", test_other_children_are_left_alone);
  g_test_add_func ("/session/launcher/failures", test_failures_leave_nothing);
  g_test_add_func ("/session/launcher/rounds", test_rounds_leave_nothing);
  g_test_add_data_func ("/session/launcher/supervisor-dies/terminal", GINT_TO_POINTER (FALSE), test_supervisor_dies);
  g_test_add_data_func ("/session/launcher/supervisor-dies/pipes", GINT_TO_POINTER (TRUE), test_supervisor_dies);
  g_test_add_func ("/session/launcher/kill-with-supervisor", test_program_dies_with_supervisor);
  return g_test_run ();
}
