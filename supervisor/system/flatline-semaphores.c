/* SPDX-License-Identifier: MIT */
/* See flatline-semaphores.h. Source: proc(5); glibc, sysdeps/pthread/sem_open.c. */
#include "flatline-semaphores.h"

#include "flatline-proc-stat.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define FOLDER "/dev/shm/sem."

/* The lines of semaphores alone; NULL: it has none, or is not to be asked. Transfer full. */
static GPtrArray *
list_lines (gint64 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/maps", pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  GPtrArray *found;

  if (!g_file_get_contents (path, &text, NULL, NULL) || !strstr (text, FOLDER))
    return NULL;
  found = g_ptr_array_new_with_free_func (g_free);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    if (strstr (lines[i], FOLDER))
      g_ptr_array_add (found, g_strdup (lines[i]));
  return found;
}

/* "7f3c0000-7f3c1000 rw-s 00000000 00:18 4711   /dev/shm/sem.x (deleted)": " 00:18 4711 " is the file. */
static gboolean
parse (const char *line, guint64 *begin, guint64 *end, char **file)
{
  unsigned long long first = 0, last = 0;
  int from = 0, to = 0;

  if (sscanf (line, "%llx-%llx %*s %*s %n%*s %*s%n", &first, &last, &from, &to) != 2 || to <= from)
    return FALSE;
  *begin = first;
  *end = last;
  *file = g_strdup_printf (" %.*s ", to - from, line + from);
  return TRUE;
}

char *
flatline_semaphore_dup_file (gint64 pid, guint64 address)
{
  g_autoptr (GPtrArray) lines = list_lines (pid);

  for (guint i = 0; lines && i < lines->len; i++)
    {
      g_autofree char *file = NULL;
      guint64 begin, end;

      if (parse (g_ptr_array_index (lines, i), &begin, &end, &file) && address >= begin && address < end)
        return g_steal_pointer (&file);
    }
  return NULL;
}

guint64
flatline_semaphore_find_mapping (gint64 pid, const char *file)
{
  g_autoptr (GPtrArray) lines = list_lines (pid);

  for (guint i = 0; lines && i < lines->len; i++)
    {
      g_autofree char *found = NULL;
      guint64 begin, end;

      if (parse (g_ptr_array_index (lines, i), &begin, &end, &found) && strcmp (found, file) == 0)
        return begin;
    }
  return 0;
}

static gboolean
has_mapped_one_of (gint64 pid, GPtrArray *files)
{
  g_autoptr (GPtrArray) lines = list_lines (pid);

  for (guint i = 0; lines && i < lines->len; i++)
    for (guint j = 0; j < files->len; j++)
      if (strstr (g_ptr_array_index (lines, i), g_ptr_array_index (files, j)))
        return TRUE;
  return FALSE;
}

GArray *
flatline_semaphores_list_sharers (GPtrArray *files)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (gint64));
  DIR *folder = files->len > 0 ? opendir ("/proc") : NULL;
  struct dirent *entry;
  gint64 pid;

  while (folder && (entry = readdir (folder)))
    if (flatline_proc_parse_pid (entry->d_name, &pid) && has_mapped_one_of (pid, files))
      g_array_append_val (pids, pid);
  if (folder)
    closedir (folder);
  return pids;
}
