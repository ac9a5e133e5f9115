/* SPDX-License-Identifier: MIT */
/* Kernel ids of threads: out of pthread's descriptors where CPython does not keep them, and out of PID namespaces. */
#include "flatline-thread-ids.h"

#include <string.h>

#define THREAD_DESCRIPTOR_SIZE 2048

/* What the task with this status file is called in the innermost namespace it is in; 0 when it is gone. */
static gint64
read_inner_id (const char *file)
{
  g_autofree char *text = NULL;
  const char *line, *end;
  gint64 id = 0;

  if (!g_file_get_contents (file, &text, NULL, NULL))
    return 0;
  line = strstr (text, "\nNSpid:");
  if (!line)
    return 0;
  end = strchrnul (line + 1, '\n');
  for (line += strlen ("\nNSpid:"); line < end; line += strcspn (line, "\t\n"))
    {
      id = g_ascii_strtoll (line, NULL, 10);
      line += strspn (line, "\t ");
    }
  return id;
}

/* What the target calls itself in its own namespace: that never changes. */
static gint64
find_inner_pid (FlatlineTarget *target)
{
  g_autofree char *file = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/status", target->pid);

  if (target->inner_pid == 0 && !target->is_core)
    target->inner_pid = read_inner_id (file);
  return target->inner_pid != 0 ? target->inner_pid : target->pid;
}

/* Their ids to ours, for a target in another PID namespace. */
static GHashTable *
read_namespace (gint64 pid)
{
  g_autofree char *folder = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task", pid);
  GHashTable *ids = g_hash_table_new (NULL, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *entry;

  while (dir && (entry = g_dir_read_name (dir)))
    {
      g_autofree char *status = g_strdup_printf ("%s/%s/status", folder, entry);
      gint64 inner = read_inner_id (status);

      if (inner != 0)
        g_hash_table_insert (ids, GSIZE_TO_POINTER (inner), GSIZE_TO_POINTER (g_ascii_strtoll (entry, NULL, 10)));
    }
  return ids;
}

/* Where in a descriptor the id is, 0 unknown. The main thread is the last of the list: the oldest. */
static gsize
find_id_offset (FlatlineTarget *target, GArray *threads, gint64 inner_pid)
{
  for (guint i = threads->len; i-- > 0;)
    {
      FlatlineThreadState *thread = &g_array_index (threads, FlatlineThreadState, i);

      for (gsize offset = 64; offset < THREAD_DESCRIPTOR_SIZE; offset += 4)
        {
          gint32 id;

          if (!flatline_memory_read_i32 (target->memory, thread->ident + offset, &id))
            break;
          if (id == inner_pid)
            return offset;
        }
    }
  return 0;
}

/* The main thread's id is the pid. */
static void
read_ids_of_descriptors (FlatlineTarget *target, GArray *threads, gint64 inner_pid)
{
  gsize offset = find_id_offset (target, threads, inner_pid);

  for (guint i = 0; offset > 0 && i < threads->len; i++)
    {
      FlatlineThreadState *thread = &g_array_index (threads, FlatlineThreadState, i);
      gint32 id;

      if (flatline_memory_read_i32 (target->memory, thread->ident + offset, &id))
        thread->native_id = id;
    }
}

void
flatline_thread_states_find_native_ids (FlatlineTarget *target, GArray *threads)
{
  const gint64 inner_pid = find_inner_pid (target);
  g_autoptr (GHashTable) ids = inner_pid == target->pid ? NULL : read_namespace (target->pid);

  if (target->layout.thread_native_id < 0)
    read_ids_of_descriptors (target, threads, inner_pid);
  for (guint i = 0; ids && i < threads->len; i++)
    {
      FlatlineThreadState *thread = &g_array_index (threads, FlatlineThreadState, i);
      gpointer ours = g_hash_table_lookup (ids, GSIZE_TO_POINTER (thread->native_id));

      if (ours)
        thread->native_id = (gint64)GPOINTER_TO_SIZE (ours);
    }
}
