/* SPDX-License-Identifier: MIT */
/*
 * A line of /proc/locks is "1: POSIX  ADVISORY  WRITE 123 08:01:456 0 EOF"; who waits for it follows with "-> " after
 * the number. The file is known by device and inode, and found by name among the descriptors of the processes asked
 * for.
 */
#include "flatline-file-locks.h"

#include "flatline-proc-stat.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MAX_LOCKS_BYTES (256 * 1024)

typedef struct
{
  guint64 number;
  gboolean waits;
  gint64 pid;
  guint major;
  guint minor;
  guint64 inode;
} Entry;

static gboolean
parse_line (const char *line, Entry *entry)
{
  char word[32], file[64];
  const char *rest = strchr (line, ':');
  int n;

  if (!rest || sscanf (line, "%" G_GINT64_MODIFIER "u", &entry->number) != 1)
    return FALSE;
  rest += 1 + strspn (rest + 1, " ");
  entry->waits = g_str_has_prefix (rest, "->");
  rest += entry->waits ? 2 : 0;
  n = sscanf (rest, "%31s %*s %*s %" G_GINT64_MODIFIER "d %63s", word, &entry->pid, file);
  return n == 3 && sscanf (file, "%x:%x:%" G_GINT64_MODIFIER "u", &entry->major, &entry->minor, &entry->inode) == 3;
}

/* The path under which @pid has the file open; NULL when it has not. */
static char *
find_path (gint64 pid, const Entry *entry)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/fd", pid);
  DIR *folder = opendir (path);
  struct dirent *item;
  char *found = NULL;

  while (folder && !found && (item = readdir (folder)))
    {
      struct stat facts;
      char target[4096];
      gssize length;

      if (!g_ascii_isdigit (item->d_name[0]) || fstatat (dirfd (folder), item->d_name, &facts, 0) != 0
          || facts.st_ino != entry->inode || major (facts.st_dev) != entry->major
          || minor (facts.st_dev) != entry->minor)
        continue;
      length = readlinkat (dirfd (folder), item->d_name, target, sizeof target - 1);
      if (length > 0)
        found = g_utf8_make_valid (target, length);
    }
  if (folder)
    closedir (folder);
  return found;
}

static void
add_lock (GPtrArray *locks, GArray *pids, const Entry *held, GPtrArray *waiters)
{
  FlatlineLock *lock;
  g_autofree char *path = NULL;
  gint64 user = 0;

  for (guint i = 0; i < pids->len && !path; i++)
    {
      user = g_array_index (pids, gint64, i);
      path = find_path (user, held);
    }
  if (!path)
    return;
  lock = g_object_new (FLATLINE_TYPE_LOCK, NULL);
  lock->pid = user;
  lock->address = held->inode;
  lock->type = g_strdup ("file lock");
  lock->name = g_steal_pointer (&path);
  lock->locked = TRUE;
  lock->owner = MAX (held->pid, 0);
  lock->owner_source = g_strdup ("/proc/locks");
  lock->waiters = g_new0 (char *, waiters->len + 1);
  for (guint i = 0; i < waiters->len; i++)
    lock->waiters[i] = g_strdup (g_ptr_array_index (waiters, i));
  g_ptr_array_add (locks, lock);
}

GPtrArray *
flatline_file_locks_list (GArray *pids)
{
  GPtrArray *locks = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *text = g_malloc (MAX_LOCKS_BYTES);
  g_auto (GStrv) lines = NULL;

  if (flatline_proc_read_file ("/proc/locks", text, MAX_LOCKS_BYTES) <= 0)
    return locks;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    {
      g_autoptr (GPtrArray) waiters = g_ptr_array_new_with_free_func (g_free);
      Entry held, waiting;

      if (!parse_line (lines[i], &held) || held.waits)
        continue;
      for (guint j = i + 1; lines[j] && parse_line (lines[j], &waiting) && waiting.waits; j++)
        g_ptr_array_add (waiters, g_strdup_printf ("%" G_GINT64_FORMAT, waiting.pid));
      add_lock (locks, pids, &held, waiters);
    }
  return locks;
}
