/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/task/TID/schedstat ends in the number of times that the thread was put on a processor
 * (Documentation/scheduler/sched-stats.rst); /proc/PID/task/TID/syscall says "running" for one that is there or waits
 * to be. The number is read first: one that ran and went to sleep between the two has another number afterwards. A
 * kernel that does not count says 0 for all, and one that tells no system calls has no such file: then nobody sleeps.
 */
#include "flatline-sleepers.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_LINE 256

typedef struct
{
  guint64 n_runs;
  gboolean sleeps;
  guint look; /* that saw it last */
} Seen;

struct _FlatlineSleepers
{
  gint64 pid;
  char *folder;
  guint look;
  GHashTable *threads; /* tid -> Seen */
};

FlatlineSleepers *
flatline_sleepers_new (gint64 pid)
{
  FlatlineSleepers *self = g_new0 (FlatlineSleepers, 1);

  self->pid = pid;
  self->folder = g_strdup_printf ("/proc/%" PRId64 "/task", pid);
  self->threads = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return self;
}

void
flatline_sleepers_free (FlatlineSleepers *self)
{
  g_hash_table_unref (self->threads);
  g_free (self->folder);
  g_free (self);
}

/* The first line of a file of thread @tid; FALSE when it is gone. */
static gboolean
read_line (int folder, int tid, const char *file, char line[MAX_LINE])
{
  char path[32];
  int fd;
  gssize length;

  g_snprintf (path, sizeof path, "%d/%s", tid, file);
  fd = openat (folder, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return FALSE;
  length = read (fd, line, MAX_LINE - 1);
  close (fd);
  line[MAX (length, 0)] = '\0';
  return length > 0;
}

/* How often it was given a processor, 0 unknown. */
static guint64
read_n_runs (int folder, int tid)
{
  char line[MAX_LINE];
  const char *last;

  if (!read_line (folder, tid, "schedstat", line))
    return 0;
  last = strrchr (line, ' ');
  return last ? g_ascii_strtoull (last, NULL, 10) : 0;
}

static void
look_at (FlatlineSleepers *self, int folder, int tid)
{
  Seen *seen = g_hash_table_lookup (self->threads, GINT_TO_POINTER (tid));
  const guint64 n_runs = read_n_runs (folder, tid);
  char line[MAX_LINE];

  /* At the first sight of it nothing tells that it has slept; 0 is no count. */
  if (!seen)
    {
      seen = g_new0 (Seen, 1);
      g_hash_table_insert (self->threads, GINT_TO_POINTER (tid), seen);
    }
  seen->look = self->look;
  seen->sleeps = n_runs != 0 && seen->n_runs == n_runs && tid != self->pid && read_line (folder, tid, "syscall", line)
                 && !g_str_has_prefix (line, "running");
  seen->n_runs = n_runs;
}

static gboolean
is_gone (gpointer tid, gpointer seen, gpointer user_data)
{
  return ((Seen *)seen)->look != ((FlatlineSleepers *)user_data)->look;
}

void
flatline_sleepers_look (FlatlineSleepers *self)
{
  DIR *dir = opendir (self->folder);
  struct dirent *entry;

  self->look++;
  while (dir && (entry = readdir (dir)))
    {
      const int tid = atoi (entry->d_name);

      if (tid > 0)
        look_at (self, dirfd (dir), tid);
    }
  if (dir)
    closedir (dir);
  g_hash_table_foreach_remove (self->threads, is_gone, self);
}

guint
flatline_sleepers_get_n_threads (const FlatlineSleepers *self)
{
  return g_hash_table_size (self->threads);
}

gboolean
flatline_sleepers_contains (const FlatlineSleepers *self, pid_t tid)
{
  const Seen *seen = g_hash_table_lookup (self->threads, GINT_TO_POINTER (tid));

  return seen && seen->sleeps;
}

gboolean
flatline_sleepers_have_slept (FlatlineSleepers *self)
{
  const int folder = open (self->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean have_slept = TRUE;
  GHashTableIter iter;
  gpointer tid, value;

  g_hash_table_iter_init (&iter, self->threads);
  while (g_hash_table_iter_next (&iter, &tid, &value))
    {
      Seen *seen = value;

      if (!seen->sleeps)
        continue;
      seen->sleeps = read_n_runs (folder, GPOINTER_TO_INT (tid)) == seen->n_runs;
      have_slept &= seen->sleeps;
    }
  if (folder >= 0)
    close (folder);
  return have_slept;
}
