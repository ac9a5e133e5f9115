/* SPDX-License-Identifier: MIT */
/*
 * A SemLock of Python (Modules/_multiprocessing/semaphore.c) is a handle, the thread that took it last, how often it is
 * taken by this process, the greatest value, its kind; the handle of glibc is the address of the semaphore's value. The
 * semaphore itself does not say who has it. So the memory of each process that has the semaphore mapped is searched for
 * objects with that handle, all of it: objects of C are in no list. That none of them has it, though it is taken, is
 * known where no memory was left out.
 */
#include "config.h"

#include "flatline-shared-locks.h"

#include "flatline-memory.h"
#include "flatline-relatives.h"
#include "flatline-semaphores.h"
#include "flatline-semlock-name.h"

#include <glib/gi18n.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CHUNK            (256 * 1024)
#define MAX_SPENT_US     (300 * 1000)
#define MAX_REFS         (G_GUINT64_CONSTANT (1) << 32)
#define RECURSIVE        0 /* its kind */
#define HEADER           16
#define FREE_HEADER      32 /* of an object of a free-threaded Python */
#define MAX_ROUNDS       8
#define MAX_NAME         64
#define LOOKS            20
#define BETWEEN_LOOKS_US 3000

typedef struct
{
  guint64 handle;
  guint64 owner; /* threading.get_ident() */
  gint32 n_taken;
  gint32 max_value;
  gint32 kind;
} Fields;

typedef struct
{
  gint64 pid;
  guint64 address; /* of the object */
  Fields fields;
} Found;

typedef struct
{
  char *file;
  gint64 pid; /* of one that waits */
  guint64 handle;
  GPtrArray *waiters; /* char *: native ids */
  GPtrArray *calls;   /* char *: what each of them waits in, as the kernel writes it */
  GArray *found;      /* Found */
  FlatlineLock *lock; /* its record; NULL: it has none */
} Shared;

typedef struct
{
  FlatlineSnapshot *snapshot;
  GPtrArray *locks;      /* Shared */
  guint n_done;          /* of them */
  gint64 spent_until_us; /* of our processor time: a busy machine makes us no quicker */
  gboolean is_complete;  /* all that has any of them mapped was read to its end */
} Search;

static void
shared_free (gpointer data)
{
  Shared *shared = data;

  g_free (shared->file);
  g_ptr_array_unref (shared->waiters);
  g_ptr_array_unref (shared->calls);
  g_clear_object (&shared->lock);
  g_array_unref (shared->found);
  g_free (shared);
}

/* --- who waits --- */

static guint64
argument (FlatlineThread *thread, guint index)
{
  return thread->syscall_args && index < g_strv_length (thread->syscall_args)
             ? g_ascii_strtoull (thread->syscall_args[index], NULL, 16)
             : 0;
}

static gboolean
waits_for_shared (FlatlineThread *thread)
{
  const guint64 operation = argument (thread, 1);

  return g_strcmp0 (thread->syscall, "futex") == 0 && !(operation & FUTEX_PRIVATE_FLAG)
         && ((operation & FUTEX_CMD_MASK) == FUTEX_WAIT || (operation & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET);
}

static Shared *
find_or_add (Search *self, FlatlineThread *thread)
{
  g_autofree char *file = flatline_semaphore_dup_file (thread->pid, argument (thread, 0));
  Shared *shared;

  if (!file)
    return NULL;
  for (guint i = 0; i < self->locks->len; i++)
    if (strcmp (((Shared *)g_ptr_array_index (self->locks, i))->file, file) == 0)
      return g_ptr_array_index (self->locks, i);
  shared = g_new0 (Shared, 1);
  shared->file = g_steal_pointer (&file);
  shared->pid = thread->pid;
  shared->handle = argument (thread, 0);
  shared->waiters = g_ptr_array_new_with_free_func (g_free);
  shared->calls = g_ptr_array_new_with_free_func (g_free);
  shared->found = g_array_new (FALSE, FALSE, sizeof (Found));
  g_ptr_array_add (self->locks, shared);
  return shared;
}

static void
note_waiters (Search *self, GListStore *threads)
{
  for (guint i = 0; i < flatline_list_length (threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (threads, i);
      Shared *shared = waits_for_shared (thread) ? find_or_add (self, thread) : NULL;
      g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, thread->native_id);

      if (!shared || g_ptr_array_find_with_equal_func (shared->waiters, id, g_str_equal, NULL))
        continue;
      g_ptr_array_add (shared->waiters, g_steal_pointer (&id));
      g_ptr_array_add (shared->calls, g_strdup_printf ("%d %s ", SYS_futex, thread->syscall_args[0]));
    }
}

/* --- who has it --- */

static gint64
now_spent_us (void)
{
  struct timespec spent = { 0 };

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &spent);
  return spent.tv_sec * G_USEC_PER_SEC + spent.tv_nsec / 1000;
}

/* The type is the last word of an object's header; that of a type is followed by a size, then its name. */
static gboolean
is_of_semlock (FlatlineMemory *memory, guint64 type)
{
  static const guint headers[] = { HEADER, FREE_HEADER };

  for (gsize i = 0; i < G_N_ELEMENTS (headers); i++)
    {
      guint64 at = 0;
      g_autofree char *name = NULL;

      if (!flatline_memory_read_u64 (memory, type + headers[i] + 8, &at) || at == 0)
        continue;
      name = flatline_memory_dup_string (memory, at, MAX_NAME);
      /* "_multiprocessing.SemLock", "_billiard.SemLock" */
      if (name && g_str_has_suffix (name, ".SemLock"))
        return TRUE;
    }
  return FALSE;
}

/* One that was freed has its type still, but no count of references. */
static gboolean
is_living (FlatlineMemory *memory, guint64 fields_at)
{
  guint64 n_references = 0;

  return flatline_memory_read_u64 (memory, fields_at - HEADER, &n_references) && n_references > 0
         && n_references < MAX_REFS;
}

static void
look_at_word (Search *self, FlatlineMemory *memory, gint64 pid, const guint64 *handles, guint64 word, guint64 address)
{
  for (guint i = 0; i < self->locks->len; i++)
    {
      Shared *shared = g_ptr_array_index (self->locks, i);
      Found found = { .pid = pid, .address = address - HEADER };
      guint64 type = 0;

      if (handles[i] != word || !flatline_memory_read_u64 (memory, address - 8, &type) || !is_of_semlock (memory, type)
          || !is_living (memory, address)
          || !flatline_memory_read (memory, address, &found.fields, sizeof found.fields))
        continue;
      g_array_append_val (shared->found, found);
    }
}

static gboolean
search_range (Search *self, FlatlineMemory *memory, gint64 pid, const guint64 *handles, guint64 begin, guint64 end)
{
  g_autofree guint64 *words = g_malloc (CHUNK);
  guint64 least = G_MAXUINT64, greatest = 0;

  for (guint i = 0; i < self->locks->len; i++)
    {
      least = handles[i] ? MIN (least, handles[i]) : least;
      greatest = MAX (greatest, handles[i]);
    }
  for (guint64 at = begin; at < end; at += CHUNK)
    {
      const gsize length = MIN (CHUNK, end - at);

      if (now_spent_us () > self->spent_until_us)
        return FALSE;
      if (!flatline_memory_read_direct (memory, at, words, length))
        return FALSE;
      for (gsize i = 0; i < length / sizeof *words; i++)
        if (words[i] >= least && words[i] <= greatest)
          look_at_word (self, memory, pid, handles, words[i], at + i * sizeof *words);
    }
  return TRUE;
}

/* What it allocated itself, but for the stacks. */
static void
search_process (Search *self, gint64 pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%" G_GINT64_FORMAT "/maps", pid);
  g_autofree char *text = NULL;
  g_autofree guint64 *handles = g_new0 (guint64, self->locks->len);
  g_autoptr (FlatlineMemory) memory = flatline_memory_new_for_process (pid);
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    {
      self->is_complete = FALSE;
      return;
    }
  for (guint i = self->n_done; i < self->locks->len; i++)
    handles[i] = flatline_semaphore_find_mapping (pid, ((Shared *)g_ptr_array_index (self->locks, i))->file);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    {
      unsigned long long begin, end, inode;
      char may[5];

      if (sscanf (lines[i], "%llx-%llx %4s %*s %*s %llu", &begin, &end, may, &inode) == 4 && strcmp (may, "rw-p") == 0
          && inode == 0 && !strstr (lines[i], "[stack]"))
        self->is_complete &= search_range (self, memory, pid, handles, begin, end);
    }
}

static FlatlineThread *
find_owner_in (GListStore *threads, const Found *found)
{
  for (guint i = 0; i < flatline_list_length (threads); i++)
    {
      FlatlineThread *thread = flatline_list_peek (threads, i);

      if (thread->pid == found->pid && thread->ident == found->fields.owner)
        return thread;
    }
  return NULL;
}

static gboolean
has_thread_of (GListStore *threads, gint64 pid)
{
  for (guint i = 0; i < flatline_list_length (threads); i++)
    if (((FlatlineThread *)flatline_list_peek (threads, i))->pid == pid)
      return TRUE;
  return FALSE;
}

static FlatlineThread *
find_owner (FlatlineSnapshot *snapshot, const Found *found, GCancellable *cancellable)
{
  FlatlineThread *thread = find_owner_in (snapshot->threads, found);

  if (!thread && !has_thread_of (snapshot->threads, found->pid) && !has_thread_of (snapshot->relatives, found->pid))
    flatline_relatives_read (snapshot, found->pid, cancellable);
  return thread ? thread : find_owner_in (snapshot->relatives, found);
}

/* --- what the program calls it --- */

static gboolean
is_object_of (gint64 pid, guint64 address, gconstpointer data)
{
  const Shared *shared = data;

  for (guint i = 0; i < shared->found->len; i++)
    if (g_array_index (shared->found, Found, i).pid == pid
        && g_array_index (shared->found, Found, i).address == address)
      return TRUE;
  return FALSE;
}

static void
read_parent (Search *self, GArray *sharers, GCancellable *cancellable)
{
  const gint64 parent = flatline_semlock_name_find_parent (self->snapshot);

  for (guint i = 0; i < sharers->len; i++)
    if (g_array_index (sharers, gint64, i) == parent && !has_thread_of (self->snapshot->relatives, parent))
      flatline_relatives_read (self->snapshot, parent, cancellable);
}

/* --- all together --- */

static void
note_owner (FlatlineLock *lock, Search *self, Shared *shared, GCancellable *cancellable)
{
  const Found *owner = NULL;
  guint n_owners = 0;
  gint64 n_taken = 0;

  for (guint i = 0; i < shared->found->len; i++)
    {
      const Found *found = &g_array_index (shared->found, Found, i);

      n_taken += found->fields.n_taken;
      if (found->fields.n_taken <= 0)
        continue;
      n_owners++;
      owner = found;
    }
  /* Where one process takes it and another gives it back, the one counts up and the other down. */
  lock->forsaken = lock->locked && n_taken == 0 && self->is_complete;
  if (lock->locked && n_owners == 1 && n_taken == owner->fields.n_taken)
    {
      FlatlineThread *thread = find_owner (self->snapshot, owner, cancellable);

      lock->owner = thread ? thread->native_id : 0;
      /* Anybody may release what is no RLock. */
      lock->owner_source = !thread                           ? NULL
                           : owner->fields.kind == RECURSIVE ? g_strdup ("owner field")
                                                             : g_strdup (N_ ("count in its process"));
    }
}

/* NULL: it is no lock, but a semaphore that has no owner. Transfer full. */
static FlatlineLock *
make_record (Search *self, Shared *shared, GCancellable *cancellable)
{
  g_autoptr (FlatlineMemory) memory = flatline_memory_new_for_process (shared->pid);
  const Fields *fields = shared->found->len > 0 ? &g_array_index (shared->found, Found, 0).fields : NULL;
  FlatlineLock *lock;
  gint32 value = 0;

  if (!fields || fields->max_value != 1 || !flatline_memory_read_i32 (memory, shared->handle, &value))
    return NULL;
  lock = g_object_new (FLATLINE_TYPE_LOCK, NULL);
  lock->address = g_array_index (shared->found, Found, 0).address;
  lock->type = g_strdup (fields->kind == RECURSIVE ? "multiprocessing.RLock" : "multiprocessing.Lock");
  lock->locked = value == 0;
  lock->name = flatline_semlock_name_dup (self->snapshot, is_object_of, shared);
  g_ptr_array_add (shared->waiters, NULL);
  lock->waiters = g_strdupv ((char **)shared->waiters->pdata);
  g_ptr_array_set_size (shared->waiters, (gint)shared->waiters->len - 1); /* more of them may be found later */
  note_owner (lock, self, shared, cancellable);
  return lock;
}

static void
add_new (Search *self, GCancellable *cancellable)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  g_autoptr (GArray) sharers = NULL;

  for (guint i = self->n_done; i < self->locks->len; i++)
    g_ptr_array_add (files, ((Shared *)g_ptr_array_index (self->locks, i))->file);
  self->is_complete = TRUE;
  sharers = flatline_semaphores_list_sharers (files);
  for (guint i = 0; i < sharers->len && !g_cancellable_is_cancelled (cancellable); i++)
    search_process (self, g_array_index (sharers, gint64, i));
  self->is_complete &= !g_cancellable_is_cancelled (cancellable);
  read_parent (self, sharers, cancellable);
  for (; self->n_done < self->locks->len; self->n_done++)
    {
      FlatlineLock *lock = make_record (self, g_ptr_array_index (self->locks, self->n_done), cancellable);

      g_set_object (&((Shared *)g_ptr_array_index (self->locks, self->n_done))->lock, lock);
      if (lock)
        flatline_list_append (&self->snapshot->locks, lock);
    }
}

/* --- whether all that was true at once --- */

static gboolean
waits_still (const char *native_id, const char *call)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/syscall", native_id);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && g_str_has_prefix (text, call);
}

static gboolean
is_taken_still (const Found *found)
{
  g_autoptr (FlatlineMemory) memory = flatline_memory_new_for_process (found->pid);
  Fields fields;

  return flatline_memory_read_direct (memory, found->address + HEADER, &fields, sizeof fields)
         && fields.n_taken == found->fields.n_taken && (fields.n_taken <= 0 || fields.owner == found->fields.owner);
}

static gboolean
is_as_it_was (const Shared *shared)
{
  for (guint i = 0; i < shared->waiters->len; i++)
    if (!waits_still (g_ptr_array_index (shared->waiters, i), g_ptr_array_index (shared->calls, i)))
      return FALSE;
  for (guint i = 0; i < shared->found->len; i++)
    if (!is_taken_still (&g_array_index (shared->found, Found, i)))
      return FALSE;
  return TRUE;
}

/*
 * Stacks, calls and the memory of each process were read one after the other: a lock that went on to another meanwhile
 * seems to be nobody's, or to be waited for by who has it. Of what does not stay as it is for a while nothing is said.
 */
static void
forget_what_moves (Search *self, GCancellable *cancellable)
{
  guint n_left = self->locks->len;

  for (guint look = 0; look < LOOKS && n_left > 0 && !g_cancellable_is_cancelled (cancellable); look++)
    {
      n_left = 0;
      for (guint i = 0; i < self->locks->len; i++)
        {
          Shared *shared = g_ptr_array_index (self->locks, i);

          if (shared->lock && !is_as_it_was (shared))
            {
              shared->lock->owner = 0;
              g_clear_pointer (&shared->lock->owner_source, g_free);
              shared->lock->forsaken = FALSE;
              g_clear_object (&shared->lock);
            }
          n_left += shared->lock != NULL;
        }
      if (n_left > 0)
        g_usleep (BETWEEN_LOOKS_US);
    }
}

/* Who has one may be of a process that was not known yet, and wait for another. */
void
flatline_shared_locks_add (FlatlineSnapshot *snapshot, GCancellable *cancellable)
{
  g_autoptr (GPtrArray) locks = g_ptr_array_new_with_free_func (shared_free);
  Search self = { .snapshot = snapshot, .locks = locks, .spent_until_us = now_spent_us () + MAX_SPENT_US };

  for (guint i = 0; i < MAX_ROUNDS; i++)
    {
      note_waiters (&self, snapshot->threads);
      note_waiters (&self, snapshot->relatives);
      if (self.n_done == locks->len)
        break;
      add_new (&self, cancellable);
    }
  forget_what_moves (&self, cancellable);
}
