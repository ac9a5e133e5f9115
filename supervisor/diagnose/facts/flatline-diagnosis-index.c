/* SPDX-License-Identifier: MIT */
/*
 * The tables of a diagnosis: threads and processes by number and what they are called, locks by waiter. So that a
 * document with thousands of threads and locks costs no more than reading it. A process of the tree whose threads were
 * not read stands in with one thread made from its system call, so that a chain of waiting may lead through it like
 * through any other.
 */
#include "flatline-program-facts.h"

#include <string.h>

#define MAX_PROCESS_DEPTH 64
#define LABEL             "flatline-label"

#define MAX_LABEL_CHARACTERS 80

static gint64
root_pid (FlatlineDiagnosis *diagnosis)
{
  return diagnosis->snapshot->program ? diagnosis->snapshot->program->pid : 0;
}

static void
index_processes (FlatlineDiagnosis *diagnosis, GListStore *list, guint depth)
{
  for (guint i = 0; depth < MAX_PROCESS_DEPTH && i < flatline_list_length (list); i++)
    {
      FlatlineProcess *process = flatline_list_peek (list, i);

      if (!g_hash_table_contains (diagnosis->processes, &process->pid))
        g_hash_table_insert (diagnosis->processes, &process->pid, process);
      index_processes (diagnosis, process->children, depth + 1);
    }
}

static void
index_thread (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  if (!g_hash_table_contains (diagnosis->threads, &thread->native_id))
    g_hash_table_insert (diagnosis->threads, &thread->native_id, thread);
}

/* "python3 work.py -v" out of "/usr/bin/python3 /home/ann/app/work.py -v": the folders say little and take much room.
 */
static char *
shorten_command_line (const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);

  for (guint i = 0; i < 2 && words[0] && words[i]; i++)
    {
      char *base = strrchr (words[i], '/');

      if (words[i][0] == '/' && base && base[1] && (i == 0 || g_str_has_suffix (words[i], ".py")))
        memmove (words[i], base + 1, strlen (base));
    }
  return g_strjoinv (" ", words);
}

/*
 * The name that multiprocessing gave process @pid, on the stack of its main thread, without the quotes; its command
 * line says nothing that tells one from another.
 */
static char *
dup_process_name (FlatlineDiagnosis *diagnosis, gint64 pid)
{
  FlatlineThread *thread = flatline_diagnosis_find_thread (diagnosis, pid);
  FlatlineFrame *begin =
      thread ? flatline_thread_find_frame (thread, "multiprocessing/process.py", "_bootstrap") : NULL;
  FlatlineFrame *end = thread ? flatline_thread_find_frame (thread, "multiprocessing/util.py", "_exit_function") : NULL;
  FlatlineValue *process = flatline_frame_find_local (begin, "self");
  FlatlineValue *name;
  gsize length;

  /* Since 3.13 a fork ends outside of where it began. */
  if (end)
    begin = flatline_thread_find_frame (thread, "multiprocessing/popen_fork.py", "_launch");
  if (end && begin)
    process = flatline_frame_find_local (begin, "process_obj");
  name = flatline_value_find_child (process, "_name");
  length = name && name->text ? strlen (name->text) : 0;

  return length > 2 && strchr ("'\"", name->text[0]) ? g_strndup (name->text + 1, length - 2) : NULL;
}

char *
flatline_diagnosis_dup_process_label (FlatlineDiagnosis *diagnosis, gint64 pid)
{
  FlatlineProcess *process = flatline_diagnosis_find_process (diagnosis, pid);
  g_autofree char *name = dup_process_name (diagnosis, pid);
  const char *what = process && process->command_line ? process->command_line : process ? process->name : NULL;
  g_autofree char *shown = what ? shorten_command_line (what) : NULL;

  if (name)
    return g_strdup_printf (_ ("process ‘%.*s’ (%d)"), (int)strlen (name), name, (int)pid);
  if (!shown)
    return g_strdup_printf (_ ("process %d"), (int)pid);
  if (g_utf8_validate (shown, -1, NULL) && g_utf8_strlen (shown, -1) > MAX_LABEL_CHARACTERS)
    {
      g_autofree char *head = g_utf8_substring (shown, 0, MAX_LABEL_CHARACTERS);
      return g_strdup_printf (_ ("process %d (%s…)"), (int)pid, head);
    }
  return g_strdup_printf (_ ("process %d (%s)"), (int)pid, shown);
}

/* A thread of another process is called by its process. */
static void
label_relative (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  g_autofree char *process = flatline_diagnosis_dup_process_label (diagnosis, thread->pid);

  if (thread->native_id == thread->pid)
    g_object_set_data_full (G_OBJECT (thread), LABEL, g_steal_pointer (&process), g_free);
  else
    g_object_set_data_full (
        G_OBJECT (thread), LABEL,
        /* Translators: a thread, its process ("process 12 (sleep 9)") */
        g_strdup_printf (_ ("thread ‘%s’ of %s"), thread->name && *thread->name ? thread->name : "?", process), g_free);
}

static void
stand_in (FlatlineDiagnosis *diagnosis, FlatlineProcess *process)
{
  FlatlineThread *thread = g_object_new (FLATLINE_TYPE_THREAD, "pid", process->pid, "native-id", process->pid, "name",
                                         process->name, "is-main", TRUE, "state", process->state, "state-text",
                                         process->state_text, "syscall", process->syscall, "syscall-args",
                                         process->syscall_args, "syscall-path", process->syscall_path, NULL);

  thread->cpu_percent = -1;
  g_ptr_array_add (diagnosis->others, thread);
  index_thread (diagnosis, thread);
  label_relative (diagnosis, thread);
}

static void
index_locks (FlatlineDiagnosis *diagnosis)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->locks); i++)
    {
      FlatlineLock *lock = flatline_list_peek (diagnosis->snapshot->locks, i);

      for (char **waiter = lock->waiters; waiter && *waiter; waiter++)
        {
          g_autofree gint64 *native_id = g_new (gint64, 1);

          *native_id = g_ascii_strtoll (*waiter, NULL, 10);
          if (!g_hash_table_contains (diagnosis->awaited, native_id))
            g_hash_table_insert (diagnosis->awaited, g_steal_pointer (&native_id), lock);
        }
    }
}

void
flatline_diagnosis_begin (FlatlineDiagnosis *diagnosis)
{
  FlatlineSnapshot *snapshot = diagnosis->snapshot;
  const gint64 root = root_pid (diagnosis);
  FlatlineThread *thread;
  GHashTableIter iter;
  gint64 *pid;
  FlatlineProcess *process;

  diagnosis->threads = g_hash_table_new (g_int64_hash, g_int64_equal);
  diagnosis->processes = g_hash_table_new (g_int64_hash, g_int64_equal);
  diagnosis->awaited = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  diagnosis->others = g_ptr_array_new_with_free_func (g_object_unref);
  diagnosis->sources =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)flatline_source_lines_free);
  diagnosis->held = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_strfreev);
  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    flatline_thread_begin_stack (thread);
  index_processes (diagnosis, snapshot->processes, 0);
  for (guint i = 0; i < flatline_list_length (snapshot->threads); i++)
    index_thread (diagnosis, flatline_list_peek (snapshot->threads, i));
  for (guint i = 0; i < flatline_list_length (snapshot->relatives); i++)
    {
      thread = flatline_list_peek (snapshot->relatives, i);
      index_thread (diagnosis, thread);
      label_relative (diagnosis, thread);
    }
  g_hash_table_iter_init (&iter, diagnosis->processes);
  while (g_hash_table_iter_next (&iter, (gpointer *)&pid, (gpointer *)&process))
    if (process->alive && *pid != root && !g_hash_table_contains (diagnosis->threads, pid))
      stand_in (diagnosis, process);
  index_locks (diagnosis);
}

void
flatline_diagnosis_end (FlatlineDiagnosis *diagnosis)
{
  FlatlineThread *thread;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    flatline_thread_end_stack (thread);
  g_hash_table_unref (diagnosis->sources);
  g_hash_table_unref (diagnosis->held);
  g_clear_pointer (&diagnosis->variables, g_hash_table_unref);
  g_clear_pointer (&diagnosis->attributes, g_hash_table_unref);
  g_clear_pointer (&diagnosis->owners, g_hash_table_unref);
  g_hash_table_unref (diagnosis->threads);
  g_hash_table_unref (diagnosis->processes);
  g_hash_table_unref (diagnosis->awaited);
  g_clear_pointer (&diagnosis->tasks, g_hash_table_unref);
  g_ptr_array_unref (diagnosis->others);
}

FlatlineThread *
flatline_diagnosis_find_thread (FlatlineDiagnosis *diagnosis, gint64 native_id)
{
  return native_id != 0 ? g_hash_table_lookup (diagnosis->threads, &native_id) : NULL;
}

FlatlineProcess *
flatline_diagnosis_find_process (FlatlineDiagnosis *diagnosis, gint64 pid)
{
  return pid > 0 ? g_hash_table_lookup (diagnosis->processes, &pid) : NULL;
}

gboolean
flatline_diagnosis_is_of_core (FlatlineDiagnosis *diagnosis)
{
  return g_strcmp0 (diagnosis->snapshot->way, "core") == 0;
}

gboolean
flatline_diagnosis_is_relative (FlatlineDiagnosis *diagnosis, FlatlineThread *thread)
{
  return root_pid (diagnosis) > 0 && thread->pid > 0 && thread->pid != root_pid (diagnosis);
}

FlatlineThread *
flatline_diagnosis_peek_thread (FlatlineDiagnosis *diagnosis, guint position)
{
  const guint n_threads = flatline_list_length (diagnosis->snapshot->threads);
  const guint n_relatives = flatline_list_length (diagnosis->snapshot->relatives);

  if (position < n_threads)
    return flatline_list_peek (diagnosis->snapshot->threads, position);
  position -= n_threads;
  return position < n_relatives ? flatline_list_peek (diagnosis->snapshot->relatives, position) : NULL;
}

/* A thread of asyncio, up to Python 3.11, that does nothing but tell the loop when a child has ended. */
static gboolean
is_child_watcher (FlatlineThread *thread)
{
  return flatline_thread_find_frame (thread, "asyncio/unix_events.py", "_do_waitpid") != NULL;
}

FlatlineThread *
flatline_diagnosis_find_only_thread (FlatlineDiagnosis *diagnosis, gint64 pid)
{
  FlatlineProcess *process = flatline_diagnosis_find_process (diagnosis, pid);
  FlatlineThread *thread, *only = NULL;
  guint n_threads = 0;

  for (guint i = 0; (thread = flatline_diagnosis_peek_thread (diagnosis, i)); i++)
    {
      if (thread->pid != pid || flatline_thread_is_agent (thread) || is_child_watcher (thread))
        continue;
      n_threads++;
      only = n_threads == 1 ? thread : NULL;
    }
  if (only)
    return only;
  /* A stop holds all threads: the first speaks for them. */
  if (process && g_strcmp0 (process->state, "T") == 0)
    return flatline_diagnosis_find_thread (diagnosis, pid);
  return n_threads == 0 && process && process->threads <= 1 ? flatline_diagnosis_find_thread (diagnosis, pid) : NULL;
}

FlatlineDescriptor *
flatline_diagnosis_find_descriptor (FlatlineDiagnosis *diagnosis, gint64 pid, gint64 fd)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->descriptors); i++)
    {
      FlatlineDescriptor *descriptor = flatline_list_peek (diagnosis->snapshot->descriptors, i);

      if (descriptor->fd == fd && descriptor->pid == pid)
        return descriptor;
    }
  return NULL;
}

FlatlineConnection *
flatline_diagnosis_find_connection (FlatlineDiagnosis *diagnosis, gint64 pid, gint64 fd)
{
  for (guint i = 0; i < flatline_list_length (diagnosis->snapshot->connections); i++)
    {
      FlatlineConnection *connection = flatline_list_peek (diagnosis->snapshot->connections, i);

      if (connection->fd == fd && connection->pid == pid && g_strcmp0 (connection->change, "gone") != 0)
        return connection;
    }
  return NULL;
}
