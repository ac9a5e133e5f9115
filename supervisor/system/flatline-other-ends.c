/* SPDX-License-Identifier: MIT */
/*
 * Who of this machine has the other end of a pipe or socket: nothing in the kernel says it, so that the descriptors of
 * process after process are looked at. A pipe is nearly always shared with who started the program or was started by
 * the same, so those come first, and where pipes are all that is asked for the search ends with the last one found.
 * That nobody has the other end the kernel does say, to whom polls it.
 */
#include "flatline-descriptors.h"

#include "flatline-proc-stat.h"

#include <dirent.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_ANCESTORS 64

typedef struct
{
  GHashTable *wanted;
  GHashTable *left; /* inodes of pipes without other end so far; NULL: sockets too, of which all holders count */
  GHashTable *looked_at;
  GArray *found;
} Search;

static gboolean
is_done (const Search *self)
{
  return self->left && g_hash_table_size (self->left) == 0;
}

static void
look_at (Search *self, gint64 pid)
{
  const guint n_before = self->found->len;

  if (!g_hash_table_add (self->looked_at, GSIZE_TO_POINTER (pid)))
    return;
  flatline_descriptors_collect_wanted (pid, self->wanted, self->found);
  for (guint i = n_before; self->left && i < self->found->len; i++)
    {
      FlatlineOpenDescriptor *other = &g_array_index (self->found, FlatlineOpenDescriptor, i);
      const FlatlineOpenDescriptor *own = g_hash_table_lookup (self->left, &other->inode);

      if (own && other->pid != own->pid && flatline_descriptor_is_other_end (own, other))
        g_hash_table_remove (self->left, &other->inode);
    }
}

/* Those that its first thread started; the others come with all the rest. */
static void
look_at_children (Search *self, gint64 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task/%" G_GINT64_FORMAT "/children", pid, pid);
  char text[4096];
  char *at = text;

  if (flatline_proc_read_file (path, text, sizeof text) <= 0)
    return;
  for (char *end; !is_done (self); at = end)
    {
      const gint64 child = g_ascii_strtoll (at, &end, 10);

      /* The last number may be cut off. */
      if (end == at || *end == '\0')
        return;
      look_at (self, child);
    }
}

static void
look_at_relatives (Search *self, gint64 pid)
{
  FlatlineProcStat stat;

  for (guint i = 0; i < MAX_ANCESTORS && !is_done (self); i++)
    {
      if (!flatline_proc_stat_read (pid, &stat) || stat.ppid <= 1)
        return;
      pid = stat.ppid;
      look_at (self, pid);
      look_at_children (self, pid);
    }
}

static void
look_at_machine (Search *self)
{
  DIR *folder = opendir ("/proc");
  struct dirent *entry;
  gint64 pid;

  while (folder && !is_done (self) && (entry = readdir (folder)))
    if (flatline_proc_parse_pid (entry->d_name, &pid))
      look_at (self, pid);
  if (folder)
    closedir (folder);
}

/* Asked through a copy of the descriptor, for a moment. FALSE also when that cannot be had. Source: pipe(7). */
static gboolean
has_no_other_end (const FlatlineOpenDescriptor *own)
{
  const int process = own->can_read != own->can_write ? (int)syscall (SYS_pidfd_open, (pid_t)own->pid, 0) : -1;
  const int copy = process >= 0 ? (int)syscall (SYS_pidfd_getfd, process, (int)own->fd, 0) : -1;
  struct pollfd end = { .fd = copy };
  const gboolean has_none = copy >= 0 && poll (&end, 1, 0) == 1 && (end.revents & (own->can_read ? POLLHUP : POLLERR));

  if (copy >= 0)
    close (copy);
  if (process >= 0)
    close (process);
  return has_none;
}

static gboolean
is_lonely (gpointer inode, gpointer own, gpointer user_data)
{
  return has_no_other_end (own);
}

guint
flatline_descriptors_search_machine (GHashTable *wanted, GArray *except, GArray *found)
{
  g_autoptr (GHashTable) looked_at = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) left = g_hash_table_new (g_int64_hash, g_int64_equal);
  Search search = { .wanted = wanted, .left = left, .looked_at = looked_at, .found = found };
  gint64 nearest = 0;
  GHashTableIter iter;
  gpointer inode, own;

  if (g_hash_table_size (wanted) == 0)
    return 0;
  for (guint i = 0; i < except->len; i++)
    g_hash_table_add (looked_at, GSIZE_TO_POINTER (g_array_index (except, gint64, i)));
  g_hash_table_iter_init (&iter, wanted);
  while (g_hash_table_iter_next (&iter, &inode, &own))
    {
      if (!own)
        search.left = NULL;
      else
        {
          nearest = ((FlatlineOpenDescriptor *)own)->pid;
          g_hash_table_insert (left, inode, own);
        }
    }
  if (search.left)
    g_hash_table_foreach_remove (left, is_lonely, NULL);
  if (nearest)
    look_at_relatives (&search, nearest);
  look_at_machine (&search);
  return g_hash_table_size (looked_at) - except->len;
}
