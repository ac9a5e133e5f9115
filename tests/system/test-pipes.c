/* SPDX-License-Identifier: MIT */
/* Pipes between this process, its children and theirs: who is at the other end, and that it is not searched in vain. */
#include "flatline-descriptors.h"
#include "system-fixture.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
test_pipe_to_child (void)
{
  int output;
  GPid pid = fixture_spawn_shell ("echo ready; exec sleep 100", &output);
  g_autofree char *ready = fixture_read_line (output);
  g_autoptr (GPtrArray) connections = fixture_list_connections ();
  g_autoptr (GPtrArray) descriptors = flatline_descriptors_list (getpid (), NULL);
  FlatlineConnection *connection = fixture_find_connection (connections, output);
  gboolean seen = FALSE;

  g_assert_nonnull (connection);
  g_assert_cmpstr (connection->protocol, ==, "pipe");
  g_assert_cmpstr (connection->state, ==, "READ");
  g_assert_cmpint (connection->peer_pid, ==, pid);
  for (guint i = 0; i < descriptors->len; i++)
    {
      FlatlineDescriptor *descriptor = g_ptr_array_index (descriptors, i);

      if (descriptor->fd != output)
        continue;
      seen = TRUE;
      g_assert_cmpstr (descriptor->kind, ==, "pipe");
      g_assert_cmpint (descriptor->peer_pid, ==, pid);
      g_assert_true (g_str_has_prefix (descriptor->target, "pipe:["));
    }
  g_assert_true (seen);
  fixture_end (pid);
  close (output);
}

static gint64
read_named_pid (int fd, const char *name, gint64 *other)
{
  g_autofree char *line = fixture_read_line (fd);
  const gint64 pid = g_ascii_strtoll (strchr (line, ' '), NULL, 10);

  if (g_str_has_prefix (line, name))
    return pid;
  *other = pid;
  return 0;
}

/* [0] writes to a pipe that [1] reads: told once the shell that joined them has let go of it. */
static gboolean
is_read_by_the_other (gpointer data)
{
  const gint64 *pids = data;
  g_autoptr (GArray) asked = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GPtrArray) connections = NULL;

  g_array_append_val (asked, pids[0]);
  connections = flatline_connections_list (asked);
  for (guint i = 0; i < connections->len; i++)
    {
      FlatlineConnection *connection = g_ptr_array_index (connections, i);

      if (connection->fd == STDOUT_FILENO)
        return connection->peer_pid == pids[1];
    }
  return FALSE;
}

/* Neither has both ends, and neither started the other. */
static void
test_pipe_between_siblings (void)
{
  int output;
  GPid shell = fixture_spawn_shell ("exec 3>&1\n"
                                    "sh -c 'echo writer $$ >&3; exec sleep 100 3>&-' |"
                                    " sh -c 'echo reader $$ >&3; exec sleep 101 3>&-'",
                                    &output);
  gint64 pids[2] = { 0 };

  while (pids[0] == 0 || pids[1] == 0)
    {
      const gint64 writer = read_named_pid (output, "writer ", &pids[1]);

      pids[0] = writer ? writer : pids[0];
    }
  g_assert_true (fixture_wait_until (is_read_by_the_other, pids));
  fixture_end (shell);
  close (output);
}

static gboolean
is_called_as_it_says (gpointer data)
{
  g_autoptr (GPtrArray) connections = fixture_list_connections ();
  FlatlineConnection *connection = fixture_find_connection (connections, *(int *)data);

  return connection && g_strcmp0 (connection->peer_process, "sleep: order 7 waiting") == 0;
}

/* How many processes are looked at for the other end of a pipe of which this process keeps these ends. */
static guint
count_searched (gboolean reading, gboolean writing)
{
  g_autoptr (GArray) own = g_array_new (FALSE, FALSE, sizeof (FlatlineOpenDescriptor));
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (FlatlineOpenDescriptor));
  g_autoptr (GArray) nobody = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_int64_hash, g_int64_equal);
  int ends[2];
  guint n;

  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  if (!reading)
    close (ends[0]);
  if (!writing)
    close (ends[1]);
  flatline_descriptors_collect (getpid (), own);
  for (guint i = 0; i < own->len; i++)
    {
      FlatlineOpenDescriptor *descriptor = &g_array_index (own, FlatlineOpenDescriptor, i);

      if (descriptor->fd == ends[reading ? 0 : 1])
        g_hash_table_insert (wanted, &descriptor->inode, descriptor);
    }
  g_assert_cmpuint (g_hash_table_size (wanted), ==, 1);
  n = flatline_descriptors_search_machine (wanted, nobody, found);
  if (reading)
    close (ends[0]);
  if (writing)
    close (ends[1]);
  return n;
}

static void
test_pipe_without_other_end (void)
{
  g_assert_cmpuint (count_searched (TRUE, TRUE), >, 0);
  if (count_searched (TRUE, FALSE) > 0)
    {
      const int process = (int)syscall (SYS_pidfd_open, getpid (), 0);
      const int copy = process >= 0 ? (int)syscall (SYS_pidfd_getfd, process, STDERR_FILENO, 0) : -1;

      g_assert_cmpint (copy, <, 0);
      g_test_skip ("descriptors cannot be copied here");
      return;
    }
  g_assert_cmpuint (count_searched (FALSE, TRUE), ==, 0);
}

/* As PostgreSQL writes what it does in the place of its command line. */
static void
test_title_of_peer (void)
{
  int output;
  GPid server = fixture_spawn_shell ("exec bash -c \"exec -a 'sleep: order 7 waiting' sleep 100\"", &output);

  g_assert_true (fixture_wait_until (is_called_as_it_says, &output));
  fixture_end (server);
  close (output);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/system/pipes/to-child", test_pipe_to_child);
  g_test_add_func ("/system/pipes/between-siblings", test_pipe_between_siblings);
  g_test_add_func ("/system/pipes/without-other-end", test_pipe_without_other_end);
  g_test_add_func ("/system/pipes/title-of-peer", test_title_of_peer);
  return g_test_run ();
}
