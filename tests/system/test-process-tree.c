/* SPDX-License-Identifier: MIT */
/* The live tree over real processes: birth, end, orphans, records that stay the same objects. */
#include "flatline-process-tree.h"
#include "flatline-process.h"
#include "system-fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void
note_refreshed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (flatline_process_tree_refresh_finish (FLATLINE_PROCESS_TREE (source), result, &error));
  g_assert_no_error (error);
  *(gboolean *)data = TRUE;
}

static void
refresh (FlatlineProcessTree *tree)
{
  gboolean done = FALSE;

  flatline_process_tree_refresh_async (tree, NULL, note_refreshed, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

static FlatlineProcess *
find_in (GListModel *list, gint64 pid)
{
  for (guint i = 0; i < g_list_model_get_n_items (list); i++)
    {
      g_autoptr (FlatlineProcess) process = g_list_model_get_item (list, i);
      FlatlineProcess *below;

      if (process->pid == pid)
        return process;
      below = process->children ? find_in (G_LIST_MODEL (process->children), pid) : NULL;
      if (below)
        return below;
    }
  return NULL;
}

static FlatlineProcess *
find (FlatlineProcessTree *tree, gint64 pid)
{
  return find_in (G_LIST_MODEL (tree), pid);
}

static gint64
read_pid (int fd)
{
  g_autofree char *line = fixture_read_line (fd);

  return g_ascii_strtoll (line, NULL, 10);
}

static void
count_changes (GListModel *list, guint position, guint removed, guint added, gpointer count)
{
  (*(guint *)count)++;
}

static void
test_birth_and_end (void)
{
  g_autoptr (FlatlineProcessTree) tree = flatline_process_tree_new ();
  g_autoptr (GArray) pids = NULL;
  g_autofree char *quoted = NULL;
  int output, status;
  GPid pid = fixture_spawn_shell ("sleep 100 & echo $!; wait; exit 3", &output);
  gint64 child = read_pid (output);
  FlatlineProcess *root, *leaf;
  guint changes = 0;

  flatline_process_tree_set_root (tree, pid);
  refresh (tree);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (tree)), ==, 1);
  root = find (tree, pid);
  leaf = find (tree, child);
  g_assert_nonnull (root);
  g_assert_nonnull (leaf);
  /* Between fork and exec it is still the shell. */
  while (g_strcmp0 (leaf->name, "sleep") != 0 || !leaf->command_line)
    refresh (tree);
  g_assert_true (flatline_list_peek (root->children, 0) == leaf);
  g_assert_cmpstr (leaf->command_line, ==, "sleep 100");
  g_assert_cmpstr (root->command_line, ==, "sh -c 'sleep 100 & echo $!; wait; exit 3'");
  g_assert_cmpstr (leaf->name, ==, "sleep");
  g_assert_cmpint (leaf->ppid, ==, pid);
  g_assert_true (leaf->alive);
  g_assert_cmpint (leaf->threads, ==, 1);
  g_assert_cmpint (leaf->rss_bytes, >, 0);
  g_assert_cmpint (leaf->open_files, >=, 1);
  g_assert_cmpint (ABS (leaf->started_us - g_get_real_time ()), <, 60 * G_USEC_PER_SEC);
  g_assert_null (leaf->python_version);
  pids = flatline_process_tree_list_pids (tree);
  g_assert_cmpuint (pids->len, ==, 2);
  g_assert_cmpint (g_array_index (pids, gint64, 0), ==, pid);

  g_signal_connect (tree, "items-changed", G_CALLBACK (count_changes), &changes);
  g_signal_connect (root->children, "items-changed", G_CALLBACK (count_changes), &changes);
  kill ((pid_t)child, SIGTERM);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  flatline_process_tree_set_exit (tree, pid, WEXITSTATUS (status), 0);
  refresh (tree);
  g_assert_cmpuint (changes, ==, 0);
  g_assert_true (find (tree, child) == leaf);
  g_assert_false (leaf->alive);
  g_assert_nonnull (leaf->exit_text);
  g_assert_false (root->alive);
  g_assert_cmpstr (root->exit_text, ==, "exited 3");
  g_array_unref (pids);
  pids = flatline_process_tree_list_pids (tree);
  g_assert_cmpuint (pids->len, ==, 0);
  close (output);
}

/* Reads lines "NAME PID" in any order into @pids at the places of @names. */
static void
read_named_pids (int fd, const char *const *names, gint64 *pids, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *line = fixture_read_line (fd);

      for (gsize j = 0; j < n; j++)
        if (g_str_has_prefix (line, names[j]))
          pids[j] = g_ascii_strtoll (line + strlen (names[j]), NULL, 10);
    }
  for (gsize i = 0; i < n; i++)
    g_assert_cmpint (pids[i], >, 1);
}

static void
test_orphans (void)
{
  /* The “far” one leaves the session and loses its parent before the first look: only its token tells whose it is. */
  const char *const argv[] = { "sh", "-c",
                               "sh -c 'echo middle $$; sleep 101 & echo leaf $!; wait' & "
                               "sh -c 'setsid sleep 102 >&2 & echo far $!'; kill -STOP $$; wait",
                               NULL };
  static const char *const names[] = { "middle ", "leaf ", "far " };
  g_autoptr (FlatlineProcessTree) tree = flatline_process_tree_new ();
  gint64 pids[3] = { 0 };
  FlatlineProcess *middle, *leaf, *far;
  int output, status;
  GPid pid;

  g_assert_cmpint (prctl (PR_SET_CHILD_SUBREAPER, 1), ==, 0);
  pid = fixture_spawn (argv, "FLATLINE_TOKEN=0123456789abcdef", &output);
  g_assert_cmpint (waitpid (pid, &status, WUNTRACED), ==, pid);
  g_assert_true (WIFSTOPPED (status));
  read_named_pids (output, names, pids, G_N_ELEMENTS (pids));
  flatline_process_tree_set_root (tree, pid);
  refresh (tree);
  middle = find (tree, pids[0]);
  leaf = find (tree, pids[1]);
  far = find (tree, pids[2]);
  g_assert_nonnull (middle);
  g_assert_nonnull (leaf);
  g_assert_nonnull (far);
  g_assert_cmpint (far->ppid, ==, getpid ());
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (tree)), ==, 2);
  g_assert_cmpint (leaf->ppid, ==, middle->pid);

  kill ((pid_t)middle->pid, SIGKILL);
  /* The leaf becomes ours when its parent has ended; it stays where it was shown. */
  while (leaf->ppid != getpid () || middle->alive)
    refresh (tree);
  g_assert_true (find (tree, pids[1]) == leaf);
  g_assert_true (flatline_list_peek (middle->children, 0) == leaf);
  g_assert_true (leaf->alive);
  g_assert_cmpstr (middle->exit_text, ==, "killed by SIGKILL");

  g_assert_cmpuint (flatline_process_send_signal_to_tree (pid, SIGKILL), ==, 3);
  while (leaf->alive || far->alive)
    {
      while (waitpid (-1, NULL, WNOHANG) > 0)
        ;
      refresh (tree);
    }
  while (waitpid (-1, NULL, 0) > 0)
    ;
  prctl (PR_SET_CHILD_SUBREAPER, 0);
  close (output);
}

static void
test_processor_time (void)
{
  g_autoptr (FlatlineProcessTree) tree = flatline_process_tree_new ();
  GPid pid = fixture_spawn_shell ("while :; do :; done", NULL);
  FlatlineProcess *root;

  flatline_process_tree_set_root (tree, pid);
  refresh (tree);
  root = find (tree, pid);
  g_assert_cmpfloat (root->cpu_percent, ==, 0);
  while (root->cpu_percent == 0)
    refresh (tree);
  g_assert_cmpfloat (root->cpu_percent, >, 0);
  fixture_end (pid);
}

/* The reading under way when its end is told still has it alive, and may be the last one. */
static void
test_end_before_the_first_reading (void)
{
  g_autoptr (FlatlineProcessTree) tree = flatline_process_tree_new ();
  int output;
  GPid pid = fixture_spawn_shell ("exec sleep 100", &output);

  flatline_process_tree_set_root (tree, pid);
  flatline_process_tree_set_exit (tree, pid, 3, 0);
  refresh (tree);
  g_assert_false (find (tree, pid)->alive);
  g_assert_cmpstr (find (tree, pid)->exit_text, ==, "exited 3");
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
  close (output);
}

/* A shim runs other programs to find the interpreter that it becomes; those are not the program's. */
static void
test_launcher (void)
{
  g_autoptr (FlatlineProcessTree) tree = flatline_process_tree_new ();
  int output;
  GPid pid = fixture_spawn_shell ("sleep 100 & sleep 101 & echo $!; wait $!;"
                                  "exec python3 -c 'import os, time; os.spawnlp(os.P_WAIT, \"true\", \"true\");"
                                  " child = os.spawnlp(os.P_NOWAIT, \"sleep\", \"sleep\", \"102\");"
                                  " print(child, flush=True); os.waitpid(child, 0); time.sleep(100)'",
                                  &output);
  gint64 ended = read_pid (output), own;
  FlatlineProcess *root;

  flatline_process_tree_set_root (tree, pid);
  refresh (tree);
  root = find (tree, pid);
  g_assert_nonnull (find (tree, ended));
  g_assert_cmpuint (flatline_list_length (root->children), ==, 2);
  kill ((pid_t)ended, SIGTERM);
  own = read_pid (output);
  refresh (tree);
  g_assert_nonnull (root->python_version);
  g_assert_true (find (tree, pid) == root);
  /* What still runs stays, whoever began it, and so does all that the program itself begins. */
  g_assert_null (find (tree, ended));
  g_assert_nonnull (find (tree, own));
  g_assert_cmpuint (flatline_list_length (root->children), ==, 2);
  kill ((pid_t)own, SIGTERM);
  do
    refresh (tree);
  while (find (tree, own)->alive);
  g_assert_cmpuint (flatline_list_length (root->children), ==, 2);
  flatline_process_tree_send_signal (tree, SIGKILL);
  waitpid (pid, NULL, 0);
  close (output);
}

static void
test_change_of_root (void)
{
  g_autoptr (FlatlineProcessTree) tree = flatline_process_tree_new ();
  GPid first = fixture_spawn_shell ("exec sleep 100", NULL);
  GPid second = fixture_spawn_shell ("exec sleep 100", NULL);
  gboolean done = FALSE;

  /* A reading of the first root is under way when the second takes its place. */
  flatline_process_tree_set_root (tree, first);
  flatline_process_tree_refresh_async (tree, NULL, note_refreshed, &done);
  flatline_process_tree_set_root (tree, second);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (find (tree, first));
  g_assert_nonnull (find (tree, second));
  flatline_process_tree_set_root (tree, 0);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (tree)), ==, 0);
  refresh (tree);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (tree)), ==, 0);
  fixture_end (first);
  fixture_end (second);
}

/* The orphan is handed to us; its group, and what is below it, tie it to the root. */
static void
test_read_tree (void)
{
  static const char *const names[] = { "orphan ", "grandchild ", "child " };
  gint64 pids[G_N_ELEMENTS (names)] = { 0 };
  int output;
  GPid pid;
  g_autoptr (FlatlineProcess) root = NULL;
  FlatlineProcess *orphan;

  g_assert_cmpint (prctl (PR_SET_CHILD_SUBREAPER, 1), ==, 0);
  pid = fixture_spawn_shell ("(sh -c 'echo orphan $$; sleep 101 & echo grandchild $!; wait' &)\n"
                             "sleep 100 & echo child $!; wait",
                             &output);
  read_named_pids (output, names, pids, G_N_ELEMENTS (names));
  root = flatline_process_read_tree (pid);
  g_assert_cmpint (root->pid, ==, pid);
  g_assert_nonnull (find_in (G_LIST_MODEL (root->children), pids[2]));
  orphan = find_in (G_LIST_MODEL (root->children), pids[0]);
  g_assert_nonnull (orphan);
  g_assert_cmpint (((FlatlineProcess *)flatline_list_peek (orphan->children, 0))->pid, ==, pids[1]);
  fixture_end (pid);
  waitpid ((pid_t)pids[0], NULL, 0);
  waitpid ((pid_t)pids[1], NULL, 0);
  prctl (PR_SET_CHILD_SUBREAPER, 0);
  g_assert_null (flatline_process_read_tree (pid));
  close (output);
}

/* A daemon left the session, the group and the environment of its root; that it was seen once is all that ties it. */
static void
test_kill_after_the_root (void)
{
  g_autoptr (FlatlineProcessTree) tree = flatline_process_tree_new ();
  GPid pid;
  gint64 daemon;
  FlatlineProcess *record;
  int output, input, status;
  const char *const argv[] = { "sh", "-c", "env -i setsid sleep 103 & echo $!; read line", NULL };

  g_assert_cmpint (prctl (PR_SET_CHILD_SUBREAPER, 1), ==, 0);
  g_assert_true (g_spawn_async_with_pipes (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD,
                                           NULL, NULL, &pid, &input, &output, NULL, NULL));
  daemon = read_pid (output);
  flatline_process_tree_set_root (tree, pid);
  refresh (tree);
  /* Its token, had it one, is gone when it has become sleep. */
  while (!(record = find (tree, daemon)) || g_strcmp0 (record->name, "sleep") != 0)
    refresh (tree);
  close (input);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  flatline_process_tree_set_exit (tree, pid, 0, 0);
  refresh (tree);
  g_assert_true (record->alive);
  g_assert_cmpuint (flatline_process_tree_send_signal (tree, SIGKILL), ==, 1);
  g_assert_cmpint (waitpid ((pid_t)daemon, &status, 0), ==, daemon);
  g_assert_true (WIFSIGNALED (status));
  g_assert_cmpuint (flatline_process_tree_send_signal (tree, SIGKILL), ==, 0);
  prctl (PR_SET_CHILD_SUBREAPER, 0);
  close (output);
}

static void
test_empty (void)
{
  g_autoptr (FlatlineProcessTree) tree = flatline_process_tree_new ();
  g_autoptr (GArray) pids = NULL;

  flatline_process_tree_set_exit (tree, 12345, 0, SIGSEGV);
  refresh (tree);
  pids = flatline_process_tree_list_pids (tree);
  g_assert_cmpuint (pids->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/system/process-tree/birth-and-end", test_birth_and_end);
  g_test_add_func ("/system/process-tree/orphans", test_orphans);
  g_test_add_func ("/system/process-tree/processor-time", test_processor_time);
  g_test_add_func ("/system/process-tree/end-before-the-first-reading", test_end_before_the_first_reading);
  g_test_add_func ("/system/process-tree/launcher", test_launcher);
  g_test_add_func ("/system/process-tree/change-of-root", test_change_of_root);
  g_test_add_func ("/system/process-tree/read-tree", test_read_tree);
  g_test_add_func ("/system/process-tree/kill-after-the-root", test_kill_after_the_root);
  g_test_add_func ("/system/process-tree/empty", test_empty);
  return g_test_run ();
}
