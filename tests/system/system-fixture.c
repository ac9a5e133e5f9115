/* SPDX-License-Identifier: MIT */
#include "system-fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE_US (20 * G_USEC_PER_SEC)

static void
lead_own_group (gpointer data)
{
  setpgid (0, 0);
}

GPid
fixture_spawn (const char *const *argv, const char *environment, int *output)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) variables = g_get_environ ();
  GPid pid = 0;

  if (environment)
    {
      g_auto (GStrv) pair = g_strsplit (environment, "=", 2);
      variables = g_environ_setenv (variables, pair[0], pair[1], TRUE);
    }
  g_spawn_async_with_pipes (NULL, (char **)argv, variables, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH,
                            lead_own_group, NULL, &pid, NULL, output, NULL, &error);
  g_assert_no_error (error);
  return pid;
}

GPid
fixture_spawn_shell (const char *script, int *output)
{
  const char *const argv[] = { "sh", "-c", script, NULL };

  return fixture_spawn (argv, NULL, output);
}

char *
fixture_read_line (int fd)
{
  g_autoptr (GString) line = g_string_new (NULL);
  char c;

  while (read (fd, &c, 1) == 1)
    {
      if (c == '\n')
        return g_strdup (line->str);
      g_string_append_c (line, c);
    }
  g_error ("the program ended before it wrote a line: “%s”", line->str);
}

void
fixture_end (GPid pid)
{
  kill (-pid, SIGKILL);
  kill (pid, SIGKILL);
  while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
    ;
}

gboolean
fixture_wait_until (FixtureCondition condition, gpointer data)
{
  const gint64 deadline = g_get_monotonic_time () + DEADLINE_US;

  while (!condition (data))
    {
      if (g_get_monotonic_time () > deadline)
        return FALSE;
      g_usleep (2000);
    }
  return TRUE;
}

FlatlineConnection *
fixture_find_connection (GPtrArray *connections, gint64 fd)
{
  for (guint i = 0; i < connections->len; i++)
    {
      FlatlineConnection *connection = g_ptr_array_index (connections, i);

      if (connection->fd == fd && connection->pid == getpid ())
        return connection;
    }
  return NULL;
}

GPtrArray *
fixture_list_connections (void)
{
  g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 pid = getpid ();

  g_array_append_val (pids, pid);
  return flatline_connections_list (pids);
}
