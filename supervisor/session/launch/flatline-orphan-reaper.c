/* SPDX-License-Identifier: MIT */
/* Orphans that came to us are collected when they end; see the header for which children those are. */
#include "config.h"

#include "flatline-orphan-reaper.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define INTERVAL_MS        500
#define NOBODY_COLLECTS_US (5 * G_USEC_PER_SEC)
/* Members of a session may come to us after its leader went; much later the number may be somebody else's. */
#define SESSION_REMEMBERED_US (60 * G_USEC_PER_SEC)
#define PF_EXITING            0x4 /* include/linux/sched.h of the kernel */
#define MAX_ENVIRONMENT       (128 * 1024)

static guint n_watchers;
static guint timer;
static GHashTable *reserved; /* pid: waited for by somebody else */
static GHashTable *adopted;  /* pid: collected here */
static GHashTable *sessions; /* terminal session ids of ours → monotonic time the leader was collected, 0 not yet */
static GHashTable *waiting;  /* pid → monotonic time a foreign zombie was first seen */

static void
ensure_tables (void)
{
  if (reserved)
    return;
  reserved = g_hash_table_new (NULL, NULL);
  adopted = g_hash_table_new (NULL, NULL);
  sessions = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  waiting = g_hash_table_new_full (NULL, NULL, NULL, g_free);
}

/* State and session id from /proc/PID/stat; FALSE when it is gone. */
static gboolean
read_stat (gint64 pid, char *state, int *session)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/stat", pid);
  g_autofree char *text = NULL;
  const char *behind;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  behind = strrchr (text, ')');
  return behind && sscanf (behind + 1, " %c %*d %*d %d", state, session) == 2;
}

/* On its way out, and its children are not ours yet: with threads left even a zombie. Fields 9 and 20 of
 * /proc/PID/stat. */
static gboolean
is_ending (gint64 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/stat", pid);
  g_autofree char *text = NULL;
  const char *behind;
  unsigned flags = 0;
  char state = 0;
  int n_threads = 0;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  behind = strrchr (text, ')');
  return behind
         && sscanf (behind + 1, " %c %*d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d", &state, &flags,
                    &n_threads)
                == 3
         && (flags & PF_EXITING) != 0 && (state != 'Z' || n_threads > 1);
}

static gboolean
carries (gint64 pid, const char *entry)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/environ", pid);
  g_autofree char *text = g_malloc (MAX_ENVIRONMENT);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gssize length = 0;
  gssize n;

  if (fd < 0)
    return FALSE;
  while (length < MAX_ENVIRONMENT && (n = read (fd, text + length, MAX_ENVIRONMENT - length)) > 0)
    length += n;
  close (fd);
  return memmem (text, length, entry, strlen (entry)) != NULL;
}

static gboolean
nobody_collects (gint64 pid)
{
  gint64 *since = g_hash_table_lookup (waiting, GINT_TO_POINTER (pid));
  gint64 now = g_get_monotonic_time ();

  if (since)
    return now - *since > NOBODY_COLLECTS_US;
  since = g_new (gint64, 1);
  *since = now;
  g_hash_table_insert (waiting, GINT_TO_POINTER (pid), since);
  return FALSE;
}

/* TRUE when it was collected. */
static gboolean
look_at_child (gint64 pid, GHashTable *still_waiting)
{
  gpointer key = GINT_TO_POINTER (pid);
  siginfo_t info = { 0 };
  gint64 *ended_us;
  char state = 0;
  int session = 0;

  if (g_hash_table_contains (reserved, key) || !read_stat (pid, &state, &session))
    return FALSE;
  if (!g_hash_table_contains (adopted, key)
      && (g_hash_table_contains (sessions, GINT_TO_POINTER (session))
          || (state != 'Z' && carries (pid, "FLATLINE_TOKEN="))))
    g_hash_table_add (adopted, key);
  if (state != 'Z')
    return FALSE;
  if (!g_hash_table_contains (adopted, key) && !nobody_collects (pid))
    {
      g_hash_table_add (still_waiting, key);
      return FALSE;
    }
  if (waitid (P_PID, pid, &info, WEXITED | WNOHANG) != 0 || info.si_pid != pid)
    return FALSE;
  g_hash_table_remove (adopted, key);
  ended_us = g_hash_table_lookup (sessions, key);
  if (ended_us)
    *ended_us = g_get_monotonic_time ();
  return TRUE;
}

static gboolean
is_not_in (gpointer key, gpointer value, gpointer set)
{
  return !g_hash_table_contains (set, key);
}

/* Direct children of all our threads. */
static GArray *
list_children (void)
{
  GArray *children = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  const char *task;

  while (tasks && (task = g_dir_read_name (tasks)))
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", task, "children", NULL);
      g_autofree char *text = NULL;
      g_auto (GStrv) pids = NULL;

      if (!g_file_get_contents (path, &text, NULL, NULL))
        continue;
      pids = g_strsplit (text, " ", -1);
      for (guint i = 0; pids[i]; i++)
        {
          gint64 pid = g_ascii_strtoll (pids[i], NULL, 10);

          if (pid > 0)
            g_array_append_val (children, pid);
        }
    }
  return children;
}

static gboolean
is_long_over (gpointer key, gpointer value, gpointer now_us)
{
  const gint64 *ended_us = value;

  return *ended_us > 0 && *(gint64 *)now_us - *ended_us > SESSION_REMEMBERED_US;
}

guint
flatline_orphan_reaper_collect (void)
{
  gint64 now_us = g_get_monotonic_time ();
  g_autoptr (GArray) children = list_children ();
  g_autoptr (GHashTable) still_waiting = g_hash_table_new (NULL, NULL);
  guint n = 0;

  ensure_tables ();
  for (guint i = 0; i < children->len; i++)
    if (look_at_child (g_array_index (children, gint64, i), still_waiting))
      n++;
  g_hash_table_foreach_remove (waiting, is_not_in, still_waiting);
  g_hash_table_foreach_remove (sessions, is_long_over, &now_us);
  return n;
}

GArray *
flatline_orphan_reaper_list (gint64 terminal_session, const char *token)
{
  g_autoptr (GArray) children = list_children ();
  GArray *orphans = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autofree char *entry = g_strdup_printf ("FLATLINE_TOKEN=%s", token);

  for (guint i = 0; i < children->len; i++)
    {
      gint64 pid = g_array_index (children, gint64, i);
      char state = 0;
      int session = 0;

      if (pid != terminal_session && read_stat (pid, &state, &session) && state != 'Z'
          && (session == terminal_session || carries (pid, entry)))
        g_array_append_val (orphans, pid);
    }
  return orphans;
}

gboolean
flatline_orphan_reaper_sees_ending (void)
{
  g_autoptr (GArray) children = list_children ();

  for (guint i = 0; i < children->len; i++)
    if (is_ending (g_array_index (children, gint64, i)))
      return TRUE;
  return FALSE;
}

static gboolean
on_timer (gpointer unused)
{
  flatline_orphan_reaper_collect ();
  /* Orphans may outlive the run they came from: somebody has to collect them. */
  if (n_watchers > 0 || g_hash_table_size (adopted) > 0)
    return G_SOURCE_CONTINUE;
  timer = 0;
  return G_SOURCE_REMOVE;
}

void
flatline_orphan_reaper_watch (void)
{
  ensure_tables ();
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  n_watchers++;
  if (timer == 0)
    timer = g_timeout_add (INTERVAL_MS, on_timer, NULL);
}

void
flatline_orphan_reaper_unwatch (void)
{
  g_return_if_fail (n_watchers > 0);
  n_watchers--;
  flatline_orphan_reaper_collect ();
}

void
flatline_orphan_reaper_reserve (gint64 pid)
{
  ensure_tables ();
  g_hash_table_add (reserved, GINT_TO_POINTER (pid));
}

void
flatline_orphan_reaper_release (gint64 pid)
{
  ensure_tables ();
  g_hash_table_remove (reserved, GINT_TO_POINTER (pid));
}

void
flatline_orphan_reaper_adopt (gint64 pid)
{
  ensure_tables ();
  g_hash_table_add (adopted, GINT_TO_POINTER (pid));
  g_hash_table_insert (sessions, GINT_TO_POINTER (pid), g_new0 (gint64, 1));
}
