/* SPDX-License-Identifier: MIT */
/* What a capture tells of all around the threads: the tree of processes, connections, descriptors, locks of files. */
#include "config.h"

#include "flatline-capture-private.h"
#include "flatline-connections.h"
#include "flatline-file-locks.h"
#include "flatline-process-tree.h"
#include "flatline-process.h"

static void
collect_pids (FlatlineProcess *process, GArray *pids)
{
  g_array_append_val (pids, process->pid);
  for (guint i = 0; i < flatline_list_length (process->children); i++)
    collect_pids (flatline_list_peek (process->children, i), pids);
}

static void
append_all (GPtrArray *records, GListStore **list)
{
  for (guint i = 0; records && i < records->len; i++)
    flatline_list_append (list, g_object_ref (g_ptr_array_index (records, i)));
}

/* The tree and its connections. */
void
flatline_capture_add_surroundings (FlatlineSnapshot *snapshot, gint64 pid)
{
  FlatlineProcess *root = flatline_process_read_tree (pid);
  g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GPtrArray) connections = NULL;

  if (!root)
    return;
  collect_pids (root, pids);
  flatline_list_append (&snapshot->processes, root);
  connections = flatline_connections_list (pids);
  append_all (connections, &snapshot->connections);
}

static gboolean
may_wait_for_file_lock (const char *call)
{
  static const char *const calls[] = { "flock", "fcntl", "nanosleep", "clock_nanosleep", "select", "pselect6", NULL };

  return call && g_strv_contains (calls, call);
}

static gboolean
has_waiter_for_file_lock (GListStore *threads)
{
  for (guint i = 0; i < flatline_list_length (threads); i++)
    if (may_wait_for_file_lock (((FlatlineThread *)flatline_list_peek (threads, i))->syscall))
      return TRUE;
  return FALSE;
}

/* Of the children that are no Python only the call is known. */
static gboolean
has_child_that_waits_for_file_lock (FlatlineProcess *process)
{
  for (guint i = 0; i < flatline_list_length (process->children); i++)
    {
      FlatlineProcess *child = flatline_list_peek (process->children, i);

      if (may_wait_for_file_lock (child->syscall) || has_child_that_waits_for_file_lock (child))
        return TRUE;
    }
  return FALSE;
}

void
flatline_capture_add_file_locks (FlatlineSnapshot *snapshot)
{
  FlatlineProcess *root = flatline_list_peek (snapshot->processes, 0);
  g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GPtrArray) locks = NULL;

  if (!root
      || (!has_waiter_for_file_lock (snapshot->threads) && !has_waiter_for_file_lock (snapshot->relatives)
          && !has_child_that_waits_for_file_lock (root)))
    return;
  collect_pids (root, pids);
  locks = flatline_file_locks_list (pids);
  append_all (locks, &snapshot->locks);
}

void
flatline_capture_add_descriptors (FlatlineSnapshot *snapshot, gint64 pid)
{
  g_autoptr (GPtrArray) descriptors = flatline_descriptors_list (pid, snapshot->connections);

  append_all (descriptors, &snapshot->descriptors);
}
