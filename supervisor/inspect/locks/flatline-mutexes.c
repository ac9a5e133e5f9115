/* SPDX-License-Identifier: MIT */
/*
 * Mutexes of the C library, as C and C++ extensions use them: who sleeps in pthread_mutex_lock() is seen by the system
 * call, and who has the mutex is written in it.
 */
#include "flatline-locks-private.h"

#include <glib/gi18n.h>
#include <linux/futex.h>

/* glibc: sysdeps/nptl/bits/struct_mutex.h, for x86_64 and other 64-bit machines. */
typedef struct
{
  gint32 lock;
  guint32 count;
  gint32 owner;
  guint32 n_users;
  gint32 kind;
} Mutex;

#define LOCKED_WITH_WAITERS 2   /* glibc: sysdeps/nptl/lowlevellock.h */
#define MAX_KIND            511 /* flags of robust, inheriting and elided ones */

static guint64
get_argument (FlatlineThread *thread, guint index)
{
  return thread->syscall_args && g_strv_length (thread->syscall_args) > index
             ? g_ascii_strtoull (thread->syscall_args[index], NULL, 16)
             : 0;
}

static gboolean
has_thread (FlatlineLockSearch *self, gint64 native_id)
{
  g_autofree char *task = NULL;

  for (guint i = 0; i < self->stacks->len; i++)
    if (g_array_index (self->stacks, FlatlineLockStack, i).thread->native_id == native_id)
      return TRUE;
  task = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/task/%" G_GINT64_FORMAT, self->target->pid, native_id);
  return !self->target->is_core && g_file_test (task, G_FILE_TEST_IS_DIR);
}

FlatlineFoundLock *
flatline_lock_search_find_mutex (FlatlineLockSearch *self, FlatlineThread *thread)
{
  const guint64 address = get_argument (thread, 0);
  FlatlineFoundLock *found;
  Mutex mutex;

  if (g_strcmp0 (thread->syscall, "futex") != 0 || (get_argument (thread, 1) & ~FUTEX_PRIVATE_FLAG) != FUTEX_WAIT
      || get_argument (thread, 2) != LOCKED_WITH_WAITERS
      || !flatline_memory_read (self->target->memory, address, &mutex, sizeof mutex))
    return NULL;
  /* Other locks of C that say 2 for the same have other words beside it. */
  if (mutex.lock != LOCKED_WITH_WAITERS || mutex.n_users == 0 || mutex.n_users > G_MAXUINT16 || mutex.kind < 0
      || mutex.kind > MAX_KIND || mutex.owner <= 0 || !has_thread (self, mutex.owner))
    return NULL;
  found = g_hash_table_lookup (self->found, &address);
  if (found)
    return found;
  found = g_new0 (FlatlineFoundLock, 1);
  found->address = address;
  found->type = g_strdup ("pthread_mutex_t");
  found->locked = TRUE;
  found->owner = mutex.owner;
  found->owner_source = N_ ("owner field");
  found->waiters = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_insert (self->found, &found->address, found);
  return found;
}
