/* SPDX-License-Identifier: MIT */
/*
 * Kernel ids of threads: out of pthread's descriptors where CPython does not keep them, and out of PID namespaces.
 */
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

static gboolean
is_in_core (FlatlineCore *core, gint64 native_id)
{
  GArray *threads = flatline_core_get_threads (core);

  for (guint i = 0; i < threads->len; i++)
    if (g_array_index (threads, FlatlineCoreThread, i).native_id == native_id)
      return TRUE;
  return FALSE;
}

static gboolean
is_alive (FlatlineTarget *target, GHashTable *ids, gint64 native_id)
{
  g_autofree char *task = NULL;

  if (target->is_core)
    return !target->core || is_in_core (target->core, native_id);
  if (ids)
    return g_hash_table_contains (ids, GSIZE_TO_POINTER (native_id));
  task = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task/%" G_GINT64_FORMAT, target->pid, native_id);
  return g_file_test (task, G_FILE_TEST_IS_DIR);
}

/*
 * A program of C that forks without telling Python (uWSGI does) leaves the forking thread's state with the id it has in
 * the parent. The C library has told its descriptor that it is the main thread now.
 */
static void
mend_after_fork (FlatlineTarget *target, GArray *threads, GHashTable *ids, gint64 inner_pid)
{
  for (guint i = 0; i < threads->len; i++)
    if (g_array_index (threads, FlatlineThreadState, i).native_id == inner_pid)
      return;
  for (guint i = 0; i < threads->len; i++)
    {
      FlatlineThreadState *thread = &g_array_index (threads, FlatlineThreadState, i);
      g_autoptr (GArray) only = g_array_new (FALSE, FALSE, sizeof *thread);

      g_array_append_vals (only, thread, 1);
      if (!is_alive (target, ids, thread->native_id) && find_id_offset (target, only, inner_pid) != 0)
        thread->native_id = inner_pid;
    }
}

gsize
flatline_thread_ids_find_offset (FlatlineTarget *target, GArray *threads)
{
  return find_id_offset (target, threads, find_inner_pid (target));
}

static void
add_nameless (GHashTable *nameless, GHashTable *named, gint64 inner, gint64 ours)
{
  if (inner != 0 && !g_hash_table_contains (named, GSIZE_TO_POINTER (ours)))
    g_hash_table_insert (nameless, GSIZE_TO_POINTER (inner), GSIZE_TO_POINTER (ours));
}

GHashTable *
flatline_thread_ids_list_nameless (FlatlineTarget *target, GArray *threads)
{
  GHashTable *nameless = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) named = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) namespaced = NULL;
  g_autofree char *folder = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task", target->pid);
  g_autoptr (GDir) dir = NULL;
  GHashTableIter iter;
  gpointer inner, ours;
  const char *entry;

  for (guint i = 0; i < threads->len; i++)
    g_hash_table_add (named, GSIZE_TO_POINTER (g_array_index (threads, FlatlineThreadState, i).native_id));
  if (target->core)
    {
      GArray *cores = flatline_core_get_threads (target->core);

      for (guint i = 0; i < cores->len; i++)
        {
          const gint64 id = g_array_index (cores, FlatlineCoreThread, i).native_id;

          add_nameless (nameless, named, id, id);
        }
      return nameless;
    }
  if (find_inner_pid (target) != target->pid)
    {
      namespaced = read_namespace (target->pid);
      g_hash_table_iter_init (&iter, namespaced);
      while (g_hash_table_iter_next (&iter, &inner, &ours))
        add_nameless (nameless, named, (gint64)GPOINTER_TO_SIZE (inner), (gint64)GPOINTER_TO_SIZE (ours));
      return nameless;
    }
  dir = g_dir_open (folder, 0, NULL);
  while (dir && (entry = g_dir_read_name (dir)))
    {
      const gint64 id = g_ascii_strtoll (entry, NULL, 10);

      add_nameless (nameless, named, id, id);
    }
  return nameless;
}

void
flatline_thread_states_find_native_ids (FlatlineTarget *target, GArray *threads)
{
  const gint64 inner_pid = find_inner_pid (target);
  g_autoptr (GHashTable) ids = inner_pid == target->pid ? NULL : read_namespace (target->pid);

  if (target->layout.thread_native_id < 0)
    read_ids_of_descriptors (target, threads, inner_pid);
  else
    mend_after_fork (target, threads, ids, inner_pid);
  for (guint i = 0; ids && i < threads->len; i++)
    {
      FlatlineThreadState *thread = &g_array_index (threads, FlatlineThreadState, i);
      gpointer ours = g_hash_table_lookup (ids, GSIZE_TO_POINTER (thread->native_id));

      if (ours)
        thread->native_id = (gint64)GPOINTER_TO_SIZE (ours);
    }
}
