/* SPDX-License-Identifier: MIT */
/*
 * All processes of the machine: one stat line each, then a walk from the root to its descendants. Only orphans handed
 * to this program or to init are asked for their environment, so that a refresh costs one small read a process. Who
 * looks but once takes those alone that may belong, by the children that the kernel lists for each thread.
 */
#include "flatline-process-table.h"

#include "flatline-process.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#define TOKEN_VARIABLE        "FLATLINE_TOKEN="
#define MAX_ENVIRONMENT_BYTES (256 * 1024)
#define MAX_CHILDREN_BYTES    8192
#define MAX_THREADS_ASKED     64

static FlatlineProcessTable *
new_table (void)
{
  FlatlineProcessTable *self = g_new0 (FlatlineProcessTable, 1);

  self->stats = g_array_sized_new (FALSE, FALSE, sizeof (FlatlineProcStat), 256);
  self->rows = g_hash_table_new (NULL, NULL);
  return self;
}

/* FALSE: it is there already, or gone. */
static gboolean
add_process (FlatlineProcessTable *self, gint64 pid)
{
  FlatlineProcStat stat;

  if (g_hash_table_contains (self->rows, GSIZE_TO_POINTER (pid)) || !flatline_proc_stat_read (pid, &stat)
      || stat.pid != pid)
    return FALSE;
  g_array_append_val (self->stats, stat);
  g_hash_table_insert (self->rows, GSIZE_TO_POINTER (pid), GUINT_TO_POINTER (self->stats->len));
  return TRUE;
}

FlatlineProcessTable *
flatline_process_table_read (void)
{
  FlatlineProcessTable *self = new_table ();
  DIR *folder = opendir ("/proc");
  struct dirent *entry;
  gint64 pid;

  while (folder && (entry = readdir (folder)))
    if (flatline_proc_parse_pid (entry->d_name, &pid))
      add_process (self, pid);
  if (folder)
    closedir (folder);
  return self;
}

void
flatline_process_table_free (FlatlineProcessTable *self)
{
  g_array_unref (self->stats);
  g_hash_table_unref (self->rows);
  g_free (self);
}

const FlatlineProcStat *
flatline_process_table_find (FlatlineProcessTable *self, gint64 pid)
{
  guint row = GPOINTER_TO_UINT (g_hash_table_lookup (self->rows, GSIZE_TO_POINTER (pid)));

  return row ? &g_array_index (self->stats, FlatlineProcStat, row - 1) : NULL;
}

char *
flatline_process_read_token (gint64 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/environ", pid);
  g_autofree char *bytes = g_malloc (MAX_ENVIRONMENT_BYTES);
  gssize length = flatline_proc_read_file (path, bytes, MAX_ENVIRONMENT_BYTES);

  for (gssize start = 0; start < length; start += strlen (bytes + start) + 1)
    if (g_str_has_prefix (bytes + start, TOKEN_VARIABLE) && bytes[start + strlen (TOKEN_VARIABLE)])
      return g_strdup (bytes + start + strlen (TOKEN_VARIABLE));
  return NULL;
}

static gboolean
was_known (const FlatlineProcessKinship *kinship, const FlatlineProcStat *stat)
{
  gint64 *start_ticks = kinship->known ? g_hash_table_lookup (kinship->known, &stat->pid) : NULL;

  return start_ticks && *start_ticks == stat->start_ticks;
}

static gboolean
is_orphan_of_root (const FlatlineProcessKinship *kinship, const FlatlineProcStat *stat, gint64 own_pid)
{
  g_autofree char *token = NULL;

  if (stat->ppid != own_pid && stat->ppid != 1)
    return FALSE;
  if (stat->pid == own_pid || stat->session == 0)
    return FALSE;
  /* An older process cannot descend from the root, only look so because a number was used twice. */
  if (kinship->root_start_ticks && stat->start_ticks < kinship->root_start_ticks)
    return FALSE;
  if (stat->session == kinship->root || stat->group == kinship->root)
    return TRUE;
  if (!kinship->token)
    return FALSE;
  token = flatline_process_read_token (stat->pid);
  return g_strcmp0 (token, kinship->token) == 0;
}

/* FALSE: the list cannot be had, or not as a whole. */
static gboolean
add_children_of_thread (FlatlineProcessTable *self, gint64 pid, gint64 tid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task/%" G_GINT64_FORMAT "/children", pid, tid);
  char text[MAX_CHILDREN_BYTES];
  const gssize length = flatline_proc_read_file (path, text, sizeof text);
  char *at = text;

  if (length < 0 || length >= (gssize)sizeof text - 1)
    return FALSE;
  for (char *end; *at; at = end)
    {
      const gint64 child = g_ascii_strtoll (at, &end, 10);

      if (end == at)
        break;
      add_process (self, child);
    }
  return TRUE;
}

/* FALSE: to read all processes is as quick, or all there is: not every kernel lists children (CONFIG_PROC_CHILDREN). */
static gboolean
add_children (FlatlineProcessTable *self, gint64 pid)
{
  g_autoptr (GArray) threads = flatline_process_list_threads (pid);

  if (threads->len > MAX_THREADS_ASKED)
    return FALSE;
  /* The kernel may leave one out when another ends while it makes the list: twice the same is rare. */
  for (guint i = 0; i < threads->len * 2; i++)
    if (!add_children_of_thread (self, pid, g_array_index (threads, gint64, i / 2))
        && flatline_proc_stat_read (pid, &(FlatlineProcStat){ 0 }))
      return FALSE;
  return TRUE;
}

/* All below what is in the table from @first on. */
static gboolean
add_descendants (FlatlineProcessTable *self, guint first)
{
  for (guint i = first; i < self->stats->len; i++)
    if (!add_children (self, g_array_index (self->stats, FlatlineProcStat, i).pid))
      return FALSE;
  return TRUE;
}

static gboolean
add_orphans (FlatlineProcessTable *self, const FlatlineProcessKinship *kinship, gint64 guardian, gint64 own_pid)
{
  const guint first = self->stats->len;
  guint end;

  if (!add_children (self, guardian))
    return FALSE;
  end = self->stats->len;
  for (guint i = first; i < end; i++)
    {
      const FlatlineProcStat stat = g_array_index (self->stats, FlatlineProcStat, i);
      const guint below = self->stats->len;

      if (is_orphan_of_root (kinship, &stat, own_pid)
          && (!add_children (self, stat.pid) || !add_descendants (self, below)))
        return FALSE;
    }
  return TRUE;
}

FlatlineProcessTable *
flatline_process_table_read_kin (const FlatlineProcessKinship *kinship)
{
  g_autoptr (FlatlineProcessTable) self = new_table ();
  const gint64 own_pid = getpid ();

  if (kinship->known || !add_process (self, kinship->root) || !add_descendants (self, 0)
      || !add_orphans (self, kinship, 1, own_pid) || !add_orphans (self, kinship, own_pid, own_pid))
    return flatline_process_table_read ();
  return g_steal_pointer (&self);
}

/* The children of each process, as lists of rows of the table. */
static GHashTable *
index_by_parent (FlatlineProcessTable *self)
{
  GHashTable *children = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);

  for (guint i = 0; i < self->stats->len; i++)
    {
      FlatlineProcStat *stat = &g_array_index (self->stats, FlatlineProcStat, i);
      GPtrArray *rows = g_hash_table_lookup (children, GSIZE_TO_POINTER (stat->ppid));

      if (!rows)
        {
          rows = g_ptr_array_new ();
          g_hash_table_insert (children, GSIZE_TO_POINTER (stat->ppid), rows);
        }
      g_ptr_array_add (rows, stat);
    }
  return children;
}

/* Adds @stat and all below it, breadth first; @seen guards against what was added before. */
static void
add_family (GPtrArray *members, GHashTable *seen, GHashTable *children, FlatlineProcStat *stat)
{
  guint next = members->len;

  if (!g_hash_table_add (seen, stat))
    return;
  g_ptr_array_add (members, stat);
  while (next < members->len)
    {
      FlatlineProcStat *parent = g_ptr_array_index (members, next++);
      GPtrArray *rows = g_hash_table_lookup (children, GSIZE_TO_POINTER (parent->pid));

      for (guint i = 0; rows && i < rows->len; i++)
        if (g_hash_table_add (seen, g_ptr_array_index (rows, i)))
          g_ptr_array_add (members, g_ptr_array_index (rows, i));
    }
}

GPtrArray *
flatline_process_table_list_members (FlatlineProcessTable *self, const FlatlineProcessKinship *kinship)
{
  GPtrArray *members = g_ptr_array_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) children = index_by_parent (self);
  const FlatlineProcStat *root = flatline_process_table_find (self, kinship->root);
  const gint64 own_pid = getpid ();

  if (root && (!kinship->root_start_ticks || root->start_ticks == kinship->root_start_ticks))
    add_family (members, seen, children, (FlatlineProcStat *)root);
  for (guint i = 0; i < self->stats->len; i++)
    {
      FlatlineProcStat *stat = &g_array_index (self->stats, FlatlineProcStat, i);

      if (!g_hash_table_contains (seen, stat)
          && (was_known (kinship, stat) || is_orphan_of_root (kinship, stat, own_pid)))
        add_family (members, seen, children, stat);
    }
  return members;
}
