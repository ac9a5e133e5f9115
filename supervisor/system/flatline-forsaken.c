/* SPDX-License-Identifier: MIT */
/*
 * From one process on, whoever could end the wait of one of its threads is taken in, until all that could are there or
 * one is found that does not wait so. What a system call waits for its arguments tell (futex(2), wait4(2), read(2),
 * poll(2)). At last the scheduler's counts are read again: where none has run since they were read first,
 * there was a moment between at which all waited, and nothing can move from then on.
 */
#include "flatline-forsaken.h"

#include "flatline-descriptors.h"
#include "flatline-endless-sleep.h"
#include "flatline-proc-stat.h"
#include "flatline-process.h"
#include "flatline-semaphores.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/wait.h>

#define TRIES         3
#define PAUSE_US      5000
#define MAX_PROCESSES 64
#define MAX_THREADS   256

typedef struct
{
  gint64 pid, native_id;
  gint64 wakes;
} Sleeper;

typedef struct
{
  FlatlineThreadFilter is_ignored;
  GArray *pids;     /* gint64, in the order in which they were taken in */
  GArray *sleepers; /* Sleeper */
  GArray *pipes;    /* FlatlineOpenDescriptor: ends that somebody waits at */
  GPtrArray *files; /* of semaphores that somebody waits for (flatline-semaphores.h) */
  gboolean is_shared;
  gboolean has_moved; /* one of them ran, which may have been for a moment only: an agent's turn begins in them, too */
} Search;

static guint64
argument (FlatlineThread *thread, guint index)
{
  return thread->syscall_args && index < g_strv_length (thread->syscall_args)
             ? g_ascii_strtoull (thread->syscall_args[index], NULL, 16)
             : 0;
}

static gboolean
is_in (FlatlineThread *thread, const char *calls)
{
  g_auto (GStrv) names = g_strsplit (calls, " ", -1);

  return g_strv_contains ((const char *const *)names, thread->syscall);
}

static gboolean
take_process (Search *self, gint64 pid)
{
  for (guint i = 0; i < self->pids->len; i++)
    if (g_array_index (self->pids, gint64, i) == pid)
      return TRUE;
  if (self->pids->len >= MAX_PROCESSES)
    return FALSE;
  g_array_append_val (self->pids, pid);
  return TRUE;
}

/* In a container the numbers of a system call are others than ours. */
static gboolean
take_child (Search *self, gint64 parent, gint64 pid)
{
  FlatlineProcStat stat;

  return pid > 0 && flatline_proc_stat_read (pid, &stat) && stat.ppid == parent && take_process (self, pid);
}

/* --- semaphores --- */

static gboolean
take_sharers (Search *self)
{
  g_autoptr (GArray) pids = flatline_semaphores_list_sharers (self->files);

  for (guint i = 0; i < pids->len; i++)
    if (!take_process (self, g_array_index (pids, gint64, i)))
      return FALSE;
  return TRUE;
}

static gboolean
note_semaphore (Search *self, FlatlineThread *thread)
{
  g_autofree char *file = flatline_semaphore_dup_file (thread->pid, argument (thread, 0));

  if (!file)
    return FALSE;
  self->is_shared = TRUE;
  if (!g_ptr_array_find_with_equal_func (self->files, file, g_str_equal, NULL))
    g_ptr_array_add (self->files, g_steal_pointer (&file));
  return TRUE;
}

/* --- pipes --- */

static gboolean
note_pipe (Search *self, gint64 pid, gint64 fd)
{
  g_autoptr (GArray) open = g_array_new (FALSE, FALSE, sizeof (FlatlineOpenDescriptor));

  flatline_descriptors_collect (pid, open);
  for (guint i = 0; i < open->len; i++)
    {
      FlatlineOpenDescriptor *descriptor = &g_array_index (open, FlatlineOpenDescriptor, i);

      if (descriptor->fd != fd || descriptor->kind != FLATLINE_DESCRIPTOR_PIPE)
        continue;
      self->is_shared = TRUE;
      g_array_append_val (self->pipes, *descriptor);
      return TRUE;
    }
  return FALSE;
}

static gboolean
note_polled (Search *self, FlatlineThread *thread)
{
  const guint n = thread->polled ? g_strv_length (thread->polled) : 0;

  /* Not all of them are known. */
  if (n == 0 || n != argument (thread, 1))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!note_pipe (self, thread->pid, g_ascii_strtoll (thread->polled[i], NULL, 10)))
      return FALSE;
  return TRUE;
}

static gboolean
take_other_ends (Search *self)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autoptr (GArray) nobody = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (FlatlineOpenDescriptor));

  for (guint i = 0; i < self->pipes->len; i++)
    g_hash_table_insert (wanted, &g_array_index (self->pipes, FlatlineOpenDescriptor, i).inode, NULL);
  flatline_descriptors_search_machine (wanted, nobody, found);
  for (guint i = 0; i < self->pipes->len; i++)
    for (guint j = 0; j < found->len; j++)
      {
        const FlatlineOpenDescriptor *own = &g_array_index (self->pipes, FlatlineOpenDescriptor, i);
        const FlatlineOpenDescriptor *other = &g_array_index (found, FlatlineOpenDescriptor, j);

        if (own->inode == other->inode && flatline_descriptor_is_other_end (own, other)
            && !take_process (self, other->pid))
          return FALSE;
      }
  return TRUE;
}

/* --- threads --- */

/* FALSE: what it waits for may come from elsewhere, or by itself. */
static gboolean
note_wait (Search *self, FlatlineThread *thread)
{
  const guint64 operation = argument (thread, 1) & FUTEX_CMD_MASK;

  if (!thread->syscall || g_strcmp0 (thread->state, "S") != 0)
    {
      self->has_moved = TRUE;
      return FALSE;
    }
  if (is_in (thread, "futex"))
    return (operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET) && argument (thread, 3) == 0
           && ((argument (thread, 1) & FUTEX_PRIVATE_FLAG) || note_semaphore (self, thread));
  if (is_in (thread, "wait4"))
    return take_child (self, thread->pid, (gint32)argument (thread, 0));
  if (is_in (thread, "waitid"))
    return argument (thread, 0) == P_PID && take_child (self, thread->pid, (gint32)argument (thread, 1));
  if (is_in (thread, "read readv write writev"))
    return note_pipe (self, thread->pid, (gint32)argument (thread, 0));
  if (is_in (thread, "poll"))
    return (gint32)argument (thread, 2) < 0 && note_polled (self, thread);
  if (is_in (thread, "ppoll"))
    return argument (thread, 2) == 0 && note_polled (self, thread);
  return FALSE;
}

static gboolean
note_threads (Search *self, gint64 pid)
{
  g_autoptr (GArray) native_ids = flatline_process_list_threads (pid);

  if (!native_ids || native_ids->len == 0 || flatline_process_expects_signals (pid))
    return FALSE;
  for (guint i = 0; i < native_ids->len; i++)
    {
      const Sleeper sleeper = { .pid = pid, .native_id = g_array_index (native_ids, gint64, i) };
      g_autoptr (FlatlineThread) thread =
          g_object_new (FLATLINE_TYPE_THREAD, "pid", pid, "native-id", sleeper.native_id, NULL);
      FlatlineThreadClock clock;

      if (self->is_ignored (pid, sleeper.native_id))
        continue;
      if (self->sleepers->len >= MAX_THREADS || !flatline_thread_read_clock (pid, sleeper.native_id, &clock)
          || clock.wakes == 0)
        return FALSE;
      g_array_append_val (self->sleepers, sleeper);
      g_array_index (self->sleepers, Sleeper, self->sleepers->len - 1).wakes = clock.wakes;
      flatline_thread_read_kernel_facts (thread);
      if (!note_wait (self, thread))
        return FALSE;
    }
  return TRUE;
}

/* None has run since it was seen to wait, none was woken and has yet to run, and none was born. */
static gboolean
all_still_sleep (Search *self)
{
  guint n_threads = 0;

  for (guint i = 0; i < self->pids->len; i++)
    {
      const gint64 pid = g_array_index (self->pids, gint64, i);
      g_autoptr (GArray) native_ids = flatline_process_list_threads (pid);

      for (guint j = 0; native_ids && j < native_ids->len; j++)
        n_threads += !self->is_ignored (pid, g_array_index (native_ids, gint64, j));
    }
  for (guint i = 0; i < self->sleepers->len; i++)
    {
      const Sleeper *sleeper = &g_array_index (self->sleepers, Sleeper, i);
      FlatlineThreadClock clock;
      FlatlineProcStat stat;

      if (!flatline_proc_stat_read_thread (sleeper->pid, sleeper->native_id, &stat) || stat.state != 'S'
          || !flatline_thread_read_clock (sleeper->pid, sleeper->native_id, &clock) || clock.wakes != sleeper->wakes)
        return FALSE;
    }
  return n_threads == self->sleepers->len;
}

static gboolean
search (Search *self)
{
  for (guint i = 0, n_pipes = 0, n_files = 0; i < self->pids->len;)
    {
      for (; i < self->pids->len; i++)
        if (!note_threads (self, g_array_index (self->pids, gint64, i)))
          return FALSE;
      if (self->pipes->len > n_pipes && !take_other_ends (self))
        return FALSE;
      if (self->files->len > n_files && !take_sharers (self))
        return FALSE;
      n_pipes = self->pipes->len;
      n_files = self->files->len;
    }
  if (!self->is_shared && self->pids->len == 1)
    return FALSE;
  self->has_moved = !all_still_sleep (self);
  return !self->has_moved;
}

static GArray *
find_once (gint64 pid, FlatlineThreadFilter is_ignored, gboolean *may_try_again)
{
  g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GArray) sleepers = g_array_new (FALSE, FALSE, sizeof (Sleeper));
  g_autoptr (GArray) pipes = g_array_new (FALSE, FALSE, sizeof (FlatlineOpenDescriptor));
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  Search self = { .is_ignored = is_ignored, .pids = pids, .sleepers = sleepers, .pipes = pipes, .files = files };
  const gboolean is_found = take_process (&self, pid) && search (&self);

  *may_try_again = self.has_moved && (self.is_shared || pids->len > 1);
  return is_found ? g_steal_pointer (&pids) : NULL;
}

GArray *
flatline_forsaken_find (gint64 pid, FlatlineThreadFilter is_ignored)
{
  gboolean may_try_again = TRUE;
  GArray *pids = NULL;

  for (guint i = 0; i < TRIES && !pids && may_try_again; i++)
    {
      if (i > 0)
        g_usleep (PAUSE_US);
      pids = find_once (pid, is_ignored, &may_try_again);
    }
  return pids;
}
